package assay.scheduler.core.placement;

import static assay.scheduler.core.placement.ClusterOf.GB;
import static assay.scheduler.core.placement.ClusterOf.apart;
import static assay.scheduler.core.placement.ClusterOf.cards;
import static assay.scheduler.core.placement.ClusterOf.exclusive;
import static assay.scheduler.core.placement.ClusterOf.labelled;
import static assay.scheduler.core.placement.ClusterOf.labels;
import static assay.scheduler.core.placement.ClusterOf.quota;
import static assay.scheduler.core.placement.ClusterOf.ruled;
import static assay.scheduler.core.placement.ClusterOf.types;
import static assay.scheduler.core.placement.ClusterOf.weighing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.Apart.Scope;
import assay.scheduler.core.cluster.Rejection;
import assay.scheduler.core.cluster.Rejection.Filter;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import org.junit.jupiter.api.Test;
import java.util.List;
import java.util.Map;
import java.util.Set;

class PlacementRulesTest {
    private static final String H100 = "NVIDIA H100 80GB HBM3";
    private static final String A100 = "NVIDIA A100-SXM4-80GB";

    private final Placement placement = new BalancedPlacement();
    private final Fleet fleet = new Fleet();
    private int replicas;

    @Test
    void everyFilterIsNamedForTheNodeThatItTurnsAway() {
        NodeSnapshot plain = cards(1, H100, 1, 80);
        put(plain.in(NodeState.SUSPECT));
        put(cards(2, H100, 1, 80).ruled(NodeDuty.CORDONED, Map.of(), Set.of()));
        put(cards(3, H100, 1, 80).ruled(NodeDuty.DRAINING, Map.of(), Set.of()));
        put(labelled(cards(4, H100, 1, 80), Map.of("zone", "a")));
        put(labelled(cards(5, H100, 1, 80), Map.of("zone", "b"), "reserved"));
        put(labelled(cards(6, A100, 1, 80), Map.of("zone", "b")));
        put(labelled(cards(7, H100, 1, 80).with("g0", false), Map.of("zone", "b")));
        put(labelled(cards(8, H100, 1, 10), Map.of("zone", "b")));
        var rules = labels(Map.of("zone", "b"));
        DeploymentSpec spec = ruled(weighing(1, 40, 0), rules);
        Waiting waiting =
                waiting(
                        spec.ruled(
                                0,
                                new PlacementRules(
                                        rules.nodeLabels(),
                                        Set.of(),
                                        Set.of(H100),
                                        false,
                                        rules.apart(),
                                        rules.tenant())));
        assertThat(waiting.counts().keySet())
                .containsExactly(
                        Filter.NODE_NOT_READY,
                        Filter.NODE_CORDONED,
                        Filter.NODE_DRAINING,
                        Filter.LABEL_MISSING,
                        Filter.TAINT_NOT_TOLERATED,
                        Filter.DEVICE_BROKEN,
                        Filter.DEVICE_TYPE,
                        Filter.MEMORY_SHORT);
        Rejection nearest = waiting.rejections().getFirst();
        assertThat(nearest.filter()).isEqualTo(Filter.MEMORY_SHORT);
        assertThat(nearest.name()).isEqualTo("node-8");
        assertThat(nearest.missing()).isEqualTo(waiting.missing());
        assertThat(waiting.missing())
                .isEqualTo(waiting.wouldFit().device().minusOrZero(Bytes.of(10 * GB)));
    }

    @Test
    void labelsAndToleratedTaintsLeadToTheNode() {
        put(cards(1, H100, 1, 80));
        put(labelled(cards(2, H100, 1, 80), Map.of("zone", "b"), "reserved"));
        var spec = ruled(weighing(1, 40, 0), labels(Map.of("zone", "b"), "reserved"));
        assertThat(node(place(spec))).isEqualTo(2);
    }

