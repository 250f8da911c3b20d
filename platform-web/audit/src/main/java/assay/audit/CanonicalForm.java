package assay.audit;

import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one way to write a record down for hashing: JSON with the names of every object in order of
 * their UTF-16 units (as RFC 8785 does), no white space, numbers in plain decimal notation without
 * trailing zeros, time as ISO 8601 in UTC, and nulls left out. Two records are equal exactly when
 * these bytes are, whatever spelling of JSON either came in. Stateless.
 */
public final class CanonicalForm {
    /** Keeps every digit of every number. */
    static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
                    .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                    .build();

    private CanonicalForm() {}

    /** SHA-256 over the canonical bytes, in 64 hexadecimal digits. */
    public static String sha256(AuditRow row) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes(row));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** UTF-8. */
    public static byte[] bytes(AuditRow row) {
        Map<String, @Nullable Object> fields = new TreeMap<>();
        fields.put("id", row.id().toString());
        fields.put("at", row.at().toString());
        fields.put("tenant", row.tenant().toString());
        fields.put("actor", JSON.readTree(row.actor()));
        fields.put("source_ip", row.sourceIp());
        fields.put("user_agent", row.userAgent());
        fields.put("action", row.action());
        fields.put("object", JSON.readTree(row.object()));
        fields.put("request", JSON.readTree(row.request()));
        fields.put("outcome", JSON.readTree(row.outcome()));
        fields.put("duration_nanos", row.durationNanos());
        fields.put("correlation", JSON.readTree(row.correlation()));
        fields.put("details", JSON.readTree(row.details()));
        fields.values().removeIf(value -> value == null);
        return text(JSON.valueToTree(fields)).getBytes(StandardCharsets.UTF_8);
    }

    /** Any JSON in the same form. */
    public static String text(JsonNode node) {
        var out = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(out)) {
            write(node, generator);
        }
        return out.toString();
    }

    private static void write(JsonNode node, JsonGenerator to) {
        if (node.isObject()) {
            to.writeStartObject();
            node.propertyNames().stream()
                    .sorted()
                    .forEach(name -> {
                        JsonNode value = node.get(name);
                        if (!value.isNull()) {
                            to.writeName(name);
                            write(value, to);
                        }
                    });
            to.writeEndObject();
        } else if (node.isArray()) {
            to.writeStartArray();
            node.forEach(item -> write(item, to));
            to.writeEndArray();
        } else if (node.isNumber()) {
            to.writeRawValue(plain(node.decimalValue()));
        } else {
            to.writeTree(node);
        }
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}
