package assay.audit.chain;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A signed statement about a day: so many records, and the root of the tree over them. Immutable.
 *
 * @param revision from 1 on; a later one covers records that came after the one before
 * @param records leaves of the tree: all chain rows of the day that were sealed by {@code signedAt}
 * @param root {@link MerkleTree} over {@link Hashes#leaf}, in order of tenant and sequence, in 64
 *     hexadecimal digits
 * @param previous {@link #digest} of the seal that was signed before, of whichever day; empty for
 *     the first
 * @param signedAt later than that of every seal before, in whole microseconds
 * @param keyId SHA-256 over the public key, in 64 hexadecimal digits
 * @param signature ECDSA P-256 over SHA-256 of {@link #statement}, in hexadecimal digits of DER
 */
public record DaySeal(
        LocalDate day,
        int revision,
        long records,
        String root,
        String previous,
        Instant signedAt,
        String keyId,
        String signature) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String FORM = "assay-audit-day-seal-1";

    public DaySeal {
        if (revision < 1 || records < 0) {
            throw new IllegalArgumentException(
                    "revision, records: %d, %d (expected: from 1, from 0)"
                            .formatted(revision, records));
        }
        signedAt = signedAt.truncatedTo(ChronoUnit.MICROS);
    }

    /** A seal beside the public key that it was signed with: what a second place keeps. */
    public record Kept(DaySeal seal, PublicKey publicKey) {
        /** The document that a second place stores, under {@link DaySeal#name}. */
        public String json() {
            Map<String, Object> fields = seal.fields();
            fields.put("signature", seal.signature);
            fields.put("public_key", Base64.getEncoder().encodeToString(publicKey.getEncoded()));
            return JSON.writeValueAsString(fields);
        }

        /** The way back from {@link #json}. */
        public static Kept parse(String json) {
            JsonNode node = JSON.readTree(json);
            return new Kept(
                    DaySeal.of(node),
                    SealKey.publicKey(
                            Base64.getDecoder().decode(node.required("public_key").asString())));
        }
    }

    /** The name under which a second place keeps it: {@code 2026-11-22.1}. */
    public String name() {
        return day + "." + revision;
    }

    /**
     * The bytes that are signed: JSON in the order of the fields, without white space, in UTF-8.
     */
    public byte[] statement() {
        return JSON.writeValueAsString(fields()).getBytes(StandardCharsets.UTF_8);
    }

    /** SHA-256 over statement and signature, in hexadecimal digits: what the next seal names. */
    public String digest() {
        byte[] statement = statement();
        byte[] signed = HexFormat.of().parseHex(signature);
        byte[] both = java.util.Arrays.copyOf(statement, statement.length + signed.length);
        System.arraycopy(signed, 0, both, statement.length, signed.length);
        return HexFormat.of().formatHex(Hashes.sha256(both));
    }

    DaySeal signed(String signature) {
        return new DaySeal(day, revision, records, root, previous, signedAt, keyId, signature);
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("form", FORM);
        fields.put("day", day.toString());
        fields.put("revision", revision);
        fields.put("records", records);
        fields.put("root", root);
        fields.put("previous", previous);
        fields.put("signed_at", signedAt.toString());
        fields.put("key_id", keyId);
        return fields;
    }

    static DaySeal of(JsonNode node) {
        String form = node.path("form").asString("");
        if (!form.equals(FORM)) {
            throw new IllegalArgumentException(
                    "form of a seal: %s (expected: %s)".formatted(form, FORM));
        }
        return new DaySeal(
                LocalDate.parse(node.required("day").asString()),
                node.required("revision").asInt(),
                node.required("records").asLong(),
                node.required("root").asString(),
                node.required("previous").asString(),
                Instant.parse(node.required("signed_at").asString()),
                node.required("key_id").asString(),
                node.required("signature").asString());
    }
}
