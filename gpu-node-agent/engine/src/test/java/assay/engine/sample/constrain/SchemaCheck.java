package assay.engine.sample.constrain;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON Schema as others read it: an independent validator, which constraints are checked by. */
final class SchemaCheck {
    /** Decimals stay as they are written. */
    static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private static final List<String> BOUNDS =
            List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

    private final Schema schema;

    SchemaCheck(String schema) {
        this.schema = REGISTRY.getSchema(withDecimalBounds(JSON.readTree(schema)));
    }

    /** The validator compares whole bounds as 64-bit numbers, and fails on values beyond them. */
    private static JsonNode withDecimalBounds(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            for (String keyword : BOUNDS) {
                if (object.path(keyword).isNumber()) {
                    object.put(keyword, object.get(keyword).decimalValue());
                }
            }
        }
        schema.forEach(SchemaCheck::withDecimalBounds);
        return schema;
    }

    /** What is wrong with a document; nothing when it is valid. */
    List<String> errors(String document) {
        JsonNode value = JSON.readTree(document);
        return schema
                .validate(value, c -> c.executionConfig(f -> f.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }
}
