package assay.web.serving;

import assay.scheduler.v1.ClusterSnapshot;
import java.util.function.Consumer;

/** The scheduler's picture of the cluster, as it last came. Thread-safe. */
public interface ClusterWatch {
    /** The newest picture; the default instance before the first one came. */
    ClusterSnapshot current();

    /** Whether the scheduler is reachable: otherwise {@link #current} is old. */
    boolean connected();

    /**
     * Calls the listener with each new picture, on a thread that it must not hold up, until the
     * result is closed.
     */
    AutoCloseable subscribe(Consumer<ClusterSnapshot> listener);
}
