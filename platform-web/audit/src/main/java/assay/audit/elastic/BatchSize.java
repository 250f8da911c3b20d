package assay.audit.elastic;

import java.time.Duration;

/**
 * How many records go into one request: twice as many while answers come quickly, half as many when
 * the server is slow, busy or gone. Confined to the shipper's thread.
 */
final class BatchSize {
    /** What one request may take: long enough to be worth it, short enough to be repeated. */
    private static final Duration AIM = Duration.ofMillis(500);

    private final int least;
    private final int most;
    private int size;

    BatchSize(int least, int most) {
        this.least = least;
        this.most = most;
        this.size = Math.min(most, Math.max(least, 256));
    }

    int get() {
        return size;
    }

    /**
     * An answer came.
     *
     * @param sent how many records it was about
     * @param busy whether some were turned away for want of room
     */
    void answered(int sent, Duration took, boolean busy) {
        if (busy || took.compareTo(AIM.multipliedBy(4)) > 0) {
            failed();
        } else if (sent >= size && took.compareTo(AIM) < 0) {
            size = Math.min(most, size * 2);
        }
    }

    /** None came. */
    void failed() {
        size = Math.max(least, size / 2);
    }
}
