package assay.engine.sample.constrain;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** JSON Schema by the letter, for the keywords that are taken: what masks are checked against. */
final class SchemaCheck {
    private final JsonNode document;

    SchemaCheck(JsonNode document) {
        this.document = document;
    }

    boolean valid(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.booleanValue();
        }
        if (schema.has("$ref")) {
            return valid(document.at(schema.get("$ref").asString().substring(1)), value);
        }
        return types(schema, value)
                && constants(schema, value)
                && choices(schema, value)
                && object(schema, value)
                && array(schema, value)
                && string(schema, value)
                && number(schema, value);
    }

    private static boolean types(JsonNode schema, JsonNode value) {
        if (!schema.has("type")) {
            return true;
        }
        if (!schema.get("type").isArray()) {
            return is(schema.get("type").asString(), value);
        }
        for (JsonNode type : schema.get("type")) {
            if (is(type.asString(), value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean is(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> value.isNull();
        };
    }

    private static boolean constants(JsonNode schema, JsonNode value) {
        boolean among = !schema.has("enum");
        for (JsonNode one : schema.path("enum")) {
            among |= one.equals(value);
        }
        return among && (!schema.has("const") || schema.get("const").equals(value));
    }

    private boolean choices(JsonNode schema, JsonNode value) {
        int any = 0;
        for (JsonNode one : schema.path("anyOf")) {
            any += valid(one, value) ? 1 : 0;
        }
        int exact = 0;
        for (JsonNode one : schema.path("oneOf")) {
            exact += valid(one, value) ? 1 : 0;
        }
        return (!schema.has("anyOf") || any > 0) && (!schema.has("oneOf") || exact == 1);
    }

    private boolean object(JsonNode schema, JsonNode value) {
        if (!value.isObject()) {
            return true;
        }
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asString())) {
                return false;
            }
        }
        for (String name : value.propertyNames()) {
            JsonNode member = schema.path("properties").path(name);
            JsonNode of = member.isMissingNode() ? schema.path("additionalProperties") : member;
            if (!of.isMissingNode() && !valid(of, value.get(name))) {
                return false;
            }
        }
        return true;
    }

    private boolean array(JsonNode schema, JsonNode value) {
        if (!value.isArray()) {
            return true;
        }
        for (JsonNode item : value) {
            if (schema.has("items") && !valid(schema.get("items"), item)) {
                return false;
            }
        }
        return within(schema, "minItems", "maxItems", value.size());
    }

    private static boolean string(JsonNode schema, JsonNode value) {
        if (!value.isString()) {
            return true;
        }
        String text = value.stringValue();
        return within(schema, "minLength", "maxLength", text.codePointCount(0, text.length()))
                && (!schema.has("pattern")
                        || Pattern.compile(schema.get("pattern").asString()).matcher(text).find());
    }

    private static boolean number(JsonNode schema, JsonNode value) {
        if (!value.isNumber()) {
            return true;
        }
        BigDecimal number = value.decimalValue();
        return (!schema.has("minimum") || number.compareTo(bound(schema, "minimum")) >= 0)
                && (!schema.has("maximum") || number.compareTo(bound(schema, "maximum")) <= 0)
                && (!schema.has("exclusiveMinimum")
                        || number.compareTo(bound(schema, "exclusiveMinimum")) > 0)
                && (!schema.has("exclusiveMaximum")
                        || number.compareTo(bound(schema, "exclusiveMaximum")) < 0);
    }

    private static BigDecimal bound(JsonNode schema, String keyword) {
        return schema.get(keyword).decimalValue();
    }

    private static boolean within(JsonNode schema, String least, String most, int size) {
        return size >= schema.path(least).asInt(0)
                && size <= schema.path(most).asInt(Integer.MAX_VALUE);
    }
}
