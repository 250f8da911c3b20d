package assay.scheduler.core.queue;

import java.time.Duration;

/** How a lease ended. */
public sealed interface Ending {
    /** The item is done. */
    record Done(ItemUse use) implements Ending {}

    /**
     * The item failed.
     *
     * @param retryable whether another try may end otherwise
     * @param atLeast what is waited until the next try
     */
    record Failed(boolean retryable, Duration atLeast, ItemUse use) implements Ending {}

    /**
     * The worker could not begin it: not a try.
     *
     * @param atLeast what is waited until it is given out again
     */
    record Returned(Duration atLeast) implements Ending {}

    /**
     * The worker was not heard of in time: counts as a failure, since it may be the item's fault.
     */
    record Expired() implements Ending {}

    /** The worker's process is gone: counts as a failure for the same reason, but at once. */
    record Lost() implements Ending {}
}
