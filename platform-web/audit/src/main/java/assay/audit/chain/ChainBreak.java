package assay.audit.chain;

import java.time.LocalDate;
import java.util.Comparator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A place where something is not as it was.
 *
 * @param place where: {@code postgresql}, {@code copy}, or the name of a place of seals
 * @param tenant whose record it is; null where a day as a whole is meant
 * @param sequence the record's place in its tenant's chain; 0 where it has none
 * @param id the record's; null where only its place is known
 * @param day of the record, where it is known
 * @param what in words, with what was found and what was expected
 */
public record ChainBreak(
        Kind kind,
        String place,
        @Nullable UUID tenant,
        long sequence,
        @Nullable UUID id,
        @Nullable LocalDate day,
        String what) {
    /** Records before days, and those with a place in the chain before those without. */
    static final Comparator<ChainBreak> FIRST =
            Comparator.comparing((ChainBreak one) -> one.tenant == null)
                    .thenComparing(one -> one.sequence == 0)
                    .thenComparing(one -> String.valueOf(one.tenant))
                    .thenComparingLong(one -> one.sequence)
                    .thenComparing(one -> one.kind)
                    .thenComparing(one -> String.valueOf(one.day));

    /** What is wrong; of several at one place, the one that says most comes first. */
    public enum Kind {
        /** The chain or a seal has it, and it is not there. */
        MISSING,
        /** It is there, and the chain does not have it. */
        INSERTED,
        /** It stands at the place of another. */
        REORDERED,
        /** The record is not the one that was hashed. */
        CHANGED,
        /** It does not follow from the one before. */
        UNLINKED,
        /** The chain ends before its head. */
        TRUNCATED,
        /** The tree over the day has another root or count than its seal. */
        SEAL_DIFFERS,
        /** The seal is not signed by a key that is trusted. */
        SIGNATURE_WRONG,
        /** The day went before its time, or without what must be left of it. */
        DROPPED_WRONGLY
    }
}
