package assay.scheduler.sim;

import assay.scheduler.core.queue.Ending;
import assay.scheduler.core.queue.ItemCounts;
import assay.scheduler.core.queue.ItemState;
import assay.scheduler.core.queue.ItemUse;
import assay.scheduler.core.queue.JobEvent;
import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.JobKind;
import assay.scheduler.core.queue.JobQueue;
import assay.scheduler.core.queue.JobSpec;
import assay.scheduler.core.queue.JobStanding;
import assay.scheduler.core.queue.JobState;
import assay.scheduler.core.queue.Lease;
import assay.scheduler.core.queue.LeaseId;
import assay.scheduler.core.queue.QueueConfig;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.core.queue.Turn;
import assay.scheduler.core.queue.WaitReason;
import assay.scheduler.core.queue.WorkOffer;
import assay.scheduler.core.queue.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One run of the batch queue: tenants that submit, pause, cancel and call back; gateways that work,
 * fail, die, come back with or without what they held, and say things twice; a scheduler that dies.
 * Single-threaded and a pure function of its seed.
 *
 * <p>Checked after every event, in large runs after every hundredth: no item is lost (the queue's
 * numbers are those of the rows); none is done twice; no tenant has more under way than it may; a
 * lease has one owner; and whatever waits has a reason.
 */
public final class QueueSimulation {
    private static final Duration TICK = Duration.ofMillis(500);
    private static final Duration RENEWAL = Duration.ofSeconds(8);
    private static final int SLOTS = 4;

    /** Of more rows than this, all are looked at only so often that it costs as much. */
    private static final long ROWS_LOOKED_AT = 500;

    /**
     * How bad the world is.
     *
     * @param lost probability that a connection breaks on a message
     * @param failed probability that a try fails
     * @param troubleEvery mean time between two mishaps
     */
    public record Weather(double lost, double failed, Duration troubleEvery) {
        public static final Weather CALM = new Weather(0, 0, Duration.ofDays(1));
        public static final Weather STORM = new Weather(0.02, 0.1, Duration.ofSeconds(3));
    }

    /** A gateway: its process, and what it works on. */
    private static final class Gateway {
        private final WorkerId id;
        private final WorkOffer offer;
        private final Map<LeaseId, Lease> held = new LinkedHashMap<>();
        private boolean up;
        private boolean connected;
        private long life;

        Gateway(WorkerId id, WorkOffer offer) {
            this.id = id;
            this.offer = offer;
        }
    }

    private final Random random;
    private final VirtualTime time = new VirtualTime();
    private final StoredQueue stored = new StoredQueue();
    private final Map<WorkerId, Gateway> gateways = new TreeMap<>();
    private final Map<TenantId, Integer> mostRunning = new TreeMap<>();
    private final Map<TenantId, Integer> doneByTenant = new TreeMap<>();
    private final Set<JobEvent> visited = EnumSet.noneOf(JobEvent.class);

    private Weather weather = Weather.CALM;
    private JobQueue queue;
    private long ids;
    private long events;

    /** Gateways that are down and tenants without work. The last gateway alone knows all models. */
    public QueueSimulation(long seed, int gatewayCount) {
        random = new Random(seed);
        queue = stored.restore(QueueConfig.DEFAULTS, random, time.now());
        for (int index = 1; index <= gatewayCount; index++) {
            var id = new WorkerId(new UUID(1, index));
            Set<String> models =
                    index == gatewayCount ? Set.of("proofs", "code") : Set.of("proofs");
            gateways.put(id, new Gateway(id, new WorkOffer(Set.of(JobKind.values()), models)));
        }
        tick();
        renew();
        trouble();
    }

    /** A tenant that may have so much, with no jobs yet; 0 items is no limit. */
    public TenantId tenant(int number, double weight, int most) {
        var id = new TenantId(new UUID(2, number));
        mostRunning.put(id, most);
        doneByTenant.put(id, 0);
        queue.share(id, weight, most);
        stored.save(queue.account(id));
        return id;
    }

    /** Hands in a job of that many items. */
    public JobId submit(TenantId tenant, int items, String model, Instant deadline) {
        var id = new JobId(new UUID(3, ids++));
        var spec =
                new JobSpec(
                        id, tenant, JobKind.GENERATE, model, random.nextInt(3), deadline, ids, 4);
        stored.submit(spec, items);
        queue.submit(spec, items, time.now());
        round();
        return id;
    }

    public void startAll() {
        gateways.values().forEach(this::start);
    }

    /** Lets time pass in some weather, checking after every event. */
    public void run(Duration span, Weather in) {
        weather = in;
        time.runUntil(time.now().plus(span), this::check);
    }

    public Instant now() {
        return time.now();
    }

    /** Items that are done, of one tenant. */
    public int done(TenantId tenant) {
        return doneByTenant.getOrDefault(tenant, 0);
    }

    /** Whether no job has anything left to do. */
    public boolean allOver() {
        return stored.jobs().stream().noneMatch(stored::isOpen);
    }

