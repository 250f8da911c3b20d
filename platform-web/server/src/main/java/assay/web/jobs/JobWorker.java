package assay.web.jobs;

import assay.scheduler.v1.LeaseKey;
import assay.scheduler.v1.LeaseRenewal;
import assay.scheduler.v1.LeaseRevoked;
import assay.scheduler.v1.LeaseSettled;
import assay.scheduler.v1.LeasedItem;
import assay.scheduler.v1.LeasedItems;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkWelcome;
import assay.scheduler.v1.WorkerHello;
import assay.scheduler.v1.WorkerMessage;
import assay.scheduler.v1.WorkerOffer;
import assay.scheduler.v1.WorkerReady;
import assay.web.peer.PeerChannels;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Works items off: takes them from the scheduler as long as there is room here, runs each on a
 * virtual thread of its own, and says what came of it until that is known to be stored. A broken
 * stream costs nothing that was done: what is held is named on the next one, and each end that was
 * not acknowledged is said again. Thread-safe.
 */
@Component
class JobWorker implements SmartLifecycle, WorkStream.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    /** Renewals in a lease's time: two may be lost. */
    private static final int RENEWALS = 4;

    private static final Duration FULL = Duration.ofMillis(500);
    private static final Duration GOODBYE = Duration.ofSeconds(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("item-", 0).factory());
    private final WorkStream stream;
    private final ItemRuns runs;
    private final JobLimits limits;
    private final MeterRegistry meters;
    private final Semaphore verifications;

    // Guarded by lock.
    private final Map<String, HeldItem> held = new LinkedHashMap<>();
    private WorkerOffer offered = WorkerOffer.getDefaultInstance();
    private boolean welcomed;
    private boolean stopping;
    private int credited;
    private long renewNanos;
    private long renewedAt;

    private volatile boolean running;

    JobWorker(PeerChannels channels, ItemRuns runs, JobLimits limits, MeterRegistry meters) {
        this.runs = runs;
        this.limits = limits;
        this.meters = meters;
        this.verifications = new Semaphore(limits.verifications());
        this.stream = new WorkStream(channels.scheduler(), limits.settleWithin(), this);
        meters.gauge("assay_jobs_items_running", this, JobWorker::heldCount);
    }

    private int heldCount() {
        lock.lock();
        try {
            return held.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WorkerMessage hello() {
        lock.lock();
        try {
            welcomed = false;
            credited = 0;
            offered = offer();
            var hello = WorkerHello.newBuilder().setOffer(offered);
            held.values().forEach(each -> hello.addHeld(each.lease()));
            return WorkerMessage.newBuilder().setHello(hello).build();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void broken() {
        lock.lock();
        try {
            welcomed = false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void heard(WorkMessage message) {
        lock.lock();
        try {
            switch (message.getMessageCase()) {
                case WELCOME -> welcome(message.getWelcome());
                case LEASED -> leased(message.getLeased());
                case SETTLED -> settled(message.getSettled());
                case REVOKED -> revoked(message.getRevoked());
                case MESSAGE_NOT_SET -> {} // of a newer scheduler: nothing for this version
            }
            topUp();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void welcome(WorkWelcome welcome) {
        welcomed = true;
        renewNanos = TimeUnit.MILLISECONDS.toNanos(welcome.getLeaseMillis()) / RENEWALS;
        renewedAt = System.nanoTime();
        welcome.getGoneList().forEach(this::revoked);
        for (HeldItem each : held.values()) {
            if (each.end != null) {
                each.endNanos = System.nanoTime();
                stream.send(each.end);
            }
        }
    }

    private void leased(LeasedItems leased) {
        for (LeasedItem item : leased.getItemsList()) {
            credited--;
            var each = new HeldItem(leased.getJob(), item);
            held.put(each.lease().getLeaseId(), each);
            if (stopping) {
                end(each, returned("STOPPING", "the gateway stops", Duration.ZERO), Duration.ZERO);
            } else if (each.kind == JobKind.VERIFY && tooMany()) {
                end(each, returned("QUEUE_FULL", "the gateway is full", FULL), Duration.ZERO);
            } else {
                threads.execute(() -> work(each));
            }
        }
    }

    /** More than wait their turn for a while would keep other kinds out. */
    private boolean tooMany() {
        return held(JobKind.VERIFY) > 2L * limits.verifications();
    }

    private long held(JobKind kind) {
        return held.values().stream().filter(each -> each.kind == kind).count();
    }

    private void settled(LeaseSettled settled) {
        HeldItem known = held.remove(settled.getLease().getLeaseId());
        if (known != null && settled.getOutcome() != LeaseSettled.Outcome.OUTCOME_STORED) {
            LOG.info(
                    "item {} of job {}: {}",
                    known.item.getItemId(),
                    known.lease().getJobId(),
                    settled.getOutcome());
        }
    }

    private void revoked(LeaseRevoked revoked) {
        HeldItem known = held.get(revoked.getLease().getLeaseId());
        if (known != null) {
            known.revoked = true;
            known.unwanted = true;
            if (known.end != null) {
                held.remove(known.lease().getLeaseId());
            }
        }
    }

    /** The whole life of an item, on its own thread. */
    private void work(HeldItem each) {
        boolean verifies = each.kind == JobKind.VERIFY;
        if (verifies) {
            verifications.acquireUninterruptibly();
        }
        long began = System.nanoTime();
        try {
            ItemEnd ended =
                    each.unwanted
                            ? new ItemEnd.Dropped()
                            : runs.run(each.job, each.item, () -> each.unwanted);
            ended(each, ended, Duration.ofNanos(System.nanoTime() - began));
        } finally {
            if (verifies) {
                verifications.release();
            }
        }
    }

    private void ended(HeldItem each, ItemEnd ended, Duration worked) {
        meters.counter(
                        "assay_jobs_items",
                        "kind",
                        each.kind.id(),
                        "outcome",
                        ended.getClass().getSimpleName().toLowerCase(Locale.ROOT))
                .increment();
        lock.lock();
        try {
            end(
                    each,
                    ended instanceof ItemEnd.Dropped && !each.revoked
                            ? returned("STOPPING", "the gateway stops", Duration.ZERO)
                            : ended,
                    worked);
            topUp();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static ItemEnd returned(String code, String message, Duration retryAfter) {
        return new ItemEnd.Returned(code, message, retryAfter);
    }

    private void end(HeldItem each, ItemEnd ended, Duration worked) {
        @Nullable WorkerMessage message = each.revoked ? null : each.message(ended, worked);
        if (message == null) {
            held.remove(each.lease().getLeaseId());
            return;
        }
        each.end = message;
        each.endNanos = System.nanoTime();
        if (welcomed) {
            stream.send(message);
        }
    }

    /** What this process can do now. */
    private WorkerOffer offer() {
        var offer = WorkerOffer.newBuilder();
        if (stopping) {
            return offer.build();
        }
        for (JobKind kind : runs.kinds()) {
            if (kind != JobKind.VERIFY || held(kind) < limits.verifications()) {
                offer.addKinds(kind.wire());
            }
        }
        return offer.addAllModels(runs.models().stream().sorted().toList()).build();
    }

    /** Says what can be done and for how many there is room, when that is news. */
    private void topUp() {
        if (!welcomed) {
            return;
        }
        WorkerOffer now = offer();
        if (!now.equals(offered)) {
            offered = now;
            stream.send(WorkerMessage.newBuilder().setOffer(now).build());
        }
        int more = limits.generations() - held.size() - credited;
        if (!stopping && more > 0) {
            credited += more;
            stream.send(
                    WorkerMessage.newBuilder()
                            .setReady(WorkerReady.newBuilder().setMore(more))
                            .build());
        }
    }

    @Override
    public void tick() {
        lock.lock();
        try {
            if (!welcomed) {
                return;
            }
            topUp();
            long now = System.nanoTime();
            if (now - renewedAt >= renewNanos && !held.isEmpty()) {
                renewedAt = now;
                stream.send(renewal());
            }
            long longest = limits.settleWithin().toNanos();
            if (held.values().stream()
                    .anyMatch(each -> each.end != null && now - each.endNanos > longest)) {
                welcomed = false;
                stream.reopen("a result was not taken for " + limits.settleWithin());
            }
        } finally {
            lock.unlock();
        }
    }

    private WorkerMessage renewal() {
        List<LeaseKey> leases = new ArrayList<>(held.size());
        held.values().forEach(each -> leases.add(each.lease()));
        return WorkerMessage.newBuilder()
                .setRenewal(LeaseRenewal.newBuilder().addAllLeases(leases))
                .build();
    }

    @Override
    public void start() {
        running = true;
        stream.start();
    }

    /** Takes nothing more, lets what runs end for a while, gives the rest back. */
    @Override
    public void stop() {
        lock.lock();
        try {
            stopping = true;
            topUp();
            awaitEnds(limits.drain());
            held.values().forEach(each -> each.unwanted = true);
            awaitSettled(GOODBYE);
            if (!held.isEmpty()) {
                LOG.info("stops while {} items are under way: others take them over", held.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running = false;
            lock.unlock();
        }
        stream.close();
        threads.shutdown();
    }

    private void awaitEnds(Duration atMost) throws InterruptedException {
        long nanos = atMost.toNanos();
        while (nanos > 0 && someAreWorkedOn()) {
            nanos = changed.awaitNanos(nanos);
        }
    }

    private void awaitSettled(Duration atMost) throws InterruptedException {
        long nanos = atMost.toNanos();
        while (nanos > 0 && !held.isEmpty() && (welcomed || someAreWorkedOn())) {
            nanos = changed.awaitNanos(nanos);
        }
    }

    private boolean someAreWorkedOn() {
        return held.values().stream().anyMatch(each -> each.end == null);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
