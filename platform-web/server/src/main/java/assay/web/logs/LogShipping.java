package assay.web.logs;

import assay.audit.elastic.ElasticStore;
import assay.web.WebSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Runs the shipper where there is both an Elasticsearch and a folder of logs. Thread-safe.
 *
 * <p>It is here and not in the launcher because this process has what it takes: the connection with
 * its certificate and keys, metrics that are scraped, and somebody who starts it again.
 */
@Component
class LogShipping implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(LogShipping.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final WebSettings settings;
    private final @Nullable ElasticStore elastic;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private @Nullable LogShipper shipper;
    private @Nullable Thread thread;

    LogShipping(
            WebSettings settings,
            ObjectProvider<ElasticStore> elastic,
            InstantSource clock,
            MeterRegistry meters) {
        this.settings = settings;
        this.elastic = elastic.getIfAvailable();
        this.clock = clock;
        this.meters = meters;
    }

    @Override
    public synchronized void start() {
        Path folder = settings.logs().dir();
        if (elastic == null || folder == null || thread != null) {
            return;
        }
        var ships =
                new LogShipper(
                        folder,
                        new LogIndices(elastic, settings.audit().elasticsearch().replicas()),
                        settings.logs().keepDays(),
                        clock,
                        meters);
        shipper = ships;
        thread = Thread.ofPlatform().name("log-shipper").daemon().start(ships);
    }

    @Override
    public synchronized void stop() {
        LogShipper ships = shipper;
        Thread running = thread;
        if (ships == null || running == null) {
            return;
        }
        ships.close();
        try {
            if (!running.join(PATIENCE)) {
                LOG.debug("the log shipper still waits for an answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        shipper = null;
        thread = null;
    }

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }
}
