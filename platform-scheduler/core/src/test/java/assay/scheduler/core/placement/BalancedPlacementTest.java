package assay.scheduler.core.placement;

import static assay.scheduler.core.placement.Placement.Spread.APART;
import static assay.scheduler.core.placement.Specs.node;
import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.StageAssignment;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalancedPlacementTest {
    /** A block of tokens of one byte in each layer; as many rows of eight f32 of activations. */
    private static final long KV = 16;

    private static final long ACTIVATIONS = 16 * 8 * 4;
    private static final long LOGITS = 4;

    private final Placement placement = new BalancedPlacement();

    @Test
    void aStageNeedsExactlyItsWeightsItsCacheAndItsWorkspace() {
        StageAssignment only = placed(spec(4, 1), List.of(node(1, 1_000_000))).getFirst();
        assertThat(only.weights()).isEqualTo(Bytes.of(500 + 4 * 1000 + 700));
        assertThat(only.kv()).isEqualTo(Bytes.of(4 * KV));
        assertThat(only.workspace()).isEqualTo(Bytes.of(ACTIVATIONS + LOGITS));
        long need = only.need().value();
        assertThat(placed(spec(4, 1), List.of(node(1, need)))).hasSize(1);
        assertThat(place(spec(4, 1), List.of(node(1, need - 1))))
                .isInstanceOfSatisfying(
                        Waiting.class,
                        waiting -> assertThat(waiting.missing()).isEqualTo(Bytes.of(1)));
    }

    @Test
    void takesAsFewStagesAsFit() {
        assertThat(placed(spec(4, 0), List.of(node(1, 10_000), node(2, 10_000)))).hasSize(1);
        assertThat(placed(spec(4, 0), List.of(node(1, 4_000), node(2, 4_000)))).hasSize(2);
    }

    @Test
    void keepsStagesNearEachOtherOnDevicesOfTheirOwn() {
        List<StageAssignment> stages =
                placed(spec(4, 2), List.of(node(1, 50_000, 50_000), node(2, 50_000)));
        assertThat(stages.stream().map(stage -> stage.device().node()).distinct()).hasSize(1);
        assertThat(stages.stream().map(StageAssignment::device).distinct()).hasSize(2);
        assertThat(stages.stream().map(StageAssignment::layers))
                .containsExactly(new LayerRange(0, 2), new LayerRange(2, 4));
    }

    @Test
    void waitsForASecondDeviceAsLongAsStagesMustBeApart() {
        List<NodeSnapshot> alone = List.of(node(1, 50_000));
        assertThat(placement.place(wish(spec(4, 2)).spread(APART), Specs.fleet(alone)))
                .isInstanceOf(Waiting.class);
        assertThat(placed(spec(4, 2), alone)).hasSize(2);
    }

    @Test
    void splitsUnevenlyOverUnequalNodes() {
        List<StageAssignment> stages = placed(spec(8, 2), List.of(node(1, 8_200), node(2, 3_300)));
        assertThat(stages.stream().map(stage -> stage.layers().count()))
                .containsExactlyInAnyOrder(6, 2);
    }

    @Test
    void bookedAndForeignMemoryIsNotGivenAgain() {
        NodeSnapshot big = node(1, 10_000);
        Fleet fleet = Specs.fleet(List.of(big));
        fleet.book(Specs.replica(2), spec(4, 1), placed(spec(4, 1), List.of(big)));
        assertThat(placement.place(wish(spec(4, 1)), fleet)).isInstanceOf(Waiting.class);
        var foreign = new DeviceSnapshot("d0", "cpu", "x", Bytes.of(10_000), Bytes.of(6_000));
        var shared = new NodeSnapshot(big.id(), "n", "n:1", "1", List.of(foreign), NodeState.READY);
        assertThat(place(spec(4, 1), List.of(shared))).isInstanceOf(Waiting.class);
    }

    @Test
    void replicasOfOneDeploymentGoToDifferentNodes() {
        List<NodeSnapshot> nodes = List.of(node(1, 20_000), node(2, 20_000));
        List<StageAssignment> first = placed(spec(4, 1), nodes);
        Fleet fleet = Specs.fleet(nodes);
        fleet.book(Specs.replica(2), spec(4, 1), first);
        var second = (Placed) placement.place(wish(spec(4, 1)), fleet);
        assertThat(second.stages().getFirst().device().node())
                .isNotEqualTo(first.getFirst().device().node());
    }

    @Test
    void aBrokenDeviceGetsNothingAndItsNeighbourDoes() {
        NodeSnapshot two = node(1, 50_000, 50_000);
        List<StageAssignment> stages = placed(spec(4, 1), List.of(two.with("d0", false)));
        assertThat(stages.getFirst().device().name()).isEqualTo("d1");
        assertThat(place(spec(4, 1), List.of(two.with("d0", false).with("d1", false))))
                .isInstanceOfSatisfying(
                        Waiting.class,
                        waiting -> assertThat(waiting.reason().inWords()).contains("d0 is broken"));
    }

    @Test
    void nodesThatAreNotReadyGetNothing() {
        PlacementDecision decision =
                place(spec(4, 1), List.of(node(1, 50_000).in(NodeState.SUSPECT)));
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Waiting.class,
                        waiting -> assertThat(waiting.reason().inWords()).contains("not ready"));
    }

    @Test
    void moreStagesThanLayersWouldNeverFit() {
        assertThat(place(spec(4, 5), List.of(node(1, 50_000))))
                .isEqualTo(new Refused("STAGE_COUNT_INVALID", "stages: 5 (expected: 0..4)"));
    }

    private static DeploymentSpec spec(int layers, int stages) {
        return Specs.deployment(Collections.nCopies(layers, Bytes.of(1000)), 500, 700, 1, stages);
    }

    private static Wish wish(DeploymentSpec spec) {
        return new Wish(spec, Specs.replica(1));
    }

    private PlacementDecision place(DeploymentSpec spec, List<NodeSnapshot> nodes) {
        return placement.place(wish(spec), Specs.fleet(nodes));
    }

    private List<StageAssignment> placed(DeploymentSpec spec, List<NodeSnapshot> nodes) {
        return ((Placed) place(spec, nodes)).stages();
    }
}
