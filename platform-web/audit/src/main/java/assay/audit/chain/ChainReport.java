package assay.audit.chain;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a check found.
 *
 * @param records that were held against the chain, in PostgreSQL
 * @param copies documents that were held against the chain, in the copy; 0 without one
 * @param droppedRecords whose day went after its retention
 * @param tenants chains, the platform's among them
 * @param unsealedDays days that have no seal yet, today among them: of these the chain alone was
 *     checked
 * @param waiting records that have no place in the chain yet
 * @param unshipped records that the copy does not have yet
 * @param breaks the first ones, {@link ChainBreak#FIRST the first of them first}
 */
public record ChainReport(
        Instant at,
        Duration took,
        long records,
        long copies,
        long droppedRecords,
        int tenants,
        int seals,
        int unsealedDays,
        long waiting,
        long unshipped,
        List<ChainBreak> breaks) {
    public ChainReport {
        breaks = List.copyOf(breaks);
    }

    /** Whether everything is as it was. */
    public boolean intact() {
        return breaks.isEmpty();
    }

    /** The first record that is not as it was. */
    public Optional<ChainBreak> firstBreak() {
        return breaks.stream().findFirst();
    }
}
