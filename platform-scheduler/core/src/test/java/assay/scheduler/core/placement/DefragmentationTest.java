package assay.scheduler.core.placement;

import static assay.scheduler.core.placement.ClusterOf.GB;
import static assay.scheduler.core.placement.ClusterOf.cards;
import static assay.scheduler.core.placement.ClusterOf.weighing;
import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.placement.Defragmentation.Move;
import assay.scheduler.core.placement.Defragmentation.Opening;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DefragmentationTest {
    private static final String H100 = "NVIDIA H100 80GB HBM3";

    private final Placement placement = new BalancedPlacement();
    private final Defragmentation defragmentation = new Defragmentation(placement, 3);

    @Test
    void aSmallReplicaMovesOutOfTheWayOfALargeOne() {
        var fleet = new Fleet();
        fleet.put(cards(1, H100, 1, 80));
        fleet.put(cards(2, H100, 1, 80));
        book(fleet, 1, weighing(1, 45, 1), 1);
        book(fleet, 2, weighing(2, 20, 1), 2);
        var wish = new Wish(weighing(3, 70, 1), Specs.replica(3));
        assertThat(placement.place(wish, fleet)).isInstanceOf(Waiting.class);
        Opening opening = defragmentation.plan(wish, fleet).orElseThrow();
        assertThat(opening.moves()).hasSize(1);
        assertThat(opening.moves().getFirst().replica()).isEqualTo(Specs.replica(2));
        assertThat(opening.placed().stages().getFirst().device().node())
                .isEqualTo(cards(2, H100, 1, 80).id());
    }

    @Test
    void nobodyOfHigherPriorityIsMovedAndWhereNothingHelpsNothingIsPlanned() {
        var fleet = new Fleet();
        fleet.put(cards(1, H100, 1, 80));
        fleet.put(cards(2, H100, 1, 80));
        book(fleet, 1, weighing(1, 45, 1).ruled(1, PlacementRules.ANYWHERE), 1);
        book(fleet, 2, weighing(2, 20, 1).ruled(1, PlacementRules.ANYWHERE), 2);
        var wish = new Wish(weighing(3, 70, 1), Specs.replica(3));
        assertThat(defragmentation.plan(wish, fleet)).isEmpty();
        assertThat(defragmentation.plan(wish.of(weighing(3, 700, 1)), fleet)).isEmpty();
    }

    @Test
    void whoseRulesForbidASecondReplicaBesideTheFirstIsNotMoved() {
        for (PlacementRules rules :
                List.of(ClusterOf.quota("acme", 1), ClusterOf.labels(Map.of("home", "here")))) {
            var fleet = new Fleet();
            fleet.put(ClusterOf.labelled(cards(1, H100, 1, 80), Map.of()));
            fleet.put(ClusterOf.labelled(cards(2, H100, 1, 80), Map.of("home", "here")));
            book(fleet, 1, weighing(1, 45, 1).ruled(1, PlacementRules.ANYWHERE), 1);
            book(fleet, 2, weighing(2, 20, 1), 2);
            var wish = new Wish(weighing(3, 70, 1), Specs.replica(3));
            assertThat(defragmentation.plan(wish, fleet)).isPresent();
            fleet.book(
                    Specs.replica(2),
                    ClusterOf.ruled(weighing(2, 20, 1), rules),
                    fleet.booking(Specs.replica(2)).orElseThrow().stages());
            assertThat(defragmentation.plan(wish, fleet)).as(rules.toString()).isEmpty();
        }
    }

    @Test
    void aPlanHelpsOnlyAsLongAsItsMovesCanBeMade() {
        var fleet = new Fleet();
        fleet.put(cards(1, H100, 1, 80));
        fleet.put(cards(2, H100, 1, 80));
        book(fleet, 1, weighing(1, 45, 1), 1);
        book(fleet, 2, weighing(2, 20, 1), 2);
        var wish = new Wish(weighing(3, 70, 1), Specs.replica(3));
        Opening opening = defragmentation.plan(wish, fleet).orElseThrow();
        assertThat(defragmentation.helps(wish, fleet, opening.moves())).isTrue();
        assertThat(defragmentation.plan(wish, fleet, it -> false)).isEmpty();
        book(fleet, 4, weighing(4, 20, 1), 1);
        assertThat(defragmentation.helps(wish, fleet, opening.moves())).isFalse();
        assertThat(fleet.booking(Specs.replica(2)).orElseThrow().stages())
                .isNotEqualTo(opening.moves().getFirst().stages());
    }

    @Test
    void movesMadeInTheirOrderNeverOverbookAndEndWithRoom() {
        int opened = 0;
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            var fleet = new Fleet();
            var nodes = new ArrayList<NodeSnapshot>();
            for (int number = 1; number <= 3; number++) {
                nodes.add(cards(number, H100, 1, 80));
            }
            nodes.forEach(fleet::put);
            Map<Integer, DeploymentSpec> specs = new HashMap<>();
            for (int number = 1; number < 6; number++) {
                DeploymentSpec spec = weighing(number, 15 + random.nextInt(20), 1);
                var wish = new Wish(spec, Specs.replica(number));
                NodeSnapshot node = nodes.get(random.nextInt(nodes.size()));
                var only = new Fleet();
                only.put(node);
                if (placement.place(wish, only) instanceof Placed placed
                        && fits(fleet, placed.stages())) {
                    fleet.book(wish.replica(), spec, placed.stages());
                    specs.put(number, spec);
                }
            }
            var wish = new Wish(weighing(50, 50 + random.nextInt(28), 1), Specs.replica(50));
            if (placement.place(wish, fleet) instanceof Placed) {
                continue;
            }
            Optional<Opening> opening = defragmentation.plan(wish, fleet);
            if (opening.isPresent()) {
                opened++;
                carryOut(fleet, specs, opening.get(), wish, "seed " + seed);
            }
        }
        assertThat(opened).isGreaterThan(20);
    }

    private static void carryOut(
            Fleet fleet,
            Map<Integer, DeploymentSpec> specs,
            Opening opening,
            Wish wish,
            String seed) {
        for (Move move : opening.moves()) {
            assertThat(fits(fleet, move.stages())).as(seed).isTrue();
            int number = (int) move.replica().value().getLeastSignificantBits();
            DeploymentSpec spec = Objects.requireNonNull(specs.get(number));
            fleet.book(move.replica(), spec, move.stages());
        }
        assertThat(fits(fleet, opening.placed().stages())).as(seed).isTrue();
        fleet.book(wish.replica(), wish.spec(), opening.placed().stages());
        for (StageAssignment stage : opening.placed().stages()) {
            assertThat(fleet.booked(stage.device()))
                    .as(seed)
                    .isLessThanOrEqualTo(Bytes.of(80 * GB));
        }
    }

    private static boolean fits(Fleet fleet, List<StageAssignment> stages) {
        return stages.stream().allMatch(it -> !it.need().isMoreThan(fleet.free(it.device())));
    }

    /** On the one card of a node. */
    private void book(Fleet fleet, int replica, DeploymentSpec spec, int node) {
        var only = new Fleet();
        only.put(cards(node, H100, 1, 80));
        var wish = new Wish(spec, Specs.replica(replica));
        List<StageAssignment> stages = ((Placed) placement.place(wish, only)).stages();
        fleet.book(wish.replica(), spec, stages);
        assertThat(fleet.booked(new DeviceId(cards(node, H100, 1, 80).id(), "g0")))
                .isGreaterThan(Bytes.ZERO);
    }
}
