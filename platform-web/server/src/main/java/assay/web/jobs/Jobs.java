package assay.web.jobs;

import assay.web.identity.Caller;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Batch jobs of a tenant: submitted, watched, steered, their results fetched. Thread-safe; calls
 * block. All need {@code batch:run}. A caller sees his own jobs, with {@code batch:manage} all of
 * the tenant; to everybody else they are not there (NOT_FOUND). Every call but those that only look
 * is recorded. What any may throw: PERMISSION_DENIED; SCHEDULER_AWAY with a time to retry after.
 */
public interface Jobs {
    /**
     * A call at a public face.
     *
     * @param requestId correlates answer, log and audit
     */
    record Call(Caller caller, String requestId) {}

    /**
     * @param alreadyKnown the same was submitted before under the same key: nothing was made
     */
    record Submitted(Job job, boolean alreadyKnown) {}

    /**
     * Some of a list.
     *
     * @param next where to go on; null after the last
     */
    record Page<T>(List<T> entries, @Nullable String next) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Which results.
     *
     * @param states empty for all
     * @param cursor null for the first page
     */
    record Wanted(Set<ItemState> states, @Nullable String cursor, int limit) {
        public static final int MOST = 1_000;

        public Wanted {
            states = Set.copyOf(states);
        }
    }

    /**
     * Makes a job of all the items, or none when one of them is bad.
     *
     * @throws assay.web.WebException INVALID_REQUEST with the line of a bad item,
     *     REQUEST_TOO_LARGE, JOB_KEY_REUSED
     * @throws IOException what the source threw
     */
    Submitted submit(Call call, NewJob job, ItemSource items) throws IOException;

    Job find(Caller caller, UUID id);

    /**
     * Newest first.
     *
     * @param states empty for all
     */
    Page<Job> list(Caller caller, Set<JobState> states, int limit, @Nullable String cursor);

    /** No further item is begun. JOB_STATE when it is over, as for the other three. */
    Job pause(Call call, UUID id);

    Job resume(Call call, UUID id);

    /** For good; results that are there stay. */
    Job cancel(Call call, UUID id);

    /**
     * What failed for good is tried again.
     *
     * @param itemIds empty for all of the job
     */
    Job retry(Call call, UUID id, List<String> itemIds);

    /** The first items that failed for good, to look at: no record is made of that. */
    List<ItemResult> failures(Caller caller, UUID id, int limit);

    /** A page of results in the order of submission; the record names the first page only. */
    Page<ItemResult> results(Call call, UUID id, Wanted wanted);
}
