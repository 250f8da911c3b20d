package assay.scheduler.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.Specs;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom.Step;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentRemoved;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ReconcileConfig.Room;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Replicas move for one that waits; agents answer at once and well. */
class RoomMakingTest extends AnsweredReconciler {
    private static final ReconcileConfig CONFIG = ReconcileConfig.DEFAULTS;
    private static final long NODE = 10_000_000;

    RoomMakingTest() {
        super(CONFIG);
    }

    @Test
    void aReplicaServesAtItsNewPlaceBeforeItLeavesTheOldOneForAnother() {
        inPieces(2);
        Replica large = wish(9, 7_000_000, 0);
        running = 1;
        pass(CONFIG.room().after().plusSeconds(3));
        Replica small = leaving();
        assertThat(small.reason().inWords()).isEqualTo("moved to make room for d9");
        assertThat(large.state()).isEqualTo(ReplicaState.WAITING);
        assertThat(large.reason().inWords()).isEqualTo("room is being made for it: move 1 of 1");
        Replica taker =
                serving().stream()
                        .filter(it -> it.deployment().equals(small.deployment()))
                        .findFirst()
                        .orElseThrow();
        assertThat(turns(taker.id()))
                .first()
                .satisfies(it ->
                        assertThat(it.reason().inWords())
                                .isEqualTo(
                                        "takes over from replica %s, which is moved to make room for d9"
                                                .formatted(small.id())));
        pass(Duration.ofMinutes(2));
        assertThat(cluster.replicas()).as("its request still runs").contains(small);
        running = 0;
        pass(Duration.ofSeconds(10));
        assertThat(cluster.replicas()).doesNotContain(small);
        assertThat(large.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN, Step.MADE);
    }

    @Test
    void nothingMovesBeforeItsTimeAndNothingForALowerPriority() {
        inPieces(2);
        Replica large = wish(9, 7_000_000, 0);
        pass(CONFIG.room().after().minusSeconds(3));
        assertThat(steps()).isEmpty();
        on(new DeploymentRemoved(large.deployment()));
        wish(8, 7_000_000, -1);
        pass(Duration.ofMinutes(10));
        assertThat(steps()).isEmpty();
    }

    @Test
    void nothingMovesWhereItIsSwitchedOff() {
        var off = new Room(false, Duration.ofSeconds(1), Duration.ofSeconds(1), 1);
        reconciler =
                reconciler(
                        new ReconcileConfig(
                                CONFIG.nodes(),
                                CONFIG.moves(),
                                CONFIG.probes(),
                                CONFIG.drains(),
                                off));
        inPieces(2);
        Replica large = wish(9, 7_000_000, 0);
        pass(Duration.ofMinutes(10));
        assertThat(steps()).isEmpty();
        assertThat(large.reason().inWords()).startsWith("no room");
    }

    @Test
    void aMoveThatDoesNotComeToServeIsGivenUpAndTheOldReplicaNeverLeftTheRoutes() {
        inPieces(2);
        Replica large = wish(9, 7_000_000, 0);
        cluster.nodes().forEach(it -> deaf.add(it.snapshot().id()));
        pass(CONFIG.room().after().plus(CONFIG.moves().reservation()).plusSeconds(3));
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN, Step.GIVEN_UP);
        assertThat(serving()).hasSize(2);
        assertThat(cluster.replicas()).hasSize(3);
        assertThat(large.reason().inWords()).startsWith("no room");
        assertThat(reasons(Step.GIVEN_UP)).singleElement().asString().contains("did not come");
        pass(CONFIG.room().cooldown().minusSeconds(10));
        assertThat(steps()).as("it rests").hasSize(3);
        deaf.clear();
        pass(Duration.ofMinutes(1));
        assertThat(large.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(serving()).hasSize(3);
    }

