package assay.scheduler.core.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;

/**
 * A queue with workers that take as long for an item as they are told, under a clock that jumps to
 * the next end. Restarts keep what a database would keep.
 */
final class QueueRig {
    static final WorkOffer ALL =
            new WorkOffer(Set.of(JobKind.GENERATE, JobKind.VERIFY), Set.of("proofs"));

    /** What an item of a tenant takes. */
    private final Map<TenantId, Function<Random, ItemUse>> loads = new HashMap<>();

    private final Map<JobId, JobSpec> specs = new HashMap<>();
    private final Map<TenantId, List<ItemUse>> ended = new TreeMap<>();
    private final PriorityQueue<Under> underway =
            new PriorityQueue<>(Comparator.comparing(Under::end).thenComparingLong(Under::order));
    private final Random random;
    private JobQueue queue;
    private Instant now = Instant.EPOCH;
    private long order;

    private record Under(Instant end, long order, LeaseId lease, WorkerId worker, ItemUse use) {}

    QueueRig(long seed) {
        random = new Random(seed);
        queue = new JobQueue(QueueConfig.DEFAULTS, new Random(seed));
    }

    static TenantId tenant(int number) {
        return new TenantId(new UUID(1, number));
    }

    static WorkerId worker(int number) {
        return new WorkerId(new UUID(2, number));
    }

    static JobId job(int number) {
        return new JobId(new UUID(3, number));
    }

    JobQueue queue() {
        return queue;
    }

    Instant now() {
        return now;
    }

    void pass(Duration span) {
        now = now.plus(span);
    }

    void tenant(int number, double weight, int mostRunning, Function<Random, ItemUse> load) {
        queue.share(tenant(number), weight, mostRunning);
        loads.put(tenant(number), load);
        ended.put(tenant(number), new ArrayList<>());
    }

    JobSpec submit(int number, int tenant, long items, JobKind kind) {
        return submit(number, tenant, items, 0, JobSpec.NO_DEADLINE, "proofs", kind);
    }

    /** Whether the worker has nothing under way. */
    boolean isIdle(int worker) {
        return queue.leases().stream().noneMatch(it -> it.worker().equals(worker(worker)));
    }

    JobSpec submit(int number, int tenant, long items) {
        return submit(number, tenant, items, 0, JobSpec.NO_DEADLINE, "proofs");
    }

    JobSpec submit(
            int number, int tenant, long items, int priority, Instant deadline, String model) {
        return submit(number, tenant, items, priority, deadline, model, JobKind.GENERATE);
    }

    private JobSpec submit(
            int number,
            int tenant,
            long items,
            int priority,
            Instant deadline,
            String model,
            JobKind kind) {
        var spec =
                new JobSpec(
                        job(number), tenant(tenant), kind, model, priority, deadline, number, 3);
        specs.put(spec.id(), spec);
        queue.submit(spec, items, now);
        return spec;
    }

    void worker(int number, WorkOffer offer, int slots) {
        queue.offer(worker(number), offer);
        queue.ready(worker(number), slots);
    }

    /** Begins all that can be begun now. */
    List<Lease> begin() {
        var begun = new ArrayList<Lease>();
        List<Turn> turns = queue.turns(now);
        while (!turns.isEmpty()) {
            for (Turn turn : turns) {
                for (int item = 0; item < turn.items(); item++) {
                    var id = new LeaseId(new UUID(4, order++));
                    begun.add(queue.began(turn, id, order, 0, now));
                }
            }
            turns = queue.turns(now);
        }
        return begun;
    }

    /** Works until that many items ended, or nothing is left; workers take on what they can. */
    void work(int items) {
        for (int item = 0; item < items; item++) {
            for (Lease lease : begin()) {
                TenantId tenant = spec(lease.job()).tenant();
                ItemUse use = Objects.requireNonNull(loads.get(tenant)).apply(random);
                Instant end = now.plusNanos((long) (use.seconds() * 1e9));
                underway.add(new Under(end, order++, lease.id(), lease.worker(), use));
            }
            Under next = underway.poll();
            if (next == null) {
                return;
            }
            now = next.end();
            underway.forEach(under -> queue.renew(under.lease(), now));
            Settlement settlement =
                    queue.settle(next.lease(), new Ending.Done(next.use()), now).orElseThrow();
            endedOf(spec(settlement.lease().job()).tenant()).add(next.use());
            queue.ready(next.worker(), 1);
        }
    }

    /** The queue dies; another is built from what was stored, and its workers come back. */
    void restart(Map<Integer, Integer> slotsByWorker) {
        List<TenantAccount> accounts = queue.accounts();
        List<JobStanding> standings = queue.standings();
        List<Lease> leases = queue.leases();
        queue = new JobQueue(QueueConfig.DEFAULTS, random);
        queue.restore(accounts);
        standings.forEach(it -> queue.restore(it, spec(it.id()), Instant.MAX, now));
        leases.forEach(lease -> queue.restore(lease, now));
        queue.restored(now);
        slotsByWorker.forEach((number, slots) -> {
            int busy =
                    Math.toIntExact(
                            leases.stream()
                                    .filter(it -> it.worker().equals(worker(number)))
                                    .count());
            worker(number, ALL, slots - busy);
        });
    }

    private JobSpec spec(JobId job) {
        return Objects.requireNonNull(specs.get(job));
    }

    private List<ItemUse> endedOf(TenantId tenant) {
        return Objects.requireNonNull(ended.get(tenant));
    }

    long ended(int tenant) {
        return endedOf(tenant(tenant)).size();
    }

    double seconds(int tenant) {
        return endedOf(tenant(tenant)).stream().mapToDouble(ItemUse::seconds).sum();
    }

    double tokens(int tenant) {
        return endedOf(tenant(tenant)).stream().mapToDouble(ItemUse::tokens).sum();
    }
}
