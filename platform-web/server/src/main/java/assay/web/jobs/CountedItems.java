package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.limits.Admission;
import assay.web.limits.Need;

/**
 * Counts the items of a submission against the limits while they come, some at a time; how many
 * come is known at the end alone. Confined to the submission's thread.
 */
final class CountedItems {
    private static final long MOST_AT_A_TIME = 1_000;

    private final Admission admission;
    private long count;
    private long reserved;

    CountedItems(Admission admission) {
        this.admission = admission;
    }

    /**
     * @throws WebException QUOTA_EXCEEDED when there is no room for one more
     */
    void one() {
        if (count == reserved) {
            reserve(Math.clamp(count, 1, MOST_AT_A_TIME));
        }
        count++;
    }

    private void reserve(long more) {
        try {
            admission.more(Need.items(more));
            reserved += more;
        } catch (WebException e) {
            if (more == 1 || e.code() != ErrorCode.QUOTA_EXCEEDED) {
                throw e;
            }
            reserve(more / 2); // perhaps no more than these come
        }
    }

    void settle() {
        admission.settle(Need.items(count));
    }
}
