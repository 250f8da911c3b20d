package assay.web.verify;

import assay.web.WebException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says again and again that this gateway lives, and has ended what those left running that no
 * longer say so. After an outage of the database it waits a lease before it takes anybody for gone:
 * the others could not speak either. One thread of its own.
 */
final class GatewayLease implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayLease.class);
    private static final int BEATS_IN_A_LEASE = 3;

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("gateway-lease").factory());
    private final VerificationStore store;
    private final Consumer<String> end;
    private final Duration lease;
    private final LongSupplier nanoTime;
    private long heardSince;

    /**
     * @param end marks as failed what the gateway of that name left running
     */
    GatewayLease(
            VerificationStore store, Consumer<String> end, Duration lease, LongSupplier nanoTime) {
        this.store = store;
        this.end = end;
        this.lease = lease;
        this.nanoTime = nanoTime;
        this.heardSince = nanoTime.getAsLong();
    }

    void start() {
        long nanos = lease.toNanos() / BEATS_IN_A_LEASE;
        var _ = timer.scheduleAtFixedRate(this::beat, 0, nanos, TimeUnit.NANOSECONDS);
    }

    /** One turn; confined to the timer's thread. */
    void beat() {
        try {
            store.live(lease);
            if (nanoTime.getAsLong() - heardSince >= lease.toNanos()) {
                for (String gone : store.gone()) {
                    LOG.warn("{} is gone", gone);
                    end.accept(gone);
                    store.forget(gone);
                }
            }
        } catch (WebException e) {
            heardSince = nanoTime.getAsLong();
            LOG.debug("not heard: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("a turn of the gateway's lease failed", e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        try {
            store.leave();
        } catch (RuntimeException e) {
            LOG.info("left without a word: {}", e.getMessage()); // the lease ends by itself
        }
    }
}