    @Test
    void aDeviceTypeIsAKindOrALabel() {
        put(cards(1, H100, 1, 80));
        put(cards(2, A100, 1, 80));
        assertThat(node(place(ruled(weighing(1, 40, 0), types(A100))))).isEqualTo(2);
        assertThat(node(place(ruled(weighing(2, 40, 0), types("cuda"))))).isEqualTo(1);
        assertThat(waiting(ruled(weighing(3, 40, 0), types("cpu"))).counts())
                .containsOnlyKeys(Filter.DEVICE_TYPE);
    }

    @Test
    void anExclusiveNodeIsEmptyBeforeAndKeptAfter() {
        put(cards(1, H100, 2, 80));
        put(cards(2, H100, 2, 80));
        book(weighing(1, 10, 0));
        DeploymentSpec alone = ruled(weighing(2, 10, 0), exclusive());
        assertThat(node(book(alone))).isEqualTo(2);
        assertThat(node(book(weighing(3, 75, 0)))).isEqualTo(1);
        assertThat(waiting(weighing(4, 75, 0)).counts()).containsEntry(Filter.NODE_EXCLUSIVE, 1);
        assertThat(waiting(ruled(weighing(5, 10, 0), exclusive())).counts())
                .containsEntry(Filter.NODE_OCCUPIED, 1)
                .containsEntry(Filter.NODE_EXCLUSIVE, 1);
    }

    @Test
    void replicasThatMustBeApartAreNeverOnOneNodeOrInOneRack() {
        put(labelled(cards(1, H100, 4, 80), Map.of("rack", "r1")));
        put(labelled(cards(2, H100, 4, 80), Map.of("rack", "r1")));
        put(labelled(cards(3, H100, 4, 80), Map.of("rack", "r2")));
        DeploymentSpec onNodes = ruled(weighing(1, 10, 0), apart(Scope.NODE));
        assertThat(List.of(node(book(onNodes)), node(book(onNodes)), node(book(onNodes))))
                .containsExactlyInAnyOrder(1, 2, 3);
        assertThat(waiting(onNodes).counts()).containsEntry(Filter.REPLICA_TOO_NEAR, 3);
        DeploymentSpec inRacks = ruled(weighing(2, 10, 0), apart(Scope.RACK));
        assertThat(List.of(node(book(inRacks)), node(book(inRacks)))).contains(3);
        assertThat(waiting(inRacks).counts()).containsEntry(Filter.REPLICA_TOO_NEAR, 3);
    }

    @Test
    void aTenantTakesNoMoreCardsThanItsQuotaButMayFillThoseThatItHas() {
        put(cards(1, H100, 4, 80));
        DeploymentSpec two = ruled(weighing(1, 100, 0), quota("blue", 2));
        book(two);
        assertThat(place(ruled(weighing(2, 20, 0), quota("blue", 2)))).isInstanceOf(Placed.class);
        assertThat(waiting(ruled(weighing(3, 70, 0), quota("blue", 2))).counts())
                .containsEntry(Filter.TENANT_QUOTA, 2);
        assertThat(place(ruled(weighing(4, 50, 0), quota("red", 1)))).isInstanceOf(Placed.class);
        assertThat(place(ruled(weighing(5, 100, 0), quota("red", 1)))).isInstanceOf(Waiting.class);
    }

    @Test
    void whatWouldFitDoesFit() {
        put(cards(1, H100, 2, 80));
        DeploymentSpec wish = weighing(1, 100, 0).promising(2_000_000_000, 4);
        Waiting waiting = waiting(wish);
        int tokens = waiting.wouldFit().kvTokens();
        assertThat(tokens).isBetween(1, wish.kvTokens() - 1);
        assertThat(place(wish.promising(tokens, 4))).isInstanceOf(Placed.class);
        assertThat(place(wish.promising(tokens + 16, 4))).isInstanceOf(Waiting.class);
        assertThat(waiting.wouldFit().stages()).isEqualTo(2);
        Fleet larger = new Fleet();
        long size = waiting.wouldFit().device().value();
        var devices =
                List.of(
                        new DeviceSnapshot("g0", "cuda", H100, Bytes.of(size), Bytes.ZERO),
                        new DeviceSnapshot("g1", "cuda", H100, Bytes.of(size), Bytes.ZERO));
        larger.put(cards(1, H100, 2, 80).having(devices));
        assertThat(placement.place(new Wish(wish, id()), larger)).isInstanceOf(Placed.class);
    }

