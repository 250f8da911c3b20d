package assay.audit.chain;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * What is hashed over what, all of it with SHA-256.
 *
 * <ul>
 *   <li>link: hash before (32 bytes) ‖ sequence (8 bytes, big-endian) ‖ content hash (32 bytes);
 *       the first link of a tenant follows 32 zero bytes
 *   <li>leaf of a day's tree: 0x00 ‖ tenant (16 bytes) ‖ sequence (8) ‖ content hash (32) ‖ link
 *       (32)
 *   <li>node of a day's tree: 0x01 ‖ left ‖ right (RFC 6962, section 2.1)
 * </ul>
 *
 * Stateless.
 */
final class Hashes {
    static final int LENGTH = 32;

    private Hashes() {}

    /** What the first link of each tenant follows. */
    static byte[] genesis() {
        return new byte[LENGTH];
    }

    static byte[] link(byte[] before, long sequence, byte[] content) {
        return sha256(
                ByteBuffer.allocate(2 * LENGTH + Long.BYTES)
                        .put(before)
                        .putLong(sequence)
                        .put(content)
                        .array());
    }

    static byte[] leaf(UUID tenant, long sequence, byte[] content, byte[] link) {
        return sha256(
                ByteBuffer.allocate(1 + 3 * Long.BYTES + 2 * LENGTH)
                        .put((byte) 0)
                        .putLong(tenant.getMostSignificantBits())
                        .putLong(tenant.getLeastSignificantBits())
                        .putLong(sequence)
                        .put(content)
                        .put(link)
                        .array());
    }

    static byte[] node(byte[] left, byte[] right) {
        return sha256(
                ByteBuffer.allocate(1 + 2 * LENGTH).put((byte) 1).put(left).put(right).array());
    }

    static byte[] sha256(byte[] of) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(of);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
