package assay.web.jobs;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stands at a moment. Immutable.
 *
 * @param ownerName who submitted it, as people know him
 * @param model what its items name unless they name another; null for the default model
 * @param priority -100..100, higher first within the tenant
 * @param deadline what is not done then never will be; null for none
 * @param maxAttempts failures until an item is given up
 * @param startedAt when its first item was begun; null for not yet
 * @param finishedAt null while it is not over
 * @param itemsPerSecond lately; 0 when none ended lately
 * @param eta when it is over at that rate; null when that can not be told
 * @param waitsFor null when nothing holds it up
 */
public record Job(
        UUID id,
        String name,
        JobKind kind,
        JobState state,
        String ownerName,
        @Nullable String model,
        int priority,
        @Nullable Instant deadline,
        int maxAttempts,
        Counts counts,
        Instant submittedAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        double itemsPerSecond,
        @Nullable Instant eta,
        @Nullable JobWait waitsFor) {
    /**
     * Its items by their state.
     *
     * @param tokens of prompts and answers, used by all tries
     */
    public record Counts(
            long total,
            long waiting,
            long delayed,
            long running,
            long done,
            long dead,
            long dropped,
            long tokens) {
        /** Of which nothing more will come. */
        public long over() {
            return done + dead + dropped;
        }

        /** The share that is over, 0..1. */
        public double progress() {
            return total == 0 ? 0 : (double) over() / total;
        }
    }
}
