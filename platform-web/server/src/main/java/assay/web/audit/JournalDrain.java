package assay.web.audit;

import assay.web.WebException;
import assay.web.tenancy.DatabaseWatch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;

/**
 * Moves records from the journal into the database, in batches that grow with what waits, and first
 * what an older version's spool held. Has a thread of its own.
 */
final class JournalDrain implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalDrain.class);
    private static final int BATCH = 2000;
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration AT_THE_END = Duration.ofSeconds(10);

    private final AuditJournal journal;
    private final OldSpool old;
    private final AuditTable table;
    private final DatabaseWatch watch;
    private final Counter written;
    private final Counter refused;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    JournalDrain(
            AuditJournal journal,
            OldSpool old,
            AuditTable table,
            DatabaseWatch watch,
            Counter written,
            MeterRegistry meters) {
        this.journal = journal;
        this.old = old;
        this.table = table;
        this.watch = watch;
        this.written = written;
        this.refused =
                Counter.builder("assay_audit_refused_events")
                        .description("Audit records that waited and that the database never takes")
                        .register(meters);
        this.thread = Thread.ofPlatform().daemon().name("audit-drain").start(this::run);
    }

    private void run() {
        try {
            Duration pause;
            do {
                pause = LOOK_EVERY;
                try {
                    if (watch.awaitBack(AFTER_FAILURE)) {
                        old.drain(this::write);
                        drain();
                        journal.rest();
                    }
                } catch (WebException e) {
                    LOG.debug("the database went", e);
                } catch (RuntimeException | IOException e) {
                    LOG.error("audit records stay on disk", e);
                    pause = AFTER_FAILURE;
                }
            } while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS));
            if (!watch.away()) {
                drain(); // what came until now; a restart finds the rest
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | IOException e) {
            LOG.warn("audit records stay on disk until the next start", e);
        }
    }

    /** Until nothing waits. */
    private void drain() throws IOException {
        while (true) {
            AuditJournal.Batch batch = journal.take(BATCH);
            if (batch.entries().isEmpty()) {
                return;
            }
            try {
                write(batch.entries());
            } catch (RuntimeException e) {
                journal.again(batch);
                throw e;
            }
            journal.done(batch);
        }
    }

    /** Halves what the database refuses until the one record stands alone: the others are good. */
    private void write(List<JournalEntry> entries) {
        try {
            written.increment(table.insert(entries));
        } catch (DataIntegrityViolationException e) {
            if (entries.size() > 1) {
                int half = entries.size() / 2;
                write(entries.subList(0, half));
                write(entries.subList(half, entries.size()));
                return;
            }
            var row = entries.getFirst().row();
            LOG.error("the database refuses audit record {}: it is in refused.jsonl", row.id(), e);
            journal.refuse(row);
            refused.increment();
        }
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join(AT_THE_END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
