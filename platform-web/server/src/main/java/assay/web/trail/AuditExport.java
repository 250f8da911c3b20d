package assay.web.trail;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An export as a person sees it.
 *
 * @param scope whose records, as {@link assay.audit.search.AuditScope} writes it
 * @param query as in a deep link
 * @param records written so far
 * @param expected how many there will be, as counted when it began; null when not counted
 * @param sha256 of the whole file, once it is done
 * @param reason why it failed
 * @param expiresAt when the file goes
 */
public record AuditExport(
        UUID id,
        Format format,
        String scope,
        String query,
        State state,
        long records,
        @Nullable Long expected,
        long bytes,
        @Nullable String sha256,
        @Nullable String reason,
        Instant createdAt,
        Instant expiresAt) {
    /** What is in the file. */
    public enum Format {
        NDJSON,
        CSV;

        /** As it stands in paths and tables. */
        public String id() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Where it is. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        public String id() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    public boolean open() {
        return state == State.WAITING || state == State.RUNNING;
    }

    /** The file's name for who loads it. */
    public String fileName() {
        return "audit-"
                + createdAt.toString().substring(0, 10)
                + "-"
                + id.toString().substring(0, 8)
                + "."
                + format.id();
    }
}
