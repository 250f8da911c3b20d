package assay.web.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What came of an item until now. Immutable.
 *
 * @param index from 0, in the order of submission
 * @param id the submitter's own
 * @param output JSON; null unless it is done
 * @param errorCode a stable name; null unless the last try failed
 * @param errorMessage for people
 * @param attempts how often it was begun
 * @param finishedAt null while it is neither done nor given up
 */
public record ItemResult(
        long index,
        String id,
        ItemState state,
        @Nullable String output,
        @Nullable String errorCode,
        @Nullable String errorMessage,
        int attempts,
        @Nullable Instant finishedAt) {}