    /** What happened to jobs. */
    public Set<JobEvent> visited() {
        return Set.copyOf(visited);
    }

    public long events() {
        return events;
    }

    /** The jobs and how far they are, for messages. */
    public String describe() {
        return String.join(
                "\n", stored.jobs().stream().map(it -> stored.standing(it).toString()).toList());
    }

    // ---------------------------------------------------------------- the scheduler

    private void tick() {
        Instant now = time.now();
        for (JobId job : queue.expired(now)) {
            happen(job, JobEvent.EXPIRE);
        }
        for (Lease lease : queue.overdue(now)) {
            settle(lease.id(), new Ending.Expired());
        }
        for (JobId job : queue.due(now)) {
            int items = stored.due(job, now);
            queue.due(job, items, stored.nextTry(job));
        }
        round();
        time.after(TICK, this::tick);
    }

    /** Gives out what can be, and stores what changed: one transaction of the real one. */
    private void round() {
        for (Turn turn : queue.turns(time.now())) {
            for (int item = 0; item < turn.items(); item++) {
                var id = new LeaseId(new UUID(4, ids++));
                int index = stored.begin(turn.job(), id, turn.worker());
                int failures = stored.rows(turn.job()).get(index).failures;
                give(queue.began(turn, id, index, failures, time.now()));
            }
        }
        List<JobStanding> changed = queue.takeChanged();
        stored.save(changed);
        changed.forEach(it -> stored.save(queue.account(it.tenant())));
    }

    private void happen(JobId job, JobEvent event) {
        if (!queue.holds(job)) {
            return;
        }
        queue.happen(job, event)
                .ifPresent(revoked -> {
                    visited.add(event);
                    revoked.forEach(this::callBack);
                    round();
                });
    }

    private void callBack(Lease lease) {
        Gateway gateway = gateway(lease.worker());
        if (gateway.connected && gateway.held.remove(lease.id()) != null) {
            queue.ready(gateway.id, 1);
        }
    }

    private void settle(LeaseId id, Ending ending) {
        queue.settle(id, ending, time.now())
                .ifPresent(settlement -> {
                    stored.end(settlement, ending);
                    if (settlement.state() == ItemState.DONE) {
                        TenantId tenant = stored.spec(settlement.lease().job()).tenant();
                        doneByTenant.merge(tenant, 1, Integer::sum);
                    }
                    round();
                });
    }

    private void revive(JobId job) {
        JobStanding standing = stored.standing(job);
        JobState state = standing.state();
        boolean open = stored.isOpen(job);
        if ((!open && state != JobState.FINISHED)
                || !stored.spec(job).deadline().isAfter(time.now())) {
            return;
        }
        int items = stored.revive(job);
        if (items > 0) {
            if (!open) {
                var again =
                        new JobStanding(
                                job,
                                standing.tenant(),
                                JobState.ACTIVE,
                                standing.counts(),
                                standing.tokens());
                queue.restore(again, stored.spec(job), Instant.MAX, time.now());
            }
            queue.revive(job, items);
            visited.add(JobEvent.REVIVE);
            round();
        }
    }

    /** The scheduler dies between two transactions, and another is there at once. */
    private void restart() {
        queue = stored.restore(QueueConfig.DEFAULTS, random, time.now());
        gateways.values().forEach(gateway -> gateway.connected = false);
        for (Gateway gateway : gateways.values()) {
            if (gateway.up) {
                after(random.nextInt(3_000), gateway, () -> connect(gateway));
            }
        }
    }

    // ---------------------------------------------------------------- gateways

    private Gateway gateway(WorkerId id) {
        Gateway gateway = gateways.get(id);
        if (gateway == null) {
            throw new IllegalStateException("no gateway " + id);
        }
        return gateway;
    }

    private void start(Gateway gateway) {
        if (!gateway.up) {
            gateway.up = true;
            gateway.life++;
            connect(gateway);
        }
    }

    /** Says hello: what it does not hold any more is lost at once. */
    private void connect(Gateway gateway) {
        if (gateway.connected) {
            return;
        }
        gateway.connected = true;
        queue.gone(gateway.id);
        queue.offer(gateway.id, gateway.offer);
        for (Lease lease : queue.leases()) {
            if (lease.worker().equals(gateway.id)) {
                if (gateway.held.containsKey(lease.id())) {
                    queue.renew(lease.id(), time.now());
                } else {
                    settle(lease.id(), new Ending.Lost());
                }
            }
        }
        gateway.held.keySet().removeIf(lease -> queue.lease(lease).isEmpty());
        queue.ready(gateway.id, Math.max(0, SLOTS - gateway.held.size()));
        round();
    }

    private void give(Lease lease) {
        Gateway gateway = gateway(lease.worker());
        if (random.nextDouble() < weather.lost()) {
            cut(gateway); // the item never came
            return;
        }
        gateway.held.put(lease.id(), lease);
        int millis = 200 + random.nextInt(1_800);
        after(millis, gateway, () -> finish(gateway, lease, millis));
    }

