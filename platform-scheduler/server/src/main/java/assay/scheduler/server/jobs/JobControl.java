package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.Ending;
import assay.scheduler.core.queue.JobEvent;
import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.JobQueue;
import assay.scheduler.core.queue.JobSpec;
import assay.scheduler.core.queue.JobStanding;
import assay.scheduler.core.queue.JobState;
import assay.scheduler.core.queue.JobTable;
import assay.scheduler.core.queue.Lease;
import assay.scheduler.core.queue.LeaseId;
import assay.scheduler.core.queue.Settlement;
import assay.scheduler.core.queue.TenantAccount;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.core.queue.Turn;
import assay.scheduler.core.queue.WaitReason;
import assay.scheduler.core.queue.WorkOffer;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.jobs.JobStore.Claim;
import assay.scheduler.server.jobs.JobStore.StoredJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the job loop does with letters: asks the queue, writes rows, and leaves to {@link Workers}
 * what is to be told once they are stored. Confined to the loop.
 */
final class JobControl {
    private static final Duration FORGETFUL = Duration.ofSeconds(1);
    private static final Duration LOOKS_BACK = Duration.ofHours(1);
    private static final int FORGOTTEN_AT_ONCE = 2_000;

    private final JobStore store;
    private final Workers workers;
    private final JobMeters meters;
    private final JobsConfig config;
    private final RandomGenerator chance;
    private final List<ItemEnd> ends = new ArrayList<>();

    /** No item of the job before this one waits: spares looking through those that did. */
    private final Map<JobId, Long> firstWaiting = new HashMap<>();

    private JobQueue queue;
    private boolean more;
    private Instant forgetsNext = Instant.MIN;

    JobControl(
            JobStore store,
            Workers workers,
            JobMeters meters,
            JobsConfig config,
            RandomGenerator chance) {
        this.store = store;
        this.workers = workers;
        this.meters = meters;
        this.config = config;
        this.chance = chance;
        queue = new JobQueue(config.queue(), chance);
    }

    // ---------------------------------------------------------------- rounds

    /** The first life of the queue in this process. */
    void begin(Instant now) {
        store.write(() -> {
            store.discardReceiving();
            return true;
        });
        build(now);
    }

    /** Another one, after what was decided could not be stored: nobody is told of that. */
    void beginAgain(Instant now) {
        workers.sendAway();
        build(now);
    }

    private void build(Instant now) {
        ends.clear();
        firstWaiting.clear();
        queue = new JobQueue(config.queue(), chance);
        queue.restore(store.tenants());
        Map<JobId, Instant> nextTries = store.nextTries();
        for (StoredJob job : store.openJobs()) {
            Instant next = nextTries.getOrDefault(job.spec().id(), Instant.MAX);
            queue.restore(job.standing(), job.spec(), next, now);
        }
        store.leases().forEach(lease -> queue.restore(lease, now));
        queue.restored(now);
        meters.count(queue, 0);
    }

    <T> T store(Supplier<T> round) {
        return store.write(round);
    }

    /** Whether the last round stopped at its bound. */
    boolean hasMore() {
        return more;
    }

    /** Whether time alone brings something to do. */
    boolean hasNews(Instant now) {
        return more
                || !now.isBefore(forgetsNext)
                || !queue.overdue(now).isEmpty()
                || !queue.expired(now).isEmpty()
                || !queue.due(now).isEmpty();
    }

    /** After the letters, within the transaction: what time brings, and what is begun now. */
    void finishRound(Instant now) {
        for (JobId job : queue.expired(now)) {
            callBack(queue.happen(job, JobEvent.EXPIRE).orElseThrow(), "JOB_EXPIRED");
        }
        for (Lease lease : queue.overdue(now)) {
            meters.expired();
            workers.revoke(lease, "LEASE_EXPIRED");
            lost(lease, new Ending.Expired(), now);
        }
        storeEnds(now);
        for (JobId job : queue.due(now)) {
            int items = store.due(job, now);
            queue.due(job, items, store.nextTry(job).orElse(Instant.MAX));
            firstWaiting.remove(job);
        }
        List<Turn> turns = queue.turns(now);
        begin(turns, now);
        more = turns.stream().mapToInt(Turn::items).sum() >= config.queue().mostTurns();
        storeChanges(now);
        forget(now);
    }

    /** After the transaction. */
    void tell() {
        workers.tell();
        meters.count(queue, workers.count());
    }

    private void begin(List<Turn> turns, Instant now) {
        var open = new LinkedHashMap<LeaseId, Turn>();
        for (Turn turn : turns) {
            for (int item = 0; item < turn.items(); item++) {
                open.put(new LeaseId(UUID.randomUUID()), turn);
            }
        }
        var begun = new LinkedHashMap<Turn, List<BegunItem>>();
        claim(open, begun, now);
        open.values().forEach(turn -> firstWaiting.remove(turn.job()));
        claim(open, begun, now); // what waits again before the first that waited
        if (!open.isEmpty()) {
            throw new IllegalStateException(
                    "items that wait: %d fewer than counted, of jobs %s"
                            .formatted(open.size(), Set.copyOf(open.values())));
        }
        begun.forEach((turn, items) -> {
            meters.begun(items.size());
            workers.give(turn.worker(), turn.job(), items);
        });
    }

