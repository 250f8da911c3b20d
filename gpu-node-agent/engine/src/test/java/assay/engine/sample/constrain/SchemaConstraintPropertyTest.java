package assay.engine.sample.constrain;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class SchemaConstraintPropertyTest {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
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
        walks(schema, 80, 150);
    }

    @Test
    void everyFinishedWalkIsValidUnderRandomSchemas() {
        Random random = new Random(11);
        for (int i = 0; i < 60; i++) {
            walks(schema(random, 3).toString(), 12, 200);
        }
    }

    private static void walks(String schema, int count, int tokens) {
        Random random = new Random(schema.hashCode());
        Vocabulary vocabulary = Vocabularies.pieces(TEXT, 500, random);
        var constraint = TokenConstraint.compile(new ConstraintSpec.JsonSchema(schema), vocabulary);
        JsonNode document = JSON.readTree(schema);
        SchemaCheck check = new SchemaCheck(document);
        int finished = 0;
        for (int i = 0; i < count; i++) {
            String text = Vocabularies.walk(constraint, vocabulary, tokens, random);
            if (text != null) {
                // Further names of an object may come twice: JSON allows it.
                JsonNode value = JSON.readTree(text);
                assertThat(check.valid(document, value)).as("%s of %s", text, schema).isTrue();
                finished++;
            }
        }
        assertThat(finished).as(schema).isPositive();
    }

    private static JsonNode schema(Random random, int depth) {
        ObjectNode schema = JSON.createObjectNode();
        switch (random.nextInt(depth == 0 ? 4 : 7)) {
            case 0 -> schema.put("type", "boolean");
            case 1 -> {
                int least = random.nextInt(3_000) - 1_500;
                schema.put("type", "integer").put("minimum", least);
                schema.put("maximum", least + random.nextInt(2_000));
            }
            case 2 -> {
                int least = random.nextInt(4);
                schema.put("type", "string").put("minLength", least);
                schema.put("maxLength", least + random.nextInt(4));
            }
            case 3 -> schema.putArray("enum").add("x").add(3).addNull().add("é\"\n");
            case 4 -> {
                schema.put("type", "array").put("maxItems", random.nextInt(3));
                schema.set("items", schema(random, depth - 1));
            }
            case 5 ->
                    schema.putArray("anyOf")
                            .add(schema(random, depth - 1))
                            .add(schema(random, depth - 1));
            default -> {
                ObjectNode properties = schema.put("type", "object").putObject("properties");
                var required = schema.putArray("required");
                for (int i = 0; i < random.nextInt(5); i++) {
                    String name = List.of("a", "ab", "b\"", "é", "").get(i);
                    properties.set(name, schema(random, depth - 1));
                    if (random.nextBoolean()) {
                        required.add(name);
                    }
                }
                schema.put("additionalProperties", random.nextInt(3) == 0);
            }
        }
        return schema;
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
                "{\"type\":\"number\",\"minimum\":1} ~ minimum",
                "{\"type\":\"integer\",\"multipleOf\":2} ~ multipleOf",
                "{\"not\":{}} ~ not",
                "{\"allOf\":[{}]} ~ allOf",
                "{\"type\":\"array\",\"uniqueItems\":true} ~ uniqueItems",
                "{\"type\":\"string\",\"minLength\":1,\"pattern\":\"a\"} ~ minLength",
                "{\"type\":\"string\",\"maxLength\":100000} ~ at most 2000",
                "{\"type\":\"string\",\"format\":\"email\"} ~ format is \"email\"",
                "{\"type\":\"text\"} ~ type is \"text\"",
                "{\"type\":\"string\",\"pattern\":\"(a)\\\\1\"} ~ back-reference",
                "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]} ~ #/oneOf/1",
                "{\"properties\":{\"a\":{\"oneOf\":[{\"const\":1},{\"const\":1.0}]}}} ~ #/properties/a",
                "{\"$ref\":\"#\"} ~ left recursion",
                "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} ~ no finite text",
                "{\"$ref\":\"#/$defs/x\"} ~ $ref",
                "{\"$ref\":\"https://example.org/s\"} ~ $ref",
                "{\"type\":\"object\",\"required\":[\"x\"]} ~ required",
                "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2} ~ from 3 to 2",
                "{\"enum\":[\"a\"],\"type\":\"integer\"} ~ enum",
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
