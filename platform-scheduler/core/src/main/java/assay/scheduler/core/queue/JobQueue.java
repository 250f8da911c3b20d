package assay.scheduler.core.queue;

import assay.scheduler.core.queue.FairShares.Account;
import assay.scheduler.core.queue.FairShares.Demand;
import assay.scheduler.core.queue.FairShares.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * All jobs that are not over, who works on what, and what is begun next.
 *
 * <p>Between tenants {@link FairShares} decides; within a tenant priority, then the earliest
 * deadline, then the order of submission. An item is begun under a lease; it ends when the lease is
 * settled, runs out, or is given back. What failed waits longer each time, until it is a dead
 * letter.
 *
 * <p>The queue holds numbers of items and the leases, never the items: their rows are the caller's.
 * It is told of everything in the order in which it is stored; where storing failed, it is thrown
 * away and built anew from what was stored. Confined to one thread.
 */
public final class JobQueue {
    private static final Comparator<QueuedJob> TURN =
            Comparator.comparing(QueuedJob::spec, JobSpec.TURN);

    private final QueueConfig config;
    private final RandomGenerator chance;
    private final FairShares shares = new FairShares();
    private final Map<JobId, QueuedJob> jobs = new HashMap<>();
    private final Map<TenantId, TreeSet<QueuedJob>> byTenant = new TreeMap<>();
    private final Map<LeaseId, Held> leases = new LinkedHashMap<>();
    private final Map<WorkerId, Worker> workers = new TreeMap<>();

    /** Since they were last taken. */
    private final Set<QueuedJob> changed = new LinkedHashSet<>();

    /** Of turns that were given and not begun yet. */
    private final Map<JobId, List<Promise>> promises = new HashMap<>();

    private record Held(Lease lease, Promise promise) {}

    private static final class Worker {
        private WorkOffer offer;
        private int room;

        Worker(WorkOffer offer) {
            this.offer = offer;
        }
    }

    /**
     * An empty queue.
     *
     * @param chance spreads the waits before further tries
     */
    public JobQueue(QueueConfig config, RandomGenerator chance) {
        this.config = config;
        this.chance = chance;
    }

    // ---------------------------------------------------------------- what was stored

    /** The tenants, before their jobs. */
    public void restore(Collection<TenantAccount> tenants) {
        shares.restore(tenants);
    }

    /** A job that is not over, with all its leases after it. */
    public void restore(JobStanding standing, JobSpec spec, Instant nextTry, Instant now) {
        QueuedJob job = add(spec, standing, now);
        job.delayedUntil(nextTry);
    }

    /**
     * An item that was under way, and is: its worker is given a whole lease time to be heard of.
     */
    public void restore(Lease lease, Instant now) {
        QueuedJob job = job(lease.job());
        hold(
                job,
                lease.renewed(now.plus(config.leaseTime())),
                shares.restorePromise(job.account(), expected(job)));
    }

    /** After all jobs and leases: shares go on from where they were. */
    public void restored(Instant now) {
        shares.resume(
                byTenant.values().stream()
                        .filter(own -> own.stream().anyMatch(QueuedJob::hasTurns))
                        .map(own -> own.first().account())
                        .toList(),
                now);
    }

    // ---------------------------------------------------------------- tenants and jobs

    /** Sets what a tenant may have, from now on. */
    public void share(TenantId tenant, double weight, int mostRunning) {
        shares.set(tenant, weight, mostRunning);
    }

    /** What is to be stored of a tenant. */
    public TenantAccount account(TenantId tenant) {
        return shares.account(tenant).stored();
    }

    public List<TenantAccount> accounts() {
        return shares.accounts().stream().map(Account::stored).toList();
    }

    /** Takes in a job with items; all of them wait. */
    public void submit(JobSpec spec, long items, Instant now) {
        var fresh =
                new JobStanding(
                        spec.id(), spec.tenant(), JobState.ACTIVE, ItemCounts.fresh(items), 0);
        changed.add(add(spec, fresh, now));
    }

