package assay.scheduler.core.placement;

import static assay.scheduler.core.placement.ClusterOf.weighing;
import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.Apart;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.cluster.Rejection.Filter;
import assay.scheduler.core.cluster.ReplicaId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A fleet of many classes, kept up to date, against one that is made anew and looked through. */
class FleetPropertyTest {
    private static final String H100 = "NVIDIA H100 80GB HBM3";
    private static final String A100 = "NVIDIA A100-SXM4-80GB";

    private final Placement placement = new BalancedPlacement();
    private final Map<NodeId, NodeSnapshot> nodes = new LinkedHashMap<>();
    private final Map<ReplicaId, Fleet.Booking> bookings = new LinkedHashMap<>();
    private Fleet fleet = new Fleet();
    private int placed;
    private int waiting;

    @Test
    void whatIsKeptUpToDateDecidesLikeWhatIsMadeAnew() {
        for (int seed = 0; seed < 25; seed++) {
            var random = new Random(seed);
            fleet = new Fleet();
            nodes.clear();
            bookings.clear();
            for (int step = 0; step < 60; step++) {
                change(random);
                DeploymentSpec spec = spec(random);
                var wish = new Wish(spec, Specs.replica(1_000 + step));
                if (random.nextInt(4) == 0) {
                    wish = wish.avoiding(Set.of(id(1 + random.nextInt(12)))).showing(step % 7);
                }
                check(wish, "seed %d, step %d".formatted(seed, step));
            }
        }
        assertThat(placed).isGreaterThan(200);
        assertThat(waiting).isGreaterThan(200);
    }

    private void check(Wish wish, String where) {
        PlacementDecision decision = placement.place(wish, fleet);
        var anew = new Fleet();
        nodes.values().forEach(anew::put);
        bookings.values().forEach(it -> anew.book(it.replica(), it.spec(), it.stages()));
        assertThat(told(placement.place(wish, anew))).as(where).isEqualTo(told(decision));
        switch (decision) {
            case Placed found -> {
                placed++;
                var booking = Fleet.Booking.of(wish.replica(), wish.spec(), found.stages());
                fleet.book(wish.replica(), wish.spec(), found.stages());
                bookings.put(wish.replica(), booking);
            }
            case Waiting said -> {
                waiting++;
                assertThat(said.counts()).as(where).isEqualTo(counted(wish, said));
                int all = said.counts().values().stream().mapToInt(Integer::intValue).sum();
                assertThat(said.rejections()).hasSize(Math.min(all, wish.shown()));
                assertThat(new HashSet<>(said.rejections())).hasSameSizeAs(said.rejections());
            }
            case PlacementDecision.Refused refused -> assertThat(refused).isNull();
        }
    }

    /** Of equal misses either may be shown. */
    private static Object told(PlacementDecision decision) {
        return decision instanceof Waiting it
                ? List.of(
                        it.missing(),
                        it.counts(),
                        it.wouldFit(),
                        it.rejections().stream()
                                .map(miss -> List.of(miss.filter(), miss.missing()))
                                .toList())
                : decision;
    }

    /** Node by node and device by device. */
    private Map<Filter, Integer> counted(Wish wish, Waiting said) {
        var counts = new EnumMap<Filter, Integer>(Filter.class);
        var eligibility = new Eligibility(wish, fleet);
        for (FleetNode node : fleet.nodes()) {
            Optional<Eligibility.Verdict> verdict = eligibility.verdict(node);
            if (verdict.isPresent()) {
                counts.merge(verdict.get().filter(), 1, Integer::sum);
                continue;
            }
            for (FleetDevice device : node.devices) {
                var traits = node.alike.traits.devices().get(device.index);
                boolean room = device.free() >= said.wouldFit().device().value();
                Filter filter =
                        eligibility
                                .verdict(traits)
                                .or(() -> eligibility.overQuota(device))
                                .map(Eligibility.Verdict::filter)
                                .orElse(room ? Filter.TOO_FEW : Filter.MEMORY_SHORT);
                counts.merge(filter, 1, Integer::sum);
            }
        }
        return counts;
    }

    private void change(Random random) {
        int number = 1 + random.nextInt(12);
        NodeSnapshot known = nodes.get(id(number));
        if (known == null || random.nextInt(3) == 0) {
            put(random, number);
        } else if (random.nextInt(8) == 0) {
            nodes.remove(id(number));
            fleet.remove(id(number));
        }
        if (!bookings.isEmpty() && random.nextInt(3) > 0) {
            List<ReplicaId> all = new ArrayList<>(bookings.keySet());
            ReplicaId gone = all.get(random.nextInt(all.size()));
            fleet.free(gone);
            bookings.remove(gone);
        }
    }

    private void put(Random random, int number) {
        String label = number % 2 == 0 ? H100 : A100;
        NodeSnapshot node = ClusterOf.cards(number, label, 1 + number % 4, 80);
        Map<String, String> labels =
                random.nextInt(3) == 0
                        ? Map.of("rack", "r" + number / 4)
                        : Map.of("rack", "r" + number / 4, "pool", "p" + random.nextInt(2));
        NodeDuty duty = random.nextInt(10) == 0 ? NodeDuty.CORDONED : NodeDuty.OPEN;
        Set<String> taints = random.nextInt(8) == 0 ? Set.of("kept") : Set.of();
        node =
                node.ruled(duty, labels, taints)
                        .in(random.nextInt(12) == 0 ? NodeState.SUSPECT : NodeState.READY)
                        .with("g0", random.nextInt(10) > 0);
        nodes.put(node.id(), node);
        fleet.put(node);
    }

    private static DeploymentSpec spec(Random random) {
        var rules =
                new PlacementRules(
                        random.nextInt(5) == 0 ? Map.of("pool", "p1") : Map.of(),
                        random.nextInt(4) == 0 ? Set.of("kept") : Set.of(),
                        random.nextInt(5) == 0 ? Set.of(H100) : Set.of(),
                        random.nextInt(6) == 0,
                        new Apart(
                                pick(random, Apart.Strength.values()),
                                pick(random, Apart.Scope.values())),
                        random.nextInt(3) == 0
                                ? new TenantQuota("blue", random.nextInt(4))
                                : TenantQuota.NONE);
        double gigabytes = 5 + random.nextInt(random.nextInt(4) == 0 ? 300 : 60);
        return weighing(random.nextInt(9), gigabytes, random.nextInt(3)).ruled(0, rules);
    }

    private static <T> T pick(Random random, T[] some) {
        return some[random.nextInt(some.length)];
    }

    private static NodeId id(int number) {
        return ClusterOf.cards(number, H100, 1, 1).id();
    }
}
