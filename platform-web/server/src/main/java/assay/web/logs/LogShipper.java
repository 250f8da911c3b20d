package assay.web.logs;

import assay.web.logs.LogTail.Loss;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes log lines to Elasticsearch. Goals: never hold a process up that logs, and never take more
 * than its share of this one. So one request is under way at a time, with one batch in memory; the
 * files are the queue, and when they are rolled away faster than Elasticsearch takes them, the
 * oldest lines are lost and counted. {@link #run} belongs to one thread.
 */
final class LogShipper implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogShipper.class);
    private static final int BATCH_LINES = 500;
    private static final long BATCH_BYTES = 1 << 20;
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Duration CLEAN_EVERY = Duration.ofHours(1);

    private final LogFollower follower;
    private final LogIndices indices;
    private final int keepDays;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private final Counter shipped;
    private final CountDownLatch closing = new CountDownLatch(1);
    private List<LogDocument> batch = List.of();
    private boolean prepared;
    private boolean told;
    private Instant cleanAt = Instant.EPOCH;

    /**
     * @param folder with the files
     * @param keepDays whole days before today that stay
     */
    LogShipper(
            Path folder,
            LogIndices indices,
            int keepDays,
            InstantSource clock,
            MeterRegistry meters) {
        this.indices = indices;
        this.keepDays = keepDays;
        this.clock = clock;
        this.meters = meters;
        this.shipped = meters.counter("assay.logs.shipped");
        for (Loss each : Loss.values()) {
            lost(each, 0); // so that the counters are there before anything is lost
        }
        this.follower = new LogFollower(folder, this::lost);
    }

    private void lost(Loss why, long lines) {
        String reason = why.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        meters.counter("assay.logs.lost", "reason", reason).increment((double) lines);
    }

    @Override
    public void run() {
        Duration wait = Duration.ZERO;
        try {
            while (!closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    wait = runOnce() ? Duration.ZERO : LOOK_EVERY;
                    told = false;
                } catch (IOException e) {
                    wait = longer(wait);
                    tell(e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    private static Duration longer(Duration wait) {
        Duration twice = wait.multipliedBy(2);
        if (twice.compareTo(LOOK_EVERY) < 0) {
            return LOOK_EVERY;
        }
        return twice.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : twice;
    }

    /** Once for each outage: this line goes into the very files. */
    private void tell(IOException e) {
        if (!told) {
            LOG.warn("log lines are not sent, they wait in their files: {}", e.toString());
            told = true;
        }
    }

    /**
     * One batch.
     *
     * @return whether there may be more
     * @throws IOException if it was not taken; the next call tries it again
     */
    boolean runOnce() throws IOException {
        follower.look(); // first, so that what rolls away meanwhile is noticed and counted
        if (!prepared) {
            indices.prepare();
            prepared = true;
        }
        if (!clock.instant().isBefore(cleanAt)) {
            deleteOldDays();
            cleanAt = clock.instant().plus(CLEAN_EVERY);
        }
        if (batch.isEmpty()) {
            List<RawLine> lines = follower.read(BATCH_LINES, BATCH_BYTES);
            if (lines.isEmpty()) {
                return false;
            }
            batch = documents(lines);
        }
        if (!batch.isEmpty()) {
            send();
        }
        follower.remember();
        return true;
    }

    /** A key that may not delete holds no lines up. */
    private void deleteOldDays() {
        try {
            indices.deleteBefore(oldestDay());
        } catch (IOException e) {
            LOG.warn("old days of log lines stay in Elasticsearch: {}", e.getMessage());
        }
    }

    private LocalDate oldestDay() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(keepDays);
    }

    private List<LogDocument> documents(List<RawLine> lines) {
        List<LogDocument> documents = new ArrayList<>();
        for (RawLine each : lines) {
            var document = LogDocument.of(each, clock.instant());
            if (document.day().isBefore(oldestDay())) {
                lost(Loss.OLD, 1);
            } else {
                documents.add(document);
            }
        }
        return documents;
    }

    private void send() throws IOException {
        LogIndices.Answer answer = indices.create(batch);
        shipped.increment(answer.stored());
        lost(Loss.REFUSED, answer.refused());
        if (answer.refused() > 0) {
            LOG.debug("{} log lines were refused: {}", answer.refused(), answer.reason());
        }
        batch = answer.later();
        if (!batch.isEmpty()) {
            throw new IOException(batch.size() + " lines wait: " + answer.reason());
        }
    }

    private void end() {
        try {
            follower.close();
        } catch (IOException e) {
            LOG.debug("a log file did not close: {}", e.toString());
        }
    }

    /** Asks the loop to end; {@link #run} closes the files. */
    @Override
    public void close() {
        closing.countDown();
    }
}
