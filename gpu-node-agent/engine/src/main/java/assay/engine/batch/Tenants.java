package assay.engine.batch;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whose turn it is. Each tenant has a counter of the tokens that were computed for it, generated
 * ones weighing double; the waiting sequence of the tenant with the least goes first. A tenant that
 * comes back is lifted to the least of those that are busy, so that idling saves nothing up; one
 * that had more keeps it. Between tenants that always have something waiting, counters then differ
 * by a bounded amount, whatever they ask. Source: the virtual token counter of VTC (arXiv
 * 2401.00588), algorithm 2, charged as tokens are computed.
 *
 * <p>Confined to the batch loop.
 */
final class Tenants {
    static final double GENERATED_WEIGHT = 2;

    private final Map<String, Tenant> tenants = new HashMap<>();
    private int waiting;

    private static final class Tenant {
        final Deque<Sequence> queue = new ArrayDeque<>();
        double served;
        int running;

        boolean busy() {
            return running > 0 || !queue.isEmpty();
        }
    }

    int waiting() {
        return waiting;
    }

    Stream<Sequence> all() {
        return tenants.values().stream().flatMap(tenant -> tenant.queue.stream());
    }

    void add(Sequence sequence) {
        arrive(sequence).queue.addLast(sequence);
        waiting++;
    }

    /** Back to where it came from: it goes on before the tenant's other sequences. */
    void putBack(Sequence sequence) {
        Tenant tenant = arrive(sequence);
        tenant.running--;
        tenant.queue.addFirst(sequence);
        waiting++;
    }

    private Tenant arrive(Sequence sequence) {
        Tenant tenant = tenants.computeIfAbsent(sequence.request().tenant(), name -> new Tenant());
        if (!tenant.busy()) {
            tenant.served = Math.max(tenant.served, leastServed());
        }
        return tenant;
    }

    /** Takes a waiting sequence out; false when it does not wait. */
    boolean remove(Sequence sequence) {
        Tenant tenant = tenants.get(sequence.request().tenant());
        boolean removed = tenant != null && tenant.queue.remove(sequence);
        if (tenant != null && removed) {
            waiting--;
            forgetIdle(tenant);
        }
        return removed;
    }

    /** The sequence whose turn it is, of those that may run at all now. */
    Optional<Sequence> first() {
        return tenants.values().stream()
                .filter(tenant -> !tenant.queue.isEmpty() && !tenant.queue.element().awaited())
                .min(
                        Comparator.comparingDouble((Tenant tenant) -> tenant.served)
                                .thenComparingLong(tenant -> tenant.queue.element().serial()))
                .map(tenant -> tenant.queue.element());
    }

    /** The first sequence of its tenant begins to run. */
    void start(Sequence sequence) {
        Tenant tenant = of(sequence);
        tenant.queue.remove();
        tenant.running++;
        waiting--;
    }

    /** A running sequence is over. */
    void end(Sequence sequence) {
        Tenant tenant = of(sequence);
        tenant.running--;
        forgetIdle(tenant);
    }

    void charge(Sequence sequence, double tokens) {
        of(sequence).served += tokens;
    }

    double served(Sequence sequence) {
        return of(sequence).served;
    }

    private Tenant of(Sequence sequence) {
        Tenant tenant = tenants.get(sequence.request().tenant());
        if (tenant == null) {
            throw new IllegalStateException("a sequence of a tenant that has none");
        }
        return tenant;
    }

    private double leastServed() {
        return tenants.values().stream()
                .filter(Tenant::busy)
                .mapToDouble(tenant -> tenant.served)
                .min()
                .orElse(0);
    }

    /** An idle tenant is remembered only as long as it is ahead of those that are busy. */
    private void forgetIdle(Tenant now) {
        if (now.busy()) {
            return;
        }
        boolean anyBusy = tenants.values().stream().anyMatch(Tenant::busy);
        double least = leastServed();
        Iterator<Tenant> all = tenants.values().iterator();
        while (all.hasNext()) {
            Tenant tenant = all.next();
            if (!tenant.busy() && (!anyBusy || tenant.served <= least)) {
                all.remove();
            }
        }
    }
}