    /** Takes out of the open ones what could be begun. */
    private void claim(Map<LeaseId, Turn> open, Map<Turn, List<BegunItem>> begun, Instant now) {
        if (open.isEmpty()) {
            return;
        }
        var claims = new ArrayList<Claim>();
        open.forEach((lease, turn) -> {
            long from = firstWaiting.getOrDefault(turn.job(), 0L);
            claims.add(new Claim(lease, turn.job(), from, turn.worker()));
        });
        for (BegunItem item : store.begin(claims)) {
            ItemKey key = item.key();
            Turn turn = open.remove(key.lease());
            if (turn == null) {
                throw new IllegalStateException("lease " + key.lease() + " came twice");
            }
            queue.began(turn, key.lease(), key.index(), item.failures(), now);
            firstWaiting.merge(key.job(), key.index() + 1, Math::max);
            begun.computeIfAbsent(turn, it -> new ArrayList<>()).add(item);
        }
    }

    private void storeEnds(Instant now) {
        if (ends.isEmpty()) {
            return;
        }
        int stored = store.end(ends, now);
        if (stored != ends.size()) {
            throw new IllegalStateException(
                    "ends stored: " + stored + " (expected: " + ends.size() + ")");
        }
        ends.clear();
    }

    private void storeChanges(Instant now) {
        List<JobStanding> changed = queue.takeChanged();
        if (changed.isEmpty()) {
            return;
        }
        store.save(changed, now);
        store.saveTenants(
                changed.stream().map(JobStanding::tenant).distinct().map(queue::account).toList());
        for (JobStanding standing : changed) {
            if (standing.state().isOver()) {
                firstWaiting.remove(standing.id());
                workers.forget(standing.id());
            }
        }
    }

    private void forget(Instant now) {
        if (!now.isBefore(forgetsNext)) {
            boolean mayBeMore = store.forget(now.minus(config.retention()), FORGOTTEN_AT_ONCE);
            forgetsNext = now.plus(mayBeMore ? FORGETFUL : LOOKS_BACK);
        }
    }

    // ---------------------------------------------------------------- jobs

    /** A job that was received as a whole is one of the queue. */
    JobId submitted(JobId id, long items, byte[] digest, Instant now) {
        store.activate(id, items, digest);
        queue.submit(stored(id).spec(), items, now);
        return id;
    }

    private StoredJob stored(JobId id) {
        return store.job(id)
                .orElseThrow(() -> new IllegalStateException("job " + id + " is not stored"));
    }

    /**
     * Pauses, resumes or cancels.
     *
     * @throws SchedulerException JOB_UNKNOWN, JOB_STATE_REFUSED
     */
    JobId change(TenantId tenant, JobId id, JobEvent event) {
        JobState state = standing(tenant, id).state();
        if (JobTable.next(state, event).isEmpty()) {
            throw refused(state);
        }
        if (queue.holds(id)) {
            callBack(queue.happen(id, event).orElseThrow(), "JOB_CANCELLED");
        }
        return id;
    }

    private void callBack(List<Lease> revoked, String reason) {
        revoked.forEach(lease -> workers.revoke(lease, reason));
    }

    /**
     * Calls dead letters back.
     *
     * @param items their ids; empty for all
     * @throws SchedulerException JOB_UNKNOWN, JOB_STATE_REFUSED
     */
    JobId revive(TenantId tenant, JobId id, Collection<String> items, Instant now) {
        JobStanding standing = standing(tenant, id);
        if (JobTable.next(standing.state(), JobEvent.REVIVE).isEmpty()) {
            throw refused(standing.state());
        }
        JobSpec spec = stored(id).spec();
        if (!spec.deadline().isAfter(now)) {
            throw new SchedulerException(
                    ErrorCode.JOB_STATE_REFUSED,
                    "the deadline of the job has passed: submit what is missing as a new job");
        }
        storeEnds(now); // what died in this very round is asked for too
        int revived = store.revive(id, items);
        if (revived > 0) {
            if (!queue.holds(id)) {
                var again =
                        new JobStanding(
                                id, tenant, JobState.ACTIVE, standing.counts(), standing.tokens());
                queue.restore(again, spec, Instant.MAX, now);
            }
            queue.revive(id, revived);
            firstWaiting.remove(id);
        }
        return id;
    }

    private JobStanding standing(TenantId tenant, JobId id) {
        JobStanding standing =
                queue.holds(id)
                        ? queue.standing(id)
                        : store.job(id).map(StoredJob::standing).orElse(null);
        if (standing == null || !standing.tenant().equals(tenant)) {
            throw JobMessages.unknown(id.toString());
        }
        return standing;
    }