    @Test
    void theCacheOfACardIsHalfAsWideAndAWindowBoundsIt() {
        var on = LayerCache.grouped(8, 128);
        assertThat(on.onCpu()).isEqualTo(Bytes.of(8_192));
        assertThat(on.onGpu()).isEqualTo(Bytes.of(4_096));
        var latent = LayerCache.latent(512, 64);
        assertThat(latent.onGpu()).isEqualTo(Bytes.of(1_152));
        assertThat(latent.onCpu()).isEqualTo(Bytes.of(4_352));
        assertThat(on.positions(100_001, 4)).isEqualTo(100_016);
        assertThat(on.windowed(1_024).positions(100_001, 4)).isEqualTo(4 * (1_024 + 16));
        assertThat(on.windowed(1_024).positions(1_000, 4)).isEqualTo(1_008);
    }

    @Test
    void whatWasMeasuredCountsForLaterStages() {
        put(cards(1, H100, 1, 80));
        DeploymentSpec spec = weighing(1, 40, 1);
        StageAssignment first = stages(place(spec)).getFirst();
        fleet.measured(spec, first, Bytes.of(44 * GB));
        StageAssignment second = stages(place(spec)).getFirst();
        assertThat(second.weights()).as("what agents check").isEqualTo(first.weights());
        assertThat(second.resident().value()).isCloseTo(44 * GB, within(GB / 1_000));
        fleet.measured(spec, first, Bytes.of(90 * GB));
        assertThat(place(spec)).isInstanceOf(Waiting.class);
    }

    @Test
    void theFasterCardTakesMoreLayers() {
        put(cards(1, H100, 1, 80));
        put(cards(2, A100, 1, 80));
        List<StageAssignment> stages = stages(place(weighing(1, 100, 2)));
        assertThat(stages).hasSize(2);
        for (StageAssignment stage : stages) {
            boolean fast = stage.device().node().value().getLeastSignificantBits() == 1;
            assertThat(stage.layers().count()).isEqualTo(fast ? 6 : 4);
        }
    }

    @Test
    void aProcessorIsTakenWhereCardsDoNotHoldIt() {
        var cpu = new DeviceSnapshot("cpu", "cpu", "x", Bytes.of(900 * GB), Bytes.ZERO);
        var card = new DeviceSnapshot("g0", "cuda", H100, Bytes.of(80 * GB), Bytes.ZERO);
        put(cards(1, H100, 0, 0).having(List.of(cpu, card)));
        assertThat(stages(place(weighing(1, 40, 0))).getFirst().device().name()).isEqualTo("g0");
        assertThat(stages(place(weighing(2, 400, 0))).getFirst().device().name()).isEqualTo("cpu");
    }

    private void put(NodeSnapshot node) {
        fleet.put(node);
    }

    private ReplicaId id() {
        return Specs.replica(++replicas);
    }

    private PlacementDecision place(DeploymentSpec spec) {
        return placement.place(new Wish(spec, id()), fleet);
    }

    private PlacementDecision book(DeploymentSpec spec) {
        PlacementDecision decision = place(spec);
        fleet.book(Specs.replica(replicas), spec, stages(decision));
        return decision;
    }

    private Waiting waiting(DeploymentSpec spec) {
        return (Waiting) place(spec);
    }

    private static List<StageAssignment> stages(PlacementDecision decision) {
        assertThat(decision).isInstanceOf(Placed.class);
        return ((Placed) decision).stages();
    }

    private static int node(PlacementDecision decision) {
        return (int) stages(decision).getFirst().device().node().value().getLeastSignificantBits();
    }
}
