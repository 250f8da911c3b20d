package assay.scheduler.core.queue;

/**
 * How many items of a job are where. Immutable.
 *
 * @param waiting may be begun
 * @param delayed failed, and wait for their next try
 * @param running leased
 * @param dead failed for good
 */
public record ItemCounts(long waiting, long delayed, long running, long done, long dead) {
    public ItemCounts {
        if (waiting < 0 || delayed < 0 || running < 0 || done < 0 || dead < 0) {
            throw new IllegalArgumentException(
                    "waiting %d, delayed %d, running %d, done %d, dead %d (expected: 0 or more)"
                            .formatted(waiting, delayed, running, done, dead));
        }
    }

    /** Of a job that was just submitted. */
    public static ItemCounts fresh(long items) {
        return new ItemCounts(items, 0, 0, 0, 0);
    }

    public long total() {
        return waiting + delayed + running + done + dead;
    }

    /** Those that are neither done nor dead. */
    public long open() {
        return waiting + delayed + running;
    }
}
