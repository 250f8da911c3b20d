package assay.web.audit;

import assay.audit.AuditRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the journal holds of one call, and how it looks in bytes: a version, the fixed fields, then
 * each text as its length (4 bytes, -1 for none) and UTF-8. The JSON within is made once, here it
 * is text. Immutable.
 *
 * @param content the sealed prompt and answer, where the tenant's policy keeps them
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, and equal by what it holds
record JournalEntry(AuditRow row, byte @Nullable [] content) {
    private static final byte VERSION = 1;
    private static final int FIXED = 1 + 16 + 8 + 16 + 8;
    private static final int TEXTS = 9;

    byte[] bytes() {
        byte[][] parts = {
            utf8(row.actor()),
            utf8(row.sourceIp()),
            utf8(row.userAgent()),
            utf8(row.action()),
            utf8(row.object()),
            utf8(row.request()),
            utf8(row.outcome()),
            utf8(row.correlation()),
            utf8(row.details()),
            content
        };
        int size = FIXED;
        for (byte[] part : parts) {
            size += Integer.BYTES + (part == null ? 0 : part.length);
        }
        var bytes = ByteBuffer.allocate(size);
        bytes.put(VERSION);
        put(bytes, row.id());
        bytes.putLong(ChronoUnit.MICROS.between(Instant.EPOCH, row.at()));
        put(bytes, row.tenant());
        bytes.putLong(row.durationNanos());
        for (byte[] part : parts) {
            bytes.putInt(part == null ? -1 : part.length);
            if (part != null) {
                bytes.put(part);
            }
        }
        return bytes.array();
    }

    /**
     * @throws IllegalArgumentException of another version
     */
    static JournalEntry of(ByteBuffer bytes) {
        byte version = bytes.get();
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "a journal record's version: " + version + " (expected: " + VERSION + ")");
        }
        UUID id = uuid(bytes);
        Instant at = Instant.EPOCH.plus(bytes.getLong(), ChronoUnit.MICROS);
        UUID tenant = uuid(bytes);
        long nanos = bytes.getLong();
        @Nullable String[] texts = new @Nullable String[TEXTS];
        for (int i = 0; i < TEXTS; i++) {
            byte[] text = part(bytes);
            texts[i] = text == null ? null : new String(text, StandardCharsets.UTF_8);
        }
        var row =
                new AuditRow(
                        id,
                        at,
                        tenant,
                        needed(texts[0]),
                        texts[1],
                        texts[2],
                        needed(texts[3]),
                        needed(texts[4]),
                        needed(texts[5]),
                        needed(texts[6]),
                        nanos,
                        needed(texts[7]),
                        needed(texts[8]));
        return new JournalEntry(row, part(bytes));
    }

    private static String needed(@Nullable String text) {
        return Objects.requireNonNull(text, "a field of a journal record");
    }

    private static byte @Nullable [] utf8(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte @Nullable [] part(ByteBuffer bytes) {
        int length = bytes.getInt();
        if (length < 0) {
            return null;
        }
        byte[] part = new byte[length];
        bytes.get(part);
        return part;
    }

    private static void put(ByteBuffer to, UUID id) {
        to.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer from) {
        return new UUID(from.getLong(), from.getLong());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JournalEntry entry
                && row.equals(entry.row)
                && Arrays.equals(content, entry.content);
    }

    @Override
    public int hashCode() {
        return row.hashCode();
    }
}
