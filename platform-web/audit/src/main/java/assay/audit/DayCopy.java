package assay.audit;

import java.time.LocalDate;

/**
 * The store that holds a second copy of a day's records, as the jobs of the days see it: counted
 * before a day is confirmed, sealed against writing, and deleted after the records themselves.
 * Thread-safe; every call throws {@link CopyUnavailable} while the store can not be reached, and
 * the job comes again.
 */
public interface DayCopy {
    /** The copy can not be asked now; nothing is known about it. */
    final class CopyUnavailable extends RuntimeException {
        private static final long serialVersionUID = 1;

        public CopyUnavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Records of the day, with everything that the store ever acknowledged; 0 where it has no such
     * day.
     */
    long count(LocalDate day);

    /**
     * Takes no more records of the day; does nothing to a day that is sealed or not there. A record
     * that comes late opens the day again.
     */
    void seal(LocalDate day);

    /**
     * Removes the day, by its very name; does nothing where there is none. Whether it may go is the
     * caller's to know.
     *
     * @throws IllegalStateException if the day is not sealed
     */
    void delete(LocalDate day);
}