    private QueuedJob add(JobSpec spec, JobStanding standing, Instant now) {
        if (jobs.containsKey(spec.id()) || standing.state().isOver()) {
            throw new IllegalStateException("job " + spec.id() + " came twice, or is over");
        }
        var job = new QueuedJob(spec, shares.account(spec.tenant()), standing, now);
        jobs.put(spec.id(), job);
        byTenant.computeIfAbsent(spec.tenant(), it -> new TreeSet<>(TURN)).add(job);
        return job;
    }

    /** Whether the job is known here, that is, not over. */
    public boolean holds(JobId job) {
        return jobs.containsKey(job);
    }

    public JobStanding standing(JobId job) {
        return job(job).standing();
    }

    /** What is to be stored: every job that is other than when this was last asked. */
    public List<JobStanding> takeChanged() {
        List<JobStanding> standings = changed.stream().map(QueuedJob::standing).toList();
        changed.clear();
        return standings;
    }

    /** Of all jobs that are not over. */
    public List<JobStanding> standings() {
        return jobs.values().stream().map(QueuedJob::standing).toList();
    }

    private QueuedJob job(JobId id) {
        QueuedJob job = jobs.get(id);
        if (job == null) {
            throw new IllegalStateException("no job " + id);
        }
        return job;
    }

    /**
     * Pauses, resumes, cancels or expires a job.
     *
     * @return leases that are void now, empty when the job's state refuses the event
     */
    public Optional<List<Lease>> happen(JobId id, JobEvent event) {
        QueuedJob job = job(id);
        if (!job.happen(event)) {
            return Optional.empty();
        }
        changed.add(job);
        if (!job.state().isOver()) {
            return Optional.of(List.of());
        }
        List<Lease> revoked =
                leases.values().stream()
                        .map(Held::lease)
                        .filter(lease -> lease.job().equals(id))
                        .toList();
        for (Lease lease : revoked) {
            Held held = release(lease.id());
            shares.keep(job.account(), held.promise());
        }
        job.drop();
        forget(job);
        return Optional.of(revoked);
    }

    /**
     * Dead letters of a job wait again.
     *
     * @param items how many
     */
    public void revive(JobId id, long items) {
        QueuedJob job = job(id);
        if (!job.happen(JobEvent.REVIVE)) {
            throw new IllegalStateException("job " + id + " is " + job.state());
        }
        job.revive(items);
        changed.add(job);
    }

    /** Jobs whose deadline has passed: to be expired. */
    public List<JobId> expired(Instant now) {
        return jobs.values().stream()
                .map(QueuedJob::spec)
                .filter(spec -> !spec.deadline().isAfter(now))
                .map(JobSpec::id)
                .toList();
    }

    /** Jobs with delayed items whose time has come. */
    public List<JobId> due(Instant now) {
        return jobs.values().stream()
                .filter(job -> !job.nextTry().isAfter(now))
                .map(job -> job.spec().id())
                .toList();
    }

    /**
     * Delayed items wait again.
     *
     * @param items how many were due
     * @param next when the next one is; {@link Instant#MAX} when none is delayed any more
     */
    public void due(JobId id, long items, Instant next) {
        QueuedJob job = job(id);
        job.due(items, next);
        changed.add(job);
    }

    // ---------------------------------------------------------------- workers

    /** A worker can do that from now on; a new one has no room yet. */
    public void offer(WorkerId id, WorkOffer offer) {
        workers.computeIfAbsent(id, it -> new Worker(offer)).offer = offer;
    }

    /** A worker takes that many items more; one that is not here is not heard. */
    public void ready(WorkerId id, int more) {
        Worker worker = workers.get(id);
        if (worker != null) {
            worker.room = (int) Math.min(Integer.MAX_VALUE, (long) worker.room + more);
        }
    }

    /** A worker takes nothing any more. Its leases go on until they run out. */
    public void gone(WorkerId id) {
        workers.remove(id);
    }