    private static SchedulerException refused(JobState state) {
        return new SchedulerException(
                ErrorCode.JOB_STATE_REFUSED, "the job is " + JobStore.lower(state));
    }

    TenantAccount share(TenantId tenant, double weight, int mostRunning) {
        queue.share(tenant, weight, mostRunning);
        store.saveTenants(List.of(queue.account(tenant)));
        return queue.account(tenant);
    }

    List<TenantAccount> accounts() {
        return queue.accounts();
    }

    /**
     * What the rows do not tell of a job.
     *
     * @param perSecond items that end, lately
     */
    record Live(WaitReason reason, double perSecond, double weight) {}

    /** Of those that are not over. */
    Map<JobId, Live> live(Collection<JobId> ids, Instant now) {
        var live = new HashMap<JobId, Live>();
        for (JobId id : ids) {
            if (queue.holds(id)) {
                live.put(
                        id,
                        new Live(
                                queue.reason(id),
                                queue.itemsPerSecond(id, now),
                                queue.weight(queue.standing(id).tenant())));
            }
        }
        return live;
    }

    // ---------------------------------------------------------------- workers

    /** A gateway is here; leases of it that it does not hold are lost with its last process. */
    boolean hello(WorkerLink link, WorkOffer offer, List<ItemKey> held, Instant now) {
        workers.open(link);
        queue.gone(link.worker());
        queue.offer(link.worker(), offer);
        List<LeaseId> ids = held.stream().map(ItemKey::lease).toList();
        for (Lease lease : queue.leases()) {
            if (lease.worker().equals(link.worker())) {
                if (ids.contains(lease.id())) {
                    queue.renew(lease.id(), now);
                } else {
                    lost(lease, new Ending.Lost(), now);
                }
            }
        }
        List<ItemKey> gone =
                held.stream().filter(key -> queue.lease(key.lease()).isEmpty()).toList();
        workers.welcome(link, config.leaseTime(), gone);
        return true;
    }

    private void lost(Lease lease, Ending ending, Instant now) {
        Settlement settlement = queue.settle(lease.id(), ending, now).orElseThrow();
        meters.ended(settlement.state());
        String message = "the gateway that worked on it was not heard of any more";
        ends.add(new ItemEnd(settlement, null, "LEASE_EXPIRED", message, 0));
    }

    boolean offer(WorkerLink link, WorkOffer offer) {
        if (workers.isOpen(link)) {
            queue.offer(link.worker(), offer);
        }
        return true;
    }

    boolean ready(WorkerLink link, int more) {
        if (workers.isOpen(link)) {
            queue.ready(link.worker(), more);
        }
        return true;
    }

    boolean closed(WorkerLink link) {
        if (workers.close(link)) {
            queue.gone(link.worker());
        }
        return true;
    }

    boolean renew(WorkerLink link, List<ItemKey> keys, Instant now) {
        for (ItemKey key : keys) {
            if (holds(link, key)) {
                queue.renew(key.lease(), now);
            } else {
                workers.revoke(link, key, "LEASE_EXPIRED");
            }
        }
        return true;
    }

    private boolean holds(WorkerLink link, ItemKey key) {
        return queue.lease(key.lease())
                .filter(lease ->
                        lease.worker().equals(link.worker())
                                && lease.job().equals(key.job())
                                && lease.index() == key.index())
                .isPresent();
    }

    /**
     * How a gateway says that a try ended.
     *
     * @param output of an item that is done
     * @param invalid whether it stands for an output that could not be taken
     */
    record Said(
            Ending ending,
            @Nullable String output,
            @Nullable String code,
            @Nullable String message,
            long tokens,
            boolean invalid) {}

    /** Ends a lease if it is the gateway's, and says so; what is said again is answered again. */
    boolean ended(WorkerLink link, ItemKey key, Said said, Instant now) {
        if (holds(link, key)) {
            Settlement settlement = queue.settle(key.lease(), said.ending(), now).orElseThrow();
            ends.add(
                    new ItemEnd(
                            settlement, said.output(), said.code(), said.message(), said.tokens()));
            meters.ended(settlement.state());
            workers.settled(link, key, said.invalid() ? Outcome.INVALID : Outcome.STORED);
            return true;
        }
        storeEnds(now); // it may have been said twice in this round
        boolean done = said.ending() instanceof Ending.Done;
        boolean stored =
                switch (store.ended(key)) {
                    case DONE -> done;
                    case NOT_DONE -> !done;
                    case UNKNOWN -> false;
                };
        if (!stored) {
            meters.refused();
        }
        workers.settled(link, key, stored ? Outcome.STORED : Outcome.REFUSED);
        return true;
    }

    /** How the end of a lease is answered. */
    enum Outcome {
        STORED,
        REFUSED,
        INVALID
    }
}
