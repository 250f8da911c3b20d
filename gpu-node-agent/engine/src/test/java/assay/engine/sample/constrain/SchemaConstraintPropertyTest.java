package assay.engine.sample.constrain;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class SchemaConstraintPropertyTest {
    private static final JsonMapper JSON = SchemaCheck.JSON;
    private static final String TEXT =
            "{\"verdict\": \"proved\", \"lines\": [1, 22, -7, 3.5e-2], \"é日本\": null}\n  "
                    + "\"\\u00e9\\\"\": true, false, {\"a\":{\"b\":[[]]}} 2024-02-28T10:00:00Z";

    static Stream<String> schemas() {
        return Stream.of(
                "{\"type\":\"object\",\"properties\":{\"verdict\":{\"enum\":[\"proved\",\"refuted\"]},"
                        + "\"line\":{\"type\":\"integer\",\"minimum\":-12,\"maximum\":1345},"
                        + "\"note\":{\"type\":[\"string\",\"null\"],\"maxLength\":9}},"
                        + "\"required\":[\"line\"],\"additionalProperties\":false}",
                "{\"type\":\"array\",\"minItems\":2,\"maxItems\":3,\"items\":{\"type\":\"number\"}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"boolean\"},"
                        + "\"ab\":{\"type\":\"null\"},\"b\":{\"const\":[1,{\"x\":\"\\\"\"}]}},"
                        + "\"additionalProperties\":{\"type\":\"integer\",\"exclusiveMinimum\":5}}",
                "{\"$ref\":\"#/$defs/tree\",\"$defs\":{\"tree\":{\"type\":\"object\",\"properties\":"
                        + "{\"v\":{\"type\":\"integer\"},\"kids\":{\"type\":\"array\",\"maxItems\":2,"
                        + "\"items\":{\"$ref\":\"#/$defs/tree\"}}},\"required\":[\"v\"]}}}",
                "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":\"a\"},"
                        + "\"n\":{\"type\":\"integer\",\"maximum\":-1000,\"minimum\":-1002}},"
                        + "\"required\":[\"kind\"]},{\"type\":\"object\",\"properties\":{\"kind\":"
                        + "{\"const\":\"b\"}},\"required\":[\"kind\"]},{\"type\":\"string\"}]}",
                "{\"type\":\"string\",\"pattern\":\"^[a-c\\\"\\\\\\\\\\n]{2,4}$|^x\\\\dy\"}",
                "{\"type\":\"string\",\"minLength\":3,\"maxLength\":5}",
                "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":98,\"exclusiveMaximum\":1003},"
                        + "{\"type\":\"object\"},true]}");
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void everyFinishedWalkIsValid(String schema) {
        assertThat(walks(schema, 80, 150)).isPositive();
    }

    @Test
    void everyFinishedWalkIsValidUnderRandomSchemas() {
        Random random = new Random(11);
        int finished = 0;
        for (int i = 0; i < 150; i++) {
            finished += walks(SchemaSamples.next(random).schema().toString(), 6, 200);
        }
        assertThat(finished).isGreaterThan(500);
    }

    @Test
    void noValidDocumentIsRefusedUnderRandomSchemas() {
        Random random = new Random(12);
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 1, random);
        for (int i = 0; i < 400; i++) {
            SchemaSamples.Sample sample = SchemaSamples.next(random);
            String schema = sample.schema().toString();
            SchemaCheck check = new SchemaCheck(schema);
            var constraint =
                    TokenConstraint.compile(new ConstraintSpec.JsonSchema(schema), vocabulary);
            for (int j = 0; j < 5; j++) {
                String document = sample.documents().get();
                assertThat(check.errors(document)).as("%s of %s", document, schema).isEmpty();
                assertThat(GrammarConstraintPropertyTest.takes(constraint, document))
                        .as("%s of %s", document, schema)
                        .isTrue();
            }
        }
    }

    /** How many came to an end, each in a valid document. */
    private static int walks(String schema, int count, int tokens) {
        Random random = new Random(schema.hashCode());
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 500, random);
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonSchema(schema), vocabulary);
        SchemaCheck check = new SchemaCheck(schema);
        int finished = 0;
        for (int i = 0; i < count; i++) {
            String text = Vocabularies.walk(constraint, vocabulary, tokens, random);
            if (text != null) {
                // Further names of an object may come twice: JSON allows it.
                assertThat(check.errors(text)).as("%s of %s", text, schema).isEmpty();
                finished++;
            }
        }
        return finished;
    }

    @Test
    void anObjectOfAnyKindParses() {
        Random random = new Random(5);
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 500, random);
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonObject(), vocabulary);
        int finished = 0;
        for (int i = 0; i < 300; i++) {
            String text = Vocabularies.walk(constraint, vocabulary, 120, random);
            if (text != null) {
                assertThat(JSON.readTree(text).isObject()).isTrue();
                finished++;
            }
        }
        assertThat(finished).isPositive();
    }

    /** Whole texts by single bytes: the automaton takes and refuses as the schema says. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"integer\",\"minimum\":7,\"maximum\":120}; 7 9 10 99 100 119 120;"
                        + " 6 07 121 130 1000 -7 7.0 0",
                "{\"type\":\"integer\",\"minimum\":-30,\"exclusiveMaximum\":3}; -30 -29 -9 -1 0 2;"
                        + " -31 -0 3 -00 -100 12",
                "{\"type\":\"integer\"}; 0 -1 1234567890123456; 01 +1 1. 1e3 12345678901234567",
                "{\"type\":\"number\"}; 0 -0.5 1e9 12.25E-3; .5 1. 01 1e1234 NaN",
                "{\"type\":\"string\",\"maxLength\":2}; \"\" \"é日\" \"\\n\\u00e9\" \"\uD83D\uDE00x\";"
                        + " \"abc\" \"\\ud83d\" \"a 'x' \"\\x\"",
                "{\"type\":\"string\",\"format\":\"date\"}; \"2024-02-28\" \"1999-12-31\";"
                        + " \"2023-02-29\" \"2024-13-01\" \"2024-04-31\"",
                "{\"type\":\"string\",\"pattern\":\"b+$\"}; \"b\" \"ab\" \"\\\"bb\"; \"\" \"ba\" \"b\\\"\"",
                "{\"type\":\"integer\",\"minimum\":-1e999999999,\"maximum\":9223372036854775807};"
                        + " 0 -1 999999999999999999; 01 1.5",
                "{\"type\":\"integer\",\"minimum\":0.5,\"exclusiveMaximum\":2.0}; 1; 0 2",
                "{\"type\":\"number\",\"minimum\":-0.25,\"exclusiveMaximum\":10.5};"
                        + " -0.25 -0.2 -0.2499 0 0.0 9 9.999 10.49 10 10.4999; -0.26 -0.251 -1 10.5 10.50 11 -0",
                "{\"exclusiveMinimum\":1.25,\"maximum\":1.5}; 1.2500001 1.26 1.3 1.5 1.500; 1.25 1.250 1.501 1 2 1.6",
                "{\"exclusiveMinimum\":0,\"multipleOf\":0.01}; 0.01 1 12.5 12.25; 0 0.00 0.001 12.255 -1",
                "{\"type\":\"number\",\"maximum\":-3}; -3 -3.0 -3.01 -20; -2.99 0 3",
                "{\"prefixItems\":[{\"const\":1},{\"type\":\"null\"}],\"items\":{\"type\":\"boolean\"}};"
                        + " [] [1] [1,null] [1,null,true,false]; [2] [null] [1,null,1] [1,true]",
                "{\"prefixItems\":[true,{\"type\":\"null\"}],\"items\":false,\"minItems\":1}; [1] [{},null]; [] [1,null,2]",
                "{\"allOf\":[{\"properties\":{\"a\":{\"minimum\":3}}},{\"properties\":{\"a\":{\"type\":\"integer\","
                        + "\"maximum\":5},\"b\":{}}}],\"required\":[\"b\"]};"
                        + " {\"b\":1} {\"a\":3,\"b\":1} {\"a\":5,\"b\":{}}; {} {\"a\":3} {\"a\":2,\"b\":1} {\"a\":6,\"b\":1} {\"a\":3.5,\"b\":1}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1},\"b\":{\"const\":2}},"
                        + "\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]};"
                        + " {\"a\":1} {\"b\":2} {\"a\":1,\"b\":2}; {}",
                "{\"allOf\":[{\"enum\":[1,2.0,\"a\",null]},{\"type\":[\"integer\",\"null\"]},{\"enum\":[2,null,\"a\"]}]};"
                        + " 2.0 null; 1 \"a\" 2",
                "{\"minProperties\":1,\"maxProperties\":2}; {\"x\":1} {\"x\":1,\"y\":2}; {} {\"x\":1,\"y\":2,\"z\":3}",
                "{\"required\":[\"x\"],\"additionalProperties\":{\"type\":\"null\"}};"
                        + " {\"x\":null} {\"x\":null,\"y\":null}; {} {\"y\":null} {\"x\":1}",
                "{\"allOf\":[{\"properties\":{\"a\":{}},\"additionalProperties\":false},{\"properties\":{\"b\":{}}}]};"
                        + " {} {\"a\":1}; {\"b\":1}",
                "{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"properties\":{\"v\":{\"type\":\"integer\"},\"k\":{\"allOf\":"
                        + "[{\"$ref\":\"#/$defs/t\"},{\"required\":[\"v\"]}]}}}}};"
                        + " {} {\"v\":1,\"k\":{\"v\":2,\"k\":{\"v\":3}}}; {\"k\":{}} {\"v\":1,\"k\":{\"v\":2,\"k\":{}}}",
                "{\"oneOf\":[{\"allOf\":[{\"properties\":{\"k\":{\"const\":1}}},{\"type\":\"object\",\"required\":[\"k\"]}]},"
                        + "{\"type\":\"object\",\"properties\":{\"k\":{\"const\":2}},\"required\":[\"k\"]}]};"
                        + " {\"k\":1} {\"k\":2}; {} {\"k\":3}",
                "{\"enum\":[1.50,\"a/b\",{\"k\":[]}]}; 1.50 \"a/b\" {\"k\":[]}; 1.5 \"a\\/b\"",
                "{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{}},\"required\":[\"b\"]};"
                        + " {\"b\":1} {\"a\":{},\"b\":[]};"
                        + " {} {\"a\":1} {\"b\":1,\"a\":1} {\"b\":1,\"c\":1} {\"b\":1,}",
                "{\"type\":\"object\"}; {} {\"x\":1,\"y\":{}}; [] {\"x\"} {x:1}"
            })
    void takesAndRefusesWholeTexts(String schema, String taken, String refused) {
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 1, new Random(1));
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonSchema(schema), vocabulary);
        for (String text : taken.strip().split(" ", -1)) {
            assertThat(GrammarConstraintPropertyTest.takes(constraint, text)).as(text).isTrue();
        }
        for (String text : refused.strip().split(" ", -1)) {
            assertThat(GrammarConstraintPropertyTest.takes(constraint, text)).as(text).isFalse();
        }
    }

    @Test
    void whiteSpaceIsBounded() {
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 1, new Random(1));
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonObject(), vocabulary);
        String blanks = " ".repeat(20);
        assertThat(GrammarConstraintPropertyTest.takes(constraint, "{ \"a\": [1, 2] }")).isTrue();
        assertThat(
                        GrammarConstraintPropertyTest.takes(
                                constraint, "{\n" + blanks + "\"a\": [\n1\n]\n}"))
                .isTrue();
        for (String text : List.of(" {}", "{} ", "{  \"a\":1}", "{\"a\" :1}", "{\n\n}")) {
            assertThat(GrammarConstraintPropertyTest.takes(constraint, text)).as(text).isFalse();
        }
        assertThat(GrammarConstraintPropertyTest.takes(constraint, "{\n " + blanks + "\"a\":1}"))
                .isFalse();
    }

    @Test
    void nestingIsBoundedByForbiddingToOpenMore() {
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 1, new Random(1));
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonObject(), vocabulary);
        List<String> lists = new ArrayList<>();
        for (int depth : new int[] {50, 300}) {
            lists.add("{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}");
        }
        assertThat(GrammarConstraintPropertyTest.takes(constraint, lists.get(0))).isTrue();
        assertThat(GrammarConstraintPropertyTest.takes(constraint, lists.get(1))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"object\",\"patternProperties\":{}} ~ patternProperties",
                "{\"items\":{\"type\":\"number\",\"minimum\":\"1\"}} ~ #/items: minimum is \"1\"",
                "{\"type\":\"integer\",\"multipleOf\":2} ~ multipleOf",
                "{\"not\":{}} ~ not",
                "{\"allOf\":[{},{\"if\":true}]} ~ #/allOf/1: keyword 'if'",
                "{\"type\":\"array\",\"uniqueItems\":true} ~ uniqueItems",
                "{\"type\":\"string\",\"minLength\":1,\"pattern\":\"a\"} ~ minLength",
                "{\"type\":\"string\",\"maxLength\":100000} ~ at most 2000",
                "{\"type\":\"string\",\"format\":\"email\"} ~ format is \"email\"",
                "{\"type\":\"text\"} ~ type is \"text\"",
                "{\"type\":\"string\",\"pattern\":\"(a)\\\\1\"} ~ back-reference",
                "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]} ~ #/oneOf/1",
                "{\"properties\":{\"a\":{\"oneOf\":[{\"const\":1},{\"const\":1.0}]}}} ~ #/properties/a",
                "{\"$ref\":\"#\"} ~ lead back to itself",
                "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} ~ no finite text",
                "{\"$ref\":\"#/$defs/x\"} ~ $ref",
                "{\"$ref\":\"https://example.org/s\"} ~ $ref",
                "{\"type\":\"object\",\"required\":[1]} ~ required",
                "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2} ~ at #: nothing can be [maximum, minimum, type]",
                "{\"items\":{\"enum\":[\"a\"],\"type\":\"integer\"}} ~ at #/items: nothing can be [enum, type]",
                "{\"allOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]} ~ at #/allOf/0 and #/allOf/1",
                "{\"allOf\":[{\"pattern\":\"a\"},{\"pattern\":\"b\"}]} ~ at #/allOf/1: pattern",
                "{\"allOf\":[{\"pattern\":\"a\"},{\"maxLength\":3}]} ~ at #/allOf/1: keyword 'maxLength'",
                "{\"allOf\":[{\"const\":\"abc\"},{\"maxLength\":3}]} ~ at #/allOf/1: keyword 'maxLength'",
                "{\"properties\":{\"a/b\":{\"multipleOf\":3}}} ~ at #/properties/a~1b: multipleOf is 3",
                "{\"prefixItems\":[{\"contains\":true}]} ~ at #/prefixItems/0: keyword 'contains'",
                "{\"type\":\"array\",\"items\":[{}]} ~ #/items",
                "{\"prefixItems\":[{}],\"items\":false,\"minItems\":2} ~ [items, minItems, prefixItems]",
                "{\"minProperties\":2} ~ minProperties is 2",
                "{\"properties\":{\"a\":{},\"b\":{}},\"maxProperties\":1} ~ maxProperties is 1",
                "{\"anyOf\":[true],\"oneOf\":[{\"type\":\"integer\"},{\"const\":1.0}]} ~ #/oneOf/1",
                "{\"minimum\":1e-101} ~ at most 100 digits",
                "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"},{}]}}} ~ #/$defs/a/anyOf/0: $ref",
                "[1] ~ an object, true or false",
                "{\"a\": ~ JSON",
                "false ~ no finite text"
            })
    void refusesByNameAndPlace(String schemaAndMessage) {
        String[] parts = schemaAndMessage.split(" ~ ", 2);
        Vocabulary vocabulary = Vocabularies.small("a", 1);
        assertThatThrownBy(() ->
                        TokenConstraint.compile(
                                new ConstraintSpec.JsonSchema(parts[0]), vocabulary))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining(parts[1]);
    }

    /** Each of the choices alone is small; all that they make together is not looked at. */
    @Test
    @Timeout(value = 180, unit = SECONDS)
    void choicesThatMultiplyAreRefusedSoon() {
        String values =
                IntStream.range(0, 400).mapToObj(Integer::toString).collect(joining(",", "[", "]"));
        String options =
                IntStream.range(0, 400)
                        .mapToObj(i -> "{\"minimum\":%d,\"title\":\"%d\"}".formatted(i, i))
                        .collect(joining(",", "{\"anyOf\":[", "]}"));
        Vocabulary vocabulary = Vocabularies.small("a", 1);
        for (String schema :
                List.of(
                        "{\"allOf\":[%s,%s,%s]}".formatted(options, options, options),
                        "{\"enum\":%s,\"allOf\":[%s]}".formatted(values, options),
                        "{\"oneOf\":%s}".formatted(options.substring(9, options.length() - 1)))) {
            assertThatThrownBy(() ->
                            TokenConstraint.compile(
                                    new ConstraintSpec.JsonSchema(schema), vocabulary))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("expected: ");
        }
    }

    @Test
    void manyOptionalMembersStaySmall() {
        ObjectNode schema = JSON.createObjectNode();
        ObjectNode properties = schema.putObject("properties");
        IntStream.range(0, 500)
                .forEach(i -> properties.putObject("member" + i).put("type", "boolean"));
        var constraint =
                TokenConstraint.compile(
                        new ConstraintSpec.JsonSchema(schema.toString()),
                        Vocabularies.pieces(TEXT, 1, new Random(1)));
        assertThat(constraint.places()).isLessThan(100_000);
        assertThat(
                        GrammarConstraintPropertyTest.takes(
                                constraint, "{\"member3\":true,\"member77\": false}"))
                .isTrue();
    }
}
