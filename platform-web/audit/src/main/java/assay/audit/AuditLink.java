package assay.audit;

import java.util.regex.Pattern;

/**
 * A record's place in its tenant's chain.
 *
 * @param sequence from 1 on, without gaps
 * @param contentHash {@link CanonicalForm#sha256} of the record, in 64 hexadecimal digits
 * @param hash over the hash before, the sequence and {@code contentHash}, written the same way
 */
public record AuditLink(long sequence, String contentHash, String hash) {
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    public AuditLink {
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence: " + sequence + " (expected: 1 or more)");
        }
        if (!SHA_256.matcher(contentHash).matches() || !SHA_256.matcher(hash).matches()) {
            throw new IllegalArgumentException(
                    "hashes: %s, %s (expected: 64 hexadecimal digits)"
                            .formatted(contentHash, hash));
        }
    }
}
