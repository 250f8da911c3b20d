package assay.audit;

import java.time.LocalDate;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * The searchable copy of the records, day by day. Who drops a day from PostgreSQL asks here first,
 * and who verifies the chain reads here what the copy says. Thread-safe; every call goes over the
 * network and throws {@link CopyUnavailable} when the copy does not answer.
 */
public interface DayCopy {
    /** The copy can not be asked now; nothing is known about it. */
    final class CopyUnavailable extends RuntimeException {
        private static final long serialVersionUID = 1;

        public CopyUnavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** How many records of that day it holds, all that was acknowledged included; 0 without any. */
    long count(LocalDate day);

    /** Whether nothing can be added to the day any more; true where the copy has no such day. */
    boolean isSealed(LocalDate day);

    /**
     * Takes no more records of that day. A record that comes late opens the day again: who seals
     * days looks at {@link #isSealed} later once more.
     */
    void seal(LocalDate day);

    /**
     * Removes the day from the copy, by its very name. Whether it may go is the caller's to know.
     *
     * @throws IllegalStateException if the day is not sealed
     */
    void delete(LocalDate day);

    /**
     * Every acknowledged document of the day, by the order of record ids, as {@link
     * AuditDocument#row} wants it.
     *
     * @param documents called on this thread, once for each
     */
    void scan(LocalDate day, Consumer<JsonNode> documents);
}
