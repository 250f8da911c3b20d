package assay.audit.search;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.UUID;

/**
 * A place in the records, newest first: the next page begins after it. Records of one time stand in
 * the order of their ids' hexadecimal digits, the smaller first.
 */
public record AuditCursor(Instant at, UUID id) {
    /** Above every id: after all records of its time. */
    static final UUID LAST = new UUID(-1, -1);

    /**
     * Reads what {@code toString} wrote.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static AuditCursor parse(String text) {
        int comma = text.indexOf('_');
        if (comma < 0) {
            throw new IllegalArgumentException("cursor: unknown (expected: one that was answered)");
        }
        try {
            return new AuditCursor(
                    Instant.parse(text.substring(0, comma)),
                    UUID.fromString(text.substring(comma + 1)));
        } catch (DateTimeParseException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "cursor: unknown (expected: one that was answered)", e);
        }
    }

    @Override
    public String toString() {
        return at + "_" + id;
    }
}