    private void finish(Gateway gateway, Lease lease, int millis) {
        if (gateway.connected && random.nextDouble() < weather.lost()) {
            cut(gateway); // the end was never heard
        }
        if (!gateway.connected) {
            after(1_000, gateway, () -> finish(gateway, lease, millis));
            return;
        }
        if (gateway.held.remove(lease.id()) != null) {
            queue.ready(gateway.id, 1);
        }
        Ending ending = ending(new ItemUse(millis / 1000.0, millis / 10));
        settle(lease.id(), ending);
        if (random.nextInt(10) == 0) {
            settle(lease.id(), ending); // said twice
        }
        round();
    }

    private Ending ending(ItemUse use) {
        double chance = random.nextDouble();
        if (chance < weather.failed()) {
            return switch (random.nextInt(4)) {
                case 0 -> new Ending.Failed(false, Duration.ZERO, use);
                case 1 -> new Ending.Returned(Duration.ofSeconds(2));
                default -> new Ending.Failed(true, Duration.ZERO, use);
            };
        }
        return new Ending.Done(use);
    }

    private void renew() {
        for (Gateway gateway : gateways.values()) {
            if (gateway.up && gateway.connected) {
                gateway.held.keySet().forEach(lease -> queue.renew(lease, time.now()));
            }
        }
        time.after(RENEWAL, this::renew);
    }

    /** Later, unless the gateway's process is another one then. */
    private void after(int millis, Gateway gateway, Runnable what) {
        long life = gateway.life;
        time.after(
                Duration.ofMillis(millis),
                () -> {
                    if (gateway.up && gateway.life == life) {
                        what.run();
                    }
                });
    }

    // ---------------------------------------------------------------- mishaps

    private void trouble() {
        double mean = weather.troubleEvery().toMillis();
        long wait = (long) (-mean * Math.log(1 - random.nextDouble()));
        time.after(
                Duration.ofMillis(Math.min(wait, 60_000)),
                () -> {
                    if (weather.troubleEvery().compareTo(Duration.ofHours(1)) < 0) {
                        mishap();
                    }
                    trouble();
                });
    }

    private void mishap() {
        var all = List.copyOf(gateways.values());
        Gateway gateway = all.get(random.nextInt(all.size()));
        List<JobId> jobs = new ArrayList<>(stored.jobs());
        JobId job = jobs.get(random.nextInt(jobs.size()));
        switch (random.nextInt(9)) {
            case 0 -> die(gateway);
            case 1, 2 -> start(gateway);
            case 3 -> cut(gateway);
            case 4 -> restart();
            case 5 -> happen(job, JobEvent.PAUSE);
            case 6 -> happen(job, JobEvent.RESUME);
            case 7 -> revive(job);
            default -> {
                if (random.nextInt(10) == 0) {
                    happen(job, JobEvent.CANCEL);
                }
            }
        }
    }

    private void die(Gateway gateway) {
        gateway.up = false;
        gateway.connected = false;
        gateway.held.clear();
        queue.gone(gateway.id);
    }

    private void cut(Gateway gateway) {
        if (gateway.up) {
            gateway.connected = false;
            queue.gone(gateway.id);
            after(random.nextInt(40_000), gateway, () -> connect(gateway));
        }
    }

    /** Ends the pauses, so that everything can come to its end. */
    public void resumeAll() {
        List.copyOf(stored.jobs()).forEach(job -> happen(job, JobEvent.RESUME));
    }

    // ---------------------------------------------------------------- what always holds

    private void check() {
        events++;
        var running = new HashMap<TenantId, Integer>();
        for (Lease lease : queue.leases()) {
            StoredQueue.Row row = stored.rows(lease.job()).get((int) lease.index());
            demand(
                    row.state == ItemState.RUNNING && lease.id().equals(row.lease),
                    "a lease is not its row's");
            running.merge(stored.spec(lease.job()).tenant(), 1, Integer::sum);
        }
        mostRunning.forEach((tenant, most) ->
                demand(
                        most == 0 || running.getOrDefault(tenant, 0) <= most,
                        "a tenant has more under way than it may"));
        long rows = stored.jobs().stream().mapToLong(job -> stored.rows(job).size()).sum();
        if (rows < ROWS_LOOKED_AT || events % (rows / ROWS_LOOKED_AT) == 0) {
            stored.jobs().forEach(this::check);
        }
    }

    private void check(JobId job) {
        for (StoredQueue.Row row : stored.rows(job)) {
            demand(row.results <= 1, "an item was done twice");
            demand(row.results == (row.state == ItemState.DONE ? 1 : 0), "a result was lost");
        }
        if (!stored.isOpen(job)) {
            demand(!queue.holds(job), "a job that is over is in the queue");
            return;
        }
        ItemCounts counts = queue.standing(job).counts();
        demand(counts.equals(stored.counted(job)), "an item was lost");
        WaitReason reason = queue.reason(job);
        demand(
                (reason == WaitReason.NONE) == (counts.waiting() + counts.delayed() == 0),
                "something waits without a reason");
    }

    private void demand(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise + " at " + time.now() + "\n" + describe());
        }
    }
}