    /**
     * Gives out as much as there is room and work for, within the bound of a round. Each turn's
     * items are to be begun with {@link #began}.
     */
    public List<Turn> turns(Instant now) {
        if (workers.isEmpty()) {
            return List.of();
        }
        shares.compete(demands(), now);
        var turns = new LinkedHashMap<WorkerId, Map<JobId, Integer>>();
        var asked = new TreeMap<>(workers);
        int given = 0;
        while (!asked.isEmpty() && given < config.mostTurns()) {
            for (var each : List.copyOf(asked.entrySet())) {
                Worker worker = each.getValue();
                Optional<QueuedJob> next =
                        worker.room > 0 && given < config.mostTurns()
                                ? next(worker.offer)
                                : Optional.empty();
                if (next.isEmpty()) {
                    asked.remove(each.getKey());
                    continue;
                }
                QueuedJob job = next.get();
                job.begin();
                changed.add(job);
                promises.computeIfAbsent(job.spec().id(), it -> new ArrayList<>())
                        .add(shares.promise(job.account(), expected(job)));
                worker.room--;
                given++;
                turns.computeIfAbsent(each.getKey(), it -> new LinkedHashMap<>())
                        .merge(job.spec().id(), 1, Integer::sum);
            }
        }
        var list = new ArrayList<Turn>();
        turns.forEach((worker, own) ->
                own.forEach((job, items) -> list.add(new Turn(worker, job, items))));
        return list;
    }

    private List<Demand> demands() {
        var demands = new ArrayList<Demand>();
        for (TreeSet<QueuedJob> own : byTenant.values()) {
            Account account = own.first().account();
            var wants = EnumSet.noneOf(JobKind.class);
            boolean served = false;
            for (QueuedJob job : own) {
                if (job.hasTurns()) {
                    wants.add(job.spec().kind());
                    served |= isServed(job.spec());
                }
            }
            if (!wants.isEmpty()) {
                demands.add(new Demand(account, wants, served && account.mayRunMore()));
            }
        }
        return demands;
    }

    private boolean isServed(JobSpec job) {
        return workers.values().stream().anyMatch(worker -> worker.offer.serves(job));
    }

