package assay.scheduler.core.placement;

import static assay.scheduler.core.placement.ClusterOf.GB;
import static assay.scheduler.core.placement.ClusterOf.cards;
import static assay.scheduler.core.placement.ClusterOf.quota;
import static assay.scheduler.core.placement.ClusterOf.weighing;
import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.ReplicaId;
import org.junit.jupiter.api.Test;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class PreemptionTest {
    private static final String H100 = "NVIDIA H100 80GB HBM3";

    private final Placement placement = new BalancedPlacement();

    @Test
    void theLowestPriorityGivesWayAndNoMoreThanNeeded() {
        var fleet = new Fleet();
        fleet.put(cards(1, H100, 2, 80));
        book(fleet, 1, weighing(1, 70, 0), 5);
        book(fleet, 2, weighing(2, 30, 0), 1);
        book(fleet, 3, weighing(3, 30, 0), 1);
        assertThat(preempt(fleet, 9, weighing(9, 40, 0), 7)).containsExactly(Specs.replica(3));
        assertThat(preempt(fleet, 9, weighing(9, 75, 0), 7))
                .containsExactlyInAnyOrder(Specs.replica(2), Specs.replica(3));
    }

    @Test
    void nobodyOfEqualPriorityGivesWayAndNobodyWhereItWasNotAsked() {
        var fleet = new Fleet();
        fleet.put(cards(1, H100, 1, 80));
        book(fleet, 1, weighing(1, 70, 0), 5);
        var wish = new Wish(weighing(2, 70, 0).ruled(5, PlacementRules.ANYWHERE), Specs.replica(2));
        assertThat(placement.place(wish.preempting(true), fleet)).isInstanceOf(Waiting.class);
        var higher = wish.of(wish.spec().ruled(6, PlacementRules.ANYWHERE));
        assertThat(placement.place(higher, fleet)).isInstanceOf(Waiting.class);
        assertThat(placement.place(higher.preempting(true), fleet)).isInstanceOf(Placed.class);
    }

    @Test
    void aTenantThatIsFullGivesWayToItself() {
        var fleet = new Fleet();
        fleet.put(cards(1, H100, 4, 80));
        book(fleet, 1, weighing(1, 70, 0).ruled(0, quota("blue", 1)), 0);
        DeploymentSpec urgent = weighing(2, 70, 0).ruled(3, quota("blue", 1));
        assertThat(placement.place(new Wish(urgent, Specs.replica(2)), fleet))
                .isInstanceOf(Waiting.class);
        assertThat(preempt(fleet, 2, urgent, 3)).containsExactly(Specs.replica(1));
    }

    @Test
    void higherOnesStayRoomIsThereAfterwardsAndTheFleetIsAsBefore() {
        int preempted = 0;
        for (int seed = 0; seed < 150; seed++) {
            var random = new Random(seed);
            var fleet = new Fleet();
            var nodes = new ArrayList<NodeSnapshot>();
            for (int number = 1; number <= 1 + random.nextInt(3); number++) {
                nodes.add(cards(number, H100, 1 + random.nextInt(3), 80));
            }
            nodes.forEach(fleet::put);
            Map<ReplicaId, Integer> priorities = new HashMap<>();
            for (int number = 1; number < 15; number++) {
                DeploymentSpec spec = randomSpec(random, number);
                var wish = new Wish(spec, Specs.replica(number)).preempting(true);
                List<Bytes> before = booked(fleet, nodes);
                PlacementDecision decision = placement.place(wish, fleet);
                assertThat(booked(fleet, nodes)).as("seed " + seed).isEqualTo(before);
                if (decision instanceof Placed placed) {
                    for (ReplicaId victim : placed.givingWay()) {
                        assertThat(priorities.get(victim))
                                .as("seed " + seed)
                                .isLessThan(spec.priority());
                        fleet.free(victim);
                        preempted++;
                    }
                    fleet.book(wish.replica(), spec, placed.stages());
                    priorities.put(wish.replica(), spec.priority());
                    checkCapacity(fleet, nodes, "seed " + seed);
                    checkQuotas(fleet, spec, "seed " + seed);
                }
            }
        }
        assertThat(preempted).isGreaterThan(100);
    }

    private static DeploymentSpec randomSpec(Random random, int number) {
        var rules =
                switch (random.nextInt(4)) {
                    case 0 -> quota("blue", 2);
                    case 1 -> ClusterOf.exclusive();
                    case 2 -> ClusterOf.apart(PlacementRules.Apart.Scope.NODE);
                    default -> PlacementRules.ANYWHERE;
                };
        return weighing(number, 5 + random.nextInt(120), random.nextInt(3))
                .ruled(random.nextInt(4), rules);
    }

    private static void checkCapacity(Fleet fleet, List<NodeSnapshot> nodes, String seed) {
        for (NodeSnapshot node : nodes) {
            for (var device : node.devices()) {
                assertThat(fleet.booked(new DeviceId(node.id(), device.name())))
                        .as(seed)
                        .isLessThanOrEqualTo(Bytes.of(80 * GB));
            }
        }
    }

    private static void checkQuotas(Fleet fleet, DeploymentSpec spec, String seed) {
        assertThat(fleet.cards(spec.rules().tenant().tenant()))
                .as(seed)
                .isLessThanOrEqualTo(spec.rules().tenant().gpus());
    }

    private static List<Bytes> booked(Fleet fleet, List<NodeSnapshot> nodes) {
        return nodes.stream()
                .flatMap(node ->
                        node.devices().stream()
                                .map(it -> fleet.booked(new DeviceId(node.id(), it.name()))))
                .toList();
    }

    private void book(Fleet fleet, int replica, DeploymentSpec spec, int priority) {
        DeploymentSpec ranked = spec.ruled(priority, spec.rules());
        var wish = new Wish(ranked, Specs.replica(replica));
        fleet.book(wish.replica(), ranked, ((Placed) placement.place(wish, fleet)).stages());
    }

    private List<ReplicaId> preempt(Fleet fleet, int replica, DeploymentSpec spec, int priority) {
        var wish = new Wish(spec.ruled(priority, spec.rules()), Specs.replica(replica));
        return ((Placed) placement.place(wish.preempting(true), fleet)).givingWay();
    }
}
