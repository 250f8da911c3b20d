package assay.web.jobs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which ids of items came already. Keeps 16 bytes of each one's SHA-256 instead of the id, in an
 * open hash table that grows: a million of them take 32 to 64 MiB, and two ids that are taken for
 * one are not to be expected in the life of the universe. Confined to one thread.
 */
final class ItemIds {
    private static final int FIRST_SLOTS = 64;

    private final MessageDigest digest;
    private long[] slots = new long[2 * FIRST_SLOTS]; // pairs; both zero: free
    private int count;

    ItemIds() {
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing", e);
        }
    }

    /** Whether the id is new. */
    boolean add(String id) {
        var hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
        if (!put(slots, hash.getLong(), hash.getLong() | 1)) {
            return false;
        }
        count++;
        if (count * 4L > slots.length) { // half of the pairs
            grow();
        }
        return true;
    }

    int count() {
        return count;
    }

    private void grow() {
        var larger = new long[2 * slots.length];
        for (int i = 0; i < slots.length; i += 2) {
            if (slots[i + 1] != 0) {
                put(larger, slots[i], slots[i + 1]);
            }
        }
        slots = larger;
    }

    private static boolean put(long[] table, long high, long low) {
        int mask = table.length / 2 - 1;
        int slot = (int) high & mask;
        while (table[2 * slot + 1] != 0) {
            if (table[2 * slot] == high && table[2 * slot + 1] == low) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        table[2 * slot] = high;
        table[2 * slot + 1] = low;
        return true;
    }
}