    @Test
    void aPlanEndsWithTheWishAndNothingIsLeftOfIt() {
        inPieces(2);
        Replica small = replicaOf(2);
        Replica large = wish(9, 7_000_000, 0);
        cluster.nodes().forEach(it -> deaf.add(it.snapshot().id()));
        pass(CONFIG.room().after().plusSeconds(1));
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN);
        on(new DeploymentRemoved(large.deployment()));
        pass(Duration.ofSeconds(2));
        assertThat(reasons(Step.GIVEN_UP)).containsExactly("it is not wanted any more");
        assertThat(small.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(cluster.replicas()).hasSize(2);
    }

    @Test
    void whoFindsRoomElsewhereMeanwhileStopsTheMove() {
        inPieces(2);
        Replica small = replicaOf(2);
        Replica large = wish(9, 7_000_000, 0);
        cluster.nodes().forEach(it -> deaf.add(it.snapshot().id()));
        pass(CONFIG.room().after().plusSeconds(1));
        on(new NodeJoined(Specs.node(7, NODE), 7, List.of()));
        pass(Duration.ofSeconds(3));
        assertThat(large.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(small.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(cluster.replicas()).hasSize(3);
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN, Step.MADE);
    }

    @Test
    void aPlanOfTwoMovesMakesOneAfterTheOther() {
        twoInTheWay();
        Replica large = wish(9, 9_500_000, 0);
        running = 1;
        pass(CONFIG.room().after().plusSeconds(60));
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN);
        running = 0;
        pass(Duration.ofSeconds(30));
        assertThat(large.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(serving()).hasSize(5);
        assertThat(steps())
                .containsExactly(Step.PLANNED, Step.MOVE_BEGUN, Step.MOVE_BEGUN, Step.MADE);
    }

    @Test
    void aPlanIsGivenUpBetweenTwoMovesWhenTheFleetChanged() {
        twoInTheWay();
        Replica large = wish(9, 9_500_000, 0);
        running = 1;
        pass(CONFIG.room().after().plusSeconds(3));
        for (NodeStatus node : List.copyOf(cluster.nodes())) {
            on(new DutySet(node.snapshot().id(), NodeDuty.CORDONED, "upkeep", Duration.ZERO));
        }
        running = 0;
        pass(Duration.ofSeconds(30));
        assertThat(reasons(Step.GIVEN_UP)).singleElement().asString().contains("fleet changed");
        assertThat(large.state()).isEqualTo(ReplicaState.WAITING);
        assertThat(serving()).hasSize(4);
        assertThat(cluster.replicas()).hasSize(5);
    }

    @Test
    void roomThatIsMadeIsKeptFromWhoComesLater() {
        inPieces(2);
        Replica large = wish(9, 7_000_000, 0);
        running = 1;
        pass(CONFIG.room().after().plusSeconds(3));
        assertThat(leaving().state()).isEqualTo(ReplicaState.DRAINING);
        Replica late = wish(11, 5_200_000, 0);
        pass(Duration.ofSeconds(30));
        assertThat(late.state()).as("it would find room now").isEqualTo(ReplicaState.WAITING);
        running = 0;
        pass(Duration.ofSeconds(20));
        assertThat(large.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(late.state()).isEqualTo(ReplicaState.WAITING);
    }

    @Test
    void aSecondPlanComesAfterTheFirstAndARest() {
        inPieces(4);
        Replica first = wish(9, 7_000_000, 0);
        Replica second = wish(10, 7_000_000, 0);
        pass(CONFIG.room().after().plus(CONFIG.room().cooldown()));
        assertThat(first.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(second.state()).isEqualTo(ReplicaState.WAITING);
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN, Step.MADE);
        pass(Duration.ofSeconds(30));
        assertThat(second.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(serving()).hasSize(6);
    }

    @Test
    void aReplicaWhoseNodeIsGoneForGoodGetsRoomToo() {
        inPieces(2);
        on(new NodeJoined(Specs.node(7, NODE), 7, List.of()));
        deploy(9, 7_000_000);
        Replica large = replicaOf(9);
        assertThat(large.nodes()).containsExactly(new NodeId(new UUID(1, 7)));
        on(new ClusterEvent.NodeLeft(new NodeId(new UUID(1, 7)), 7));
        pass(CONFIG.placeKept().plus(CONFIG.room().after()).plusSeconds(20));
        assertThat(large.state()).isEqualTo(ReplicaState.SERVING);
        assertThat(steps()).containsExactly(Step.PLANNED, Step.MOVE_BEGUN, Step.MADE);
    }

    @Test
    void aDeploymentThatIsBeingChangedIsLeftAlone() {
        inPieces(2);
        apply(new Order(spec(2, 9_900_000)));
        pass(Duration.ofMinutes(20));
        assertThat(reasons(Step.MOVE_BEGUN))
                .isNotEmpty()
                .allSatisfy(it -> assertThat(it).contains(" of d3 "));
        assertThat(replicaOf(2).state()).isEqualTo(ReplicaState.SERVING);
    }

    // ---------------------------------------------------------------- steps

    /** So many nodes, each not quite half full: deployments 2, 3 and so on stand there alone. */
    private void inPieces(int count) {
        nodes(count, NODE);
        for (int number = 0; number < count; number++) {
            deploy(2 + number, 4_500_000);
            deploy(102 + number, 4_500_000);
        }
        for (int number = 0; number < count; number++) {
            var node = new NodeId(new UUID(1, number + 1));
            Replica leaving = cluster.replicasOn(node).getLast();
            on(new DeploymentRemoved(leaving.deployment()));
        }
        pass(Duration.ofSeconds(10));
        assertThat(serving()).hasSize(count);
    }

    /** One node with two small replicas, and two nodes with room for one of them each. */
    private void twoInTheWay() {
        nodes(1, NODE);
        deploy(1, 2_000_000);
        deploy(2, 2_000_000);
        nodes(2, NODE);
        deploy(3, 7_000_000);
        nodes(3, NODE);
        deploy(4, 7_000_000);
    }

    private Replica leaving() {
        return cluster.replicas().stream()
                .filter(it -> it.state() == ReplicaState.DRAINING)
                .findFirst()
                .orElseThrow();
    }

    private Replica wish(int number, long bytes, int priority) {
        DeploymentSpec spec = spec(number, bytes);
        apply(new Order(spec.ruled(priority, spec.rules())));
        return replicaOf(number);
    }

    private void deploy(int number, long bytes) {
        apply(new Order(spec(number, bytes)));
        assertThat(replicaOf(number).state()).isEqualTo(ReplicaState.SERVING);
    }

    private Replica replicaOf(int number) {
        return cluster.replicasOf(id(number)).getFirst();
    }

    private List<Changed> turns(ReplicaId replica) {
        return done.stream()
                .filter(Changed.class::isInstance)
                .map(Changed.class::cast)
                .filter(it -> it.replica().equals(replica))
                .toList();
    }

    private List<Step> steps() {
        return done.stream()
                .filter(MakingRoom.class::isInstance)
                .map(it -> ((MakingRoom) it).step())
                .toList();
    }

    private List<String> reasons(Step step) {
        return done.stream()
                .filter(MakingRoom.class::isInstance)
                .map(MakingRoom.class::cast)
                .filter(it -> it.step() == step)
                .map(it -> it.reason().inWords())
                .toList();
    }

    private static DeploymentId id(int number) {
        return new DeploymentId(new UUID(3, number));
    }

    private static DeploymentSpec spec(int number, long bytes) {
        DeploymentSpec like =
                Specs.deployment(Collections.nCopies(4, Bytes.of(bytes / 4)), 0, 0, 1, 1);
        return new DeploymentSpec(
                id(number),
                "d" + number,
                new VersionId(new UUID(4, number)),
                like.layout(),
                1,
                1,
                like.kvTokens(),
                like.maxSequences(),
                like.precision());
    }
}
