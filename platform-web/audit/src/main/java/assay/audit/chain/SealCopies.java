package assay.audit.chain;

import java.util.List;

/**
 * A second place for day seals, outside the database that they vouch for. What is kept there is
 * never changed. Thread-safe.
 *
 * <p>All methods throw an unchecked exception while the place can not be reached.
 */
public interface SealCopies {
    /** What a report calls it: "seals in /srv/seals". */
    String name();

    /**
     * Keeps a seal; does nothing when it is there already.
     *
     * @throws IllegalStateException if another seal of this day and revision is there
     */
    void keep(DaySeal.Kept seal);

    /** All seals, in the order in which they were signed. */
    List<DaySeal.Kept> read();
}
