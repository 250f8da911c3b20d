package assay.audit.elastic;

import assay.audit.elastic.BulkWriter.Shipment;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.UnshippedQueue.Entry;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Sends sealed records to Elasticsearch. A record leaves the queue in the transaction in which its
 * arrival is known; whatever ends before that sends it again, which changes nothing there.
 *
 * <p>{@link #run} is the loop of one thread; {@link #runOnce} is one turn of it. Several shippers
 * may run beside each other: each takes other records. Elasticsearch being away costs nothing but a
 * longer queue.
 */
public final class AuditShipper implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditShipper.class);
    private static final int TOO_LARGE = 413;
    private static final Duration LOOK_AT_RETENTION = Duration.ofMinutes(1);

    private final ElasticStore store;
    private final BulkWriter bulk;
    private final UnshippedQueue queue;
    private final TransactionTemplate transactions;
    private final InstantSource clock;
    private final ShipperSettings settings;
    private final BatchSize batch;
    private final Semaphore wakeUp = new Semaphore(0);
    private final Counter stored;
    private final Counter known;
    private final Counter refused;
    private final Counter failures;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Optional<StreamRetention> retention;
    private Instant nextLook = Instant.MIN;
    private boolean prepared;
    private int failuresInARow;

    /**
     * Starts nothing.
     *
     * @param dataSource logs in as assay_audit
     */
    public AuditShipper(
            DataSource dataSource,
            ElasticStore store,
            InstantSource clock,
            ShipperSettings settings,
            MeterRegistry meters) {
        this.store = store;
        this.bulk = store.bulk();
        this.queue = new UnshippedQueue(dataSource);
        this.transactions = new TransactionTemplate(new DataSourceTransactionManager(dataSource));
        this.clock = clock;
        this.settings = settings;
        this.batch = new BatchSize(settings.leastBatch(), settings.mostBatch());
        this.retention = store.retention(meters);
        this.stored = counter(meters, "stored");
        this.known = counter(meters, "known");
        this.refused = counter(meters, "refused");
        this.failures =
                Counter.builder("assay.audit.ship.failures")
                        .description("Requests to Elasticsearch that had no answer about records")
                        .register(meters);
    }

    private static Counter counter(MeterRegistry meters, String result) {
        return Counter.builder("assay.audit.shipped")
                .description("Records that Elasticsearch gave an answer about")
                .tag("result", result)
                .register(meters);
    }

    /**
     * What one turn did.
     *
     * @param taken records that were due, up to the size of a batch
     * @param later those that wait for another try
     * @param answered whether Elasticsearch was there, as far as it was asked
     */
    public record Turn(
            int taken, int stored, int known, int later, int refused, boolean answered) {}

    /** Ships until it is closed or interrupted. */
    @Override
    public void run() {
        while (stopped.getCount() > 0 && !Thread.currentThread().isInterrupted()) {
            long startNanos = System.nanoTime();
            int size = batch.get();
            Turn turn;
            try {
                turn = runOnce();
            } catch (RuntimeException e) {
                LOG.warn("audit records were not shipped: {}", e.toString());
                failuresInARow++;
                turn = new Turn(0, 0, 0, 0, 0, false);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
            if (!pause(turn, size, took)) {
                return;
            }
        }
    }

    /** Looks at the queue at once; cheap, from any thread. */
    public void wake() {
        if (wakeUp.availablePermits() == 0) {
            wakeUp.release();
        }
    }

    /** Ends the loop after its turn. */
    @Override
    public void close() {
        stopped.countDown();
        wake();
    }

    private boolean pause(Turn turn, int size, Duration took) {
        try {
            if (!turn.answered()) {
                return !stopped.await(backoff().toMillis(), TimeUnit.MILLISECONDS);
            }
            if (turn.taken() >= size) {
                double share = settings.catchUpShare();
                Duration rest = Duration.ofNanos((long) (took.toNanos() * (1 - share) / share));
                return !stopped.await(
                        shorter(rest, settings.longestWait()).toMillis(), TimeUnit.MILLISECONDS);
            }
            var _ = wakeUp.tryAcquire(settings.poll().toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Duration backoff() {
        int doublings = Math.min(16, Math.max(0, failuresInARow - 1));
        return shorter(settings.firstWait().multipliedBy(1L << doublings), settings.longestWait());
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Sends what is due, up to one batch. Called by one thread at a time. */
    public Turn runOnce() {
        if (!prepared && !prepare()) {
            return new Turn(0, 0, 0, 0, 0, false);
        }
        Turn turn =
                transactions.execute(_ -> {
                    List<Entry> due = queue.take(batch.get(), clock.instant());
                    return due.isEmpty() ? new Turn(0, 0, 0, 0, 0, true) : ship(due);
                });
        if (turn.answered()) {
            failuresInARow = 0;
            lookAtRetention();
        } else {
            prepared = false; // it may come back empty, as another cluster
            failed();
        }
        return turn;
    }

    private boolean prepare() {
        try {
            store.prepare();
            prepared = true;
            return true;
        } catch (IOException | ElasticsearchException | AuditTemplate.TemplateMismatch e) {
            if (failuresInARow == 0) {
                LOG.warn("Elasticsearch takes no audit records: {}", e.getMessage());
            }
            failed();
            return false;
        }
    }

    /** After records went out: it is the first of them that makes a data stream. */
    private void lookAtRetention() {
        Instant now = clock.instant();
        if (retention.isPresent() && !now.isBefore(nextLook)) {
            retention.get().look(store.connection(Authority.WRITER));
            nextLook = now.plus(LOOK_AT_RETENTION);
        }
    }

    private void failed() {
        failuresInARow++;
        failures.increment();
        batch.failed();
    }

    private Turn ship(List<Entry> due) {
        Map<UUID, Shipment> documents = queue.documents(due);
        var round = new Round();
        List<Entry> chunk = new ArrayList<>();
        long bytes = 0;
        for (Entry entry : due) {
            Shipment shipment = documents.get(entry.id());
            if (shipment == null) {
                round.refuse(entry, "its record or its place in the chain is gone");
                continue;
            }
            if (!chunk.isEmpty() && bytes + shipment.document().size() > settings.batchBytes()) {
                round.send(chunk, documents);
                chunk = new ArrayList<>();
                bytes = 0;
            }
            chunk.add(entry);
            bytes += shipment.document().size();
        }
        round.send(chunk, documents);
        return round.end(due.size());
    }

    /** What came of one batch; lives in its transaction. */
    private final class Round {
        private final List<Entry> arrived = new ArrayList<>();
        private final List<Entry> later = new ArrayList<>();
        private final Set<LocalDate> sealedDays = new TreeSet<>();
        private int storedCount;
        private int refusedCount;
        private boolean answered = true;

        void send(List<Entry> chunk, Map<UUID, Shipment> documents) {
            if (chunk.isEmpty() || !answered) {
                return;
            }
            List<Shipment> shipments = new ArrayList<>();
            for (Entry entry : chunk) {
                shipments.add(Objects.requireNonNull(documents.get(entry.id())));
            }
            long startNanos = System.nanoTime();
            try {
                List<BulkVerdict> verdicts = bulk.create(shipments);
                int laterBefore = later.size();
                for (int i = 0; i < chunk.size(); i++) {
                    judge(chunk.get(i), shipments.get(i), verdicts.get(i));
                }
                batch.answered(
                        chunk.size(),
                        Duration.ofNanos(System.nanoTime() - startNanos),
                        later.size() > laterBefore);
            } catch (ElasticsearchException e) {
                if (e.status() == TOO_LARGE && chunk.size() == 1) {
                    refuse(chunk.getFirst(), "larger than Elasticsearch takes");
                } else {
                    unanswered(e);
                }
            } catch (IOException e) {
                unanswered(e);
            }
        }

        private void unanswered(Exception e) {
            answered = false;
            if (failuresInARow == 0) {
                LOG.warn("Elasticsearch did not take audit records: {}", e.getMessage());
            }
        }

        private void judge(Entry entry, Shipment shipment, BulkVerdict verdict) {
            switch (verdict) {
                case BulkVerdict.Stored _ -> {
                    arrived.add(entry);
                    storedCount++;
                }
                case BulkVerdict.Known _ -> arrived.add(entry);
                case BulkVerdict.Later wait -> {
                    later.add(entry);
                    LOG.debug("audit record {} waits: {}", entry.id(), wait.reason());
                }
                case BulkVerdict.DaySealed _ -> {
                    later.add(entry);
                    sealedDays.add(shipment.day());
                }
                case BulkVerdict.Refused no -> refuse(entry, no.reason());
            }
        }

        void refuse(Entry entry, String reason) {
            LOG.error("audit record {} is not searchable: {}", entry.id(), reason);
            queue.bury(entry, reason, clock.instant());
            refusedCount++;
        }

        Turn end(int taken) {
            Instant now = clock.instant();
            queue.remove(arrived);
            queue.postpone(later, now, settings.firstWait(), settings.longestWait());
            sealedDays.forEach(this::open);
            stored.increment(storedCount);
            known.increment(arrived.size() - storedCount);
            refused.increment(refusedCount);
            return new Turn(
                    taken,
                    storedCount,
                    arrived.size() - storedCount,
                    later.size(),
                    refusedCount,
                    answered);
        }

        /** A record of a finished day came late; the day is sealed again by whoever seals days. */
        private void open(LocalDate day) {
            try {
                store.days().open(day);
            } catch (RuntimeException e) {
                LOG.warn("the index of {} stays sealed: {}", day, e.getMessage());
            }
        }
    }
}
