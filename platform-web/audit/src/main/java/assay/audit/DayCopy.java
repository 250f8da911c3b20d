package assay.audit;

import java.time.LocalDate;

/**
 * The store that holds a second copy of a day's records, as the jobs of the days see it: counted
 * before a day is confirmed, sealed against writing, and deleted after the records themselves.
 *
 * <p>All three throw an unchecked exception while the store can not be reached; the job comes again.
 */
public interface DayCopy {
    /** Records of the day, with everything that the store ever acknowledged; 0 where it has no such day. */
    long count(LocalDate day);

    /** Lets nobody write to the day any more; does nothing to a day that is sealed or not there. */
    void seal(LocalDate day);

    /** Removes the day, by its name; does nothing where there is none. */
    void delete(LocalDate day);
}
