package assay.scheduler.server.control;

import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.server.SchedulerException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Looks now and then which model is taken when a request names none, on a thread of its own: a
 * database that is away leaves the old answer and stops nobody. Thread-safe.
 */
public final class DefaultModel {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultModel.class);
    private static final Duration EVERY = Duration.ofSeconds(2);

    private final ModelCatalog catalog;
    private final Consumer<Optional<VersionId>> changed;
    private final CountDownLatch stop = new CountDownLatch(1);
    private Optional<VersionId> known = Optional.empty();

    /** Does not look yet. */
    public DefaultModel(ModelCatalog catalog, Consumer<Optional<VersionId>> changed) {
        this.catalog = catalog;
        this.changed = changed;
    }

    public void start() {
        Thread.ofVirtual().name("default-model").start(this::run);
    }

    public void stop() {
        stop.countDown();
    }

    private void run() {
        try {
            do {
                look();
            } while (!stop.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            Optional<VersionId> now = catalog.defaultVersion();
            if (!now.equals(known)) {
                changed.accept(now);
                known = now;
            }
        } catch (DataAccessException | SchedulerException e) {
            LOG.warn("the default model was not read: {}", e.getMessage());
        }
    }
}
