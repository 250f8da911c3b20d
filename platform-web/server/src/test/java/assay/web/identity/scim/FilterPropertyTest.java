package assay.web.identity.scim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.identity.scim.Filter.Operator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

class FilterPropertyTest {
    private static final List<Operator> OPERATORS = List.of(Operator.values());
    private static final JsonNode BARBARA =
            JsonMapper.shared()
                    .readTree(
                            """
                            {"id": "a1", "userName": "bjensen", "externalId": "BJ",
                             "name": {"familyName": "Jensen"}, "active": true, "level": 7,
                             "title": "", "emails": [
                                {"value": "bjensen@example.com", "type": "work"},
                                {"value": "babs@jensen.org", "type": "home"}],
                             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
                                {"department": "Tours"}}
                            """);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "userName eq \"BJensen\" | true",
                "USERNAME Eq \"bjensen\" | true",
                "externalId eq \"bj\" | false",
                "name.familyName co \"ens\" | true",
                "userName sw \"J\" | false",
                "userName ew \"sen\" | true",
                "title pr | false",
                "nickName pr | false",
                "nickName eq null | true",
                "emails pr and active eq true | true",
                "level gt 6.5 and level le 7 | true",
                "userName ne \"bjensen\" | false",
                "emails co \"jensen.org\" | true",
                "emails.type eq \"home\" | true",
                "emails[type eq \"work\" and value co \"@example.com\"] | true",
                "emails[type eq \"home\" and value co \"@example.com\"] | false",
                "not (active eq false) and userName pr | true",
                "title pr or userName pr and active eq false | false",
                "(title pr or userName pr) and active eq true | true",
                "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"b\" | true",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq"
                        + " \"tours\" | true"
            })
    void decidesAsTheStandardSays(String filter, boolean matches) {
        assertThat(FilterParser.parse(filter).matches(BARBARA)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "userName",
                "userName eq",
                "userName is \"x\"",
                "userName eq x",
                "userName eq \"x",
                "userName eq \"x\" and",
                "(userName pr",
                "userName pr)",
                "not userName pr",
                "active gt true",
                "emails[type eq \"x\"",
                "emails[phones[x pr]]",
                "9name pr",
                "urn:unknown:schema:name pr"
            })
    void refusesWhatIsNoFilter(String filter) {
        assertThatThrownBy(() -> FilterParser.parse(filter))
                .isInstanceOfSatisfying(
                        ScimException.class,
                        refusal ->
                                assertThat(refusal.type())
                                        .isEqualTo(ScimException.ScimType.INVALID_FILTER));
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() {
        var random = new Random(7_644);
        for (int round = 0; round < 3_000; round++) {
            Filter filter = filter(random, 4, false);
            assertThat(FilterParser.parse(filter.toString()))
                    .as(filter.toString())
                    .isEqualTo(filter);
        }
    }

    @Test
    void rubbishIsRefusedAndNeverWorse() {
        var random = new Random(3);
        String letters = "userName eq\"()[]. and or not pr\\1-";
        for (int round = 0; round < 5_000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            try {
                FilterParser.parse(text.toString()).matches(BARBARA);
            } catch (ScimException e) {
                assertThat(e.status()).isEqualTo(400);
            }
        }
        assertThatThrownBy(() -> FilterParser.parse("(".repeat(3_000) + "a pr"))
                .isInstanceOf(ScimException.class);
    }

    private static Filter filter(Random random, int depth, boolean within) {
        int kind = depth == 0 ? random.nextInt(2) : random.nextInt(within ? 5 : 6);
        return switch (kind) {
            case 0 -> new Filter.Present(path(random));
            case 1 -> compare(random);
            case 2 ->
                    new Filter.And(
                            filter(random, depth - 1, within), filter(random, depth - 1, within));
            case 3 ->
                    new Filter.Or(
                            filter(random, depth - 1, within), filter(random, depth - 1, within));
            case 4 -> new Filter.Not(filter(random, depth - 1, within));
            default -> new Filter.Within(path(random), filter(random, depth - 1, true));
        };
    }

    private static Filter compare(Random random) {
        JsonNode value =
                switch (random.nextInt(4)) {
                    case 0 -> JsonNodeFactory.instance.booleanNode(random.nextBoolean());
                    case 1 -> JsonNodeFactory.instance.nullNode();
                    case 2 ->
                            JsonNodeFactory.instance.numberNode(
                                    java.math.BigDecimal.valueOf(random.nextInt(2_000) - 1_000, 2));
                    default ->
                            JsonNodeFactory.instance.stringNode(
                                    List.of("", "a b", "\"", "\\", "ü)", "] and x", "\n")
                                            .get(random.nextInt(7)));
                };
        boolean equals = value.isBoolean() || value.isNull();
        Operator operator =
                equals
                        ? random.nextBoolean() ? Operator.EQ : Operator.NE
                        : OPERATORS.get(random.nextInt(OPERATORS.size()));
        return new Filter.Compare(path(random), operator, value);
    }

    private static AttributePath path(Random random) {
        return AttributePath.parse(
                List.of(
                                "userName",
                                "name.familyName",
                                "notable",
                                "order",
                                "android.eq",
                                ScimSchemas.ENTERPRISE_USER + ":department",
                                ScimSchemas.ENTERPRISE_USER + ":manager.value")
                        .get(random.nextInt(7)));
    }
}