    /** The first job of the first tenant that has something for such a worker. */
    private Optional<QueuedJob> next(WorkOffer offer) {
        QueuedJob best = null;
        for (TreeSet<QueuedJob> own : byTenant.values()) {
            Account account = own.first().account();
            if (!account.mayRunMore()
                    || (best != null && best.account().virtualTime() <= account.virtualTime())) {
                continue;
            }
            for (QueuedJob job : own) {
                if (job.hasTurns() && offer.serves(job.spec())) {
                    best = job;
                    break;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    private double expected(QueuedJob job) {
        return job.expectedSeconds(shares.meanSeconds());
    }

    // ---------------------------------------------------------------- leases

    /** An item of a turn was begun. */
    public Lease began(Turn turn, LeaseId id, long index, int failures, Instant now) {
        List<Promise> open = promises.get(turn.job());
        if (open == null || open.isEmpty()) {
            throw new IllegalStateException("job " + turn.job() + " had no turn");
        }
        Promise promise = open.removeLast();
        if (open.isEmpty()) {
            promises.remove(turn.job());
        }
        var lease =
                new Lease(
                        id,
                        turn.job(),
                        index,
                        failures,
                        turn.worker(),
                        now.plus(config.leaseTime()));
        hold(job(turn.job()), lease, promise);
        return lease;
    }

    private void hold(QueuedJob job, Lease lease, Promise promise) {
        if (leases.putIfAbsent(lease.id(), new Held(lease, promise)) != null) {
            throw new IllegalStateException("lease " + lease.id() + " was given twice");
        }
        if (job.state().isOver()) {
            throw new IllegalStateException("job " + lease.job() + " is over");
        }
    }

    public Optional<Lease> lease(LeaseId id) {
        return Optional.ofNullable(leases.get(id)).map(Held::lease);
    }

    public List<Lease> leases() {
        return leases.values().stream().map(Held::lease).toList();
    }

    /** The worker is still at it. Nothing when the lease is over. */
    public void renew(LeaseId id, Instant now) {
        leases.computeIfPresent(
                id,
                (key, held) ->
                        new Held(
                                held.lease().renewed(now.plus(config.leaseTime())),
                                held.promise()));
    }

    /** Leases that ran out: to be settled as expired. */
    public List<Lease> overdue(Instant now) {
        return leases().stream().filter(lease -> !lease.until().isAfter(now)).toList();
    }

    /**
     * Ends a lease.
     *
     * @return what becomes of its item; empty when the lease was over before, and nothing changes
     */
    public Optional<Settlement> settle(LeaseId id, Ending ending, Instant now) {
        if (!leases.containsKey(id)) {
            return Optional.empty();
        }
        Held held = release(id);
        Lease lease = held.lease();
        QueuedJob job = job(lease.job());
        charge(job, held.promise(), ending);
        Settlement settlement = settlement(job.spec(), lease, ending, now);
        job.end(settlement.state(), settlement.notBefore());
        changed.add(job);
        if (settlement.state() == ItemState.DONE || settlement.state() == ItemState.DEAD) {
            job.pace().ended(now);
        }
        if (job.counts().open() == 0) {
            job.happen(JobEvent.ALL_ENDED);
            forget(job);
        }
        return Optional.of(settlement);
    }

    private Held release(LeaseId id) {
        Held held = leases.remove(id);
        if (held == null) {
            throw new IllegalStateException("no lease " + id);
        }
        return held;
    }

    private void charge(QueuedJob job, Promise promise, Ending ending) {
        switch (ending) {
            case Ending.Done done -> charge(job, promise, done.use());
            case Ending.Failed failed -> charge(job, promise, failed.use());
            case Ending.Returned _ -> shares.refund(job.account(), promise);
            case Ending.Expired _, Ending.Lost _ -> shares.keep(job.account(), promise);
        }
    }

    private void charge(QueuedJob job, Promise promise, ItemUse use) {
        job.used(use.tokens());
        job.took(shares.settle(job.account(), promise, use, job.mostSeconds()));
    }

    private Settlement settlement(JobSpec job, Lease lease, Ending ending, Instant now) {
        return switch (ending) {
            case Ending.Done _ -> new Settlement(lease, ItemState.DONE, lease.failures(), now);
            case Ending.Failed failed when !failed.retryable() ->
                    new Settlement(lease, ItemState.DEAD, lease.failures() + 1, now);
            case Ending.Failed failed -> failed(job, lease, now, now.plus(failed.atLeast()));
            case Ending.Expired _, Ending.Lost _ -> failed(job, lease, now, now);
            case Ending.Returned returned -> {
                Instant notBefore = now.plus(returned.atLeast());
                Instant least = now.plus(config.firstRetry());
                yield new Settlement(
                        lease,
                        ItemState.DELAYED,
                        lease.failures(),
                        notBefore.isBefore(least) ? least : notBefore);
            }
        };
    }

    private Settlement failed(JobSpec job, Lease lease, Instant now, Instant least) {
        int failures = lease.failures() + 1;
        if (failures >= job.mostFailures()) {
            return new Settlement(lease, ItemState.DEAD, failures, now);
        }
        Instant next = now.plus(config.retryAfter(failures, chance.nextDouble()));
        return new Settlement(
                lease, ItemState.DELAYED, failures, next.isBefore(least) ? least : next);
    }

    private void forget(QueuedJob job) {
        jobs.remove(job.spec().id());
        TreeSet<QueuedJob> own = byTenant.get(job.spec().tenant());
        if (own != null) {
            own.remove(job);
            if (own.isEmpty()) {
                byTenant.remove(job.spec().tenant());
            }
        }
    }

    // ---------------------------------------------------------------- looking on

    /** Items of the job that end in a second, lately; 0 when it can not be told. */
    public double itemsPerSecond(JobId id, Instant now) {
        return job(id).pace().perSecond(now);
    }

    /** Why items of the job wait. */
    public WaitReason reason(JobId id) {
        QueuedJob job = job(id);
        ItemCounts counts = job.counts();
        if (counts.open() == 0 || counts.open() == counts.running()) {
            return WaitReason.NONE;
        }
        if (job.state() == JobState.PAUSED) {
            return WaitReason.PAUSED;
        }
        if (counts.waiting() == 0) {
            return WaitReason.RETRY;
        }
        if (!isServed(job.spec())) {
            return WaitReason.NO_WORKER;
        }
        return job.account().mayRunMore() ? WaitReason.NO_ROOM : WaitReason.TENANT_LIMIT;
    }

    /** Items of the tenant under way. */
    public int running(TenantId tenant) {
        return shares.account(tenant).running();
    }

    /** The weight of the tenant. */
    public double weight(TenantId tenant) {
        return shares.account(tenant).weight();
    }
}
