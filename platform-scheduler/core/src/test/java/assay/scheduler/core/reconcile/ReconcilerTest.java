package assay.scheduler.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.placement.Specs;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.CloseSession;
import assay.scheduler.core.reconcile.ClusterAction.Doubted;
import assay.scheduler.core.reconcile.ClusterAction.Probe;
import assay.scheduler.core.reconcile.ClusterAction.PublishRoutes;
import assay.scheduler.core.reconcile.ClusterAction.Release;
import assay.scheduler.core.reconcile.ClusterAction.SaveNode;
import assay.scheduler.core.reconcile.ClusterAction.SaveReplica;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentRemoved;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.LossAccepted;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
    private static final ReconcileConfig CONFIG = ReconcileConfig.DEFAULTS;

    private final NodeSnapshot a = Specs.node(1, 6_000);
    private final NodeSnapshot b = Specs.node(2, 6_000);
    private final NodeSnapshot wide = Specs.node(9, 100_000);
    private final NodeSnapshot c = Specs.node(3, 6_000);
    private Cluster cluster = new Cluster();
    private Reconciler reconciler = reconciler();
    private Instant now = Instant.EPOCH.plus(Duration.ofDays(1));
    private long sessions;
    private long ids;
    private int running;

    private Reconciler reconciler() {
        return new Reconciler(
                CONFIG,
                cluster,
                new BalancedPlacement(),
                () -> new ReplicaId(new UUID(9, 9 + ids++)));
    }

    @Test
    void aReplicaIsPlacedLoadedProbedAndServed() {
        join(a);
        join(b);
        List<ClusterAction> placed = on(new DeploymentApplied(order(twoStages())));
        assertThat(placed).filteredOn(Assign.class::isInstance).hasSize(2);
        assertThat(index(placed, SaveReplica.class))
                .as("an epoch is stored before it is told")
                .isLessThan(index(placed, Assign.class));
        loaded(0);
        assertThat(loaded(1)).anyMatch(Probe.class::isInstance);
        assertThat(replica().state()).isEqualTo(ReplicaState.PROBING);
        assertThat(probePassed()).anyMatch(PublishRoutes.class::isInstance);
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
    }

    @Test
    void aNodeThatComesBackInTimeWithItsStageChangesNothing() {
        serve();
        List<ClusterAction> left = leave(b, 2);
        assertThat(left).noneMatch(PublishRoutes.class::isInstance);
        assertThat(state(b)).isEqualTo(NodeState.SUSPECT);
        pass(CONFIG.nodes().returnGrace().minusMillis(500));
        assertThat(join(b, held(b))).noneMatch(it -> it instanceof Assign || it instanceof Release);
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
        assertThat(replica().epoch()).isEqualTo(new Epoch(1));
    }

    @Test
    void aReturningNodeGetsItsStageAgainAndTheSurvivorGoesOn() {
        serve();
        List<Stage> before = replica().stages();
        leave(nodeOf(1), sessionOf(nodeOf(1)));
        pass(CONFIG.nodes().returnGrace());
        assertThat(replica().state()).isEqualTo(ReplicaState.BROKEN);
        assertThat(replica().isRouted()).as("its head keeps requests").isTrue();
        pass(Duration.ofSeconds(50));
        join(nodeOf(1));
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
        assertThat(replica().epoch()).isEqualTo(new Epoch(2));
        assertThat(replica().assignments())
                .isEqualTo(before.stream().map(Stage::assignment).toList());
        pass(Duration.ofSeconds(20));
        assertThat(replica().isRouted()).as("but not for ever").isFalse();
    }

    @Test
    void aNodeThatComesBackWithoutItsStageIsToldAgainAtOnce() {
        serve();
        leave(nodeOf(1), sessionOf(nodeOf(1)));
        List<ClusterAction> back = join(nodeOf(1));
        assertThat(back).filteredOn(Assign.class::isInstance).hasSize(2);
        assertThat(back)
                .filteredOn(Changed.class::isInstance)
                .extracting(it -> ((Changed) it).event())
                .containsExactly(ReplicaEvent.NODE_GONE, ReplicaEvent.RENEWED);
    }

    @Test
    void aLostStageGoesElsewhereAtOnceAndTheOthersStay() {
        serve();
        join(c);
        NodeSnapshot victim = nodeOf(1);
        StageAssignment head = replica().assignments().getFirst();
        leave(victim, sessionOf(victim));
        List<ClusterAction> moved = pass(CONFIG.nodes().returnGrace());
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
        assertThat(replica().isRecovering()).isTrue();
        assertThat(replica().assignments().getFirst()).isEqualTo(head);
        assertThat(nodeOf(1)).isEqualTo(cluster.node(c.id()).orElseThrow().snapshot());
        assertThat(moved)
                .filteredOn(it -> it instanceof Changed turn && !turn.moved().isEmpty())
                .singleElement()
                .satisfies(it -> assertThat(((Changed) it).moved()).containsExactly(1))
                .satisfies(it -> assertThat(((Changed) it).reason().inWords()).contains("stage 1"));
        List<ClusterAction> late =
                join(victim, new HeldStage(id(), new Epoch(1), 1, stage(1), LOADED));
        assertThat(late).contains(new Release(victim.id(), id(), new Epoch(1)));
        loaded(0);
        loaded(1);
        probePassed();
        assertThat(replica().isRecovering()).isFalse();
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
    }

    @Test
    void aLostHeadTakesTheRouteAway() {
        serve();
        join(c);
        NodeSnapshot head = nodeOf(0);
        leave(head, sessionOf(head));
        List<ClusterAction> moved = pass(CONFIG.nodes().returnGrace());
        assertThat(moved).anyMatch(PublishRoutes.class::isInstance);
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
        assertThat(replica().isRouted()).isFalse();
    }

    @Test
    void aStageThatBeatsButDoesNotStepCountsAsDead() {
        serve();
        join(c);
        NodeSnapshot head = nodeOf(0);
        NodeSnapshot stuck = nodeOf(1);
        Epoch epoch = replica().epoch();
        on(new StageSilent(head.id(), id(), epoch, 1, Duration.ofMillis(2_900), "hung"));
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
        on(new StageSilent(stuck.id(), id(), epoch, 1, Duration.ofSeconds(9), "no head"));
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
        List<ClusterAction> moved =
                on(new StageSilent(head.id(), id(), epoch, 1, Duration.ofSeconds(3), "hung"));
        assertThat(moved).contains(new Release(stuck.id(), id(), epoch));
        assertThat(nodeOf(1).id()).isEqualTo(c.id());
    }

    @Test
    void aSilentStageOfANodeWhoseSessionBrokeIsNotWaitedFor() {
        serve();
        join(c);
        NodeSnapshot victim = nodeOf(1);
        leave(victim, sessionOf(victim));
        on(new StageSilent(nodeOf(0).id(), id(), replica().epoch(), 1, Duration.ZERO, "refused"));
        assertThat(nodeOf(1).id()).isEqualTo(c.id());
    }

    @Test
    void aLostStageWaitsForADeviceThatTakesIt() {
        serve();
        NodeSnapshot victim = nodeOf(1);
        NodeSnapshot survivor = nodeOf(0);
        leave(victim, sessionOf(victim));
        pass(CONFIG.nodes().returnGrace());
        assertThat(replica().state()).isEqualTo(ReplicaState.BROKEN);
        on(new DutySet(survivor.id(), NodeDuty.CORDONED, "", Duration.ZERO));
        join(Specs.node(4, 3_000, 3_000));
        join(Specs.node(5, 3_000, 3_000));
        pass(CONFIG.placeKept().minusSeconds(10));
        assertThat(replica().state())
                .as("no device takes half a model")
                .isEqualTo(ReplicaState.BROKEN);
        join(wide);
        pass(Duration.ofSeconds(1));
        assertThat(replica().stages().stream().map(Stage::node))
                .containsExactly(survivor.id(), wide.id());
    }

    @Test
    void whenMostNodesVanishAtOnceNothingIsGivenUpBeforeTheBound() {
        serve();
        join(c);
        leave(a, 1);
        leave(b, 2);
        List<ClusterAction> doubted = pass(Duration.ofSeconds(30));
        assertThat(doubted).anyMatch(it -> it instanceof Doubted it2 && !it2.doubt().isEmpty());
        assertThat(cluster.doubt().inWords()).contains("2 of 3 nodes vanished");
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
        join(a, held(a));
        join(b, held(b));
        pass(Duration.ofSeconds(1));
        assertThat(cluster.doubt().inWords()).isEmpty();
        assertThat(replica().epoch()).isEqualTo(new Epoch(1));
        leave(a, sessionOf(a));
        leave(b, sessionOf(b));
        pass(CONFIG.nodes().doubtBound().plusSeconds(5));
        assertThat(state(a)).isEqualTo(NodeState.LOST);
        assertThat(replica().state()).isNotEqualTo(ReplicaState.SERVING);
    }

    @Test
    void anOperatorEndsTheDoubt() {
        serve();
        join(c);
        leave(a, 1);
        leave(b, 2);
        pass(Duration.ofSeconds(5));
        assertThat(state(a)).isEqualTo(NodeState.SUSPECT);
        on(new LossAccepted());
        assertThat(state(a)).isEqualTo(NodeState.LOST);
        assertThat(state(b)).isEqualTo(NodeState.LOST);
    }

    @Test
    void placesWhoseLoadingMakesNoProgressAreGivenBack() {
        join(a);
        join(b);
        on(new DeploymentApplied(order(twoStages())));
        join(c);
        loaded(0);
        NodeSnapshot lazy = nodeOf(1);
        pass(CONFIG.moves().reservation().minusSeconds(1));
        assertThat(replica().epoch()).isEqualTo(new Epoch(1));
        List<ClusterAction> back = pass(Duration.ofSeconds(2));
        assertThat(back).contains(new Release(lazy.id(), id(), new Epoch(1)));
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
        assertThat(replica().stages().stream().map(Stage::node)).doesNotContain(lazy.id());
    }

    @Test
    void aStageThatFailsOnABrokenDeviceMovesToAnotherNodeAtOnce() {
        serve();
        join(c);
        NodeSnapshot first = nodeOf(0);
        assertThat(on(new DeviceTurned(first.id(), sessionOf(first), "d0", false)))
                .as("it is stored, and what still runs is left alone")
                .containsExactly(new SaveNode(first.id()));
        on(failed(new Epoch(1)));
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
        assertThat(replica().stages().stream().map(Stage::node)).doesNotContain(first.id());
    }

    @Test
    void aReplicaOnABrokenDeviceWaitsForItsRepairWhereThereIsNoOtherPlace() {
        join(wide);
        on(new DeploymentApplied(order(twoStages())));
        pass(CONFIG.moves().spreadPatience());
        on(new DeviceTurned(wide.id(), 1, "d0", false));
        on(failed(replica().epoch()));
        pass(Duration.ofMinutes(5));
        assertThat(replica().state()).isEqualTo(ReplicaState.BROKEN);
        assertThat(replica().reason().inWords()).contains("d0 is broken");
        on(new DeviceTurned(wide.id(), 1, "d0", true));
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
    }

    @Test
    void anOlderSessionsWordOnADeviceIsVoid() {
        join(a);
        join(a);
        assertThat(on(new DeviceTurned(a.id(), 1, "d0", false))).isEmpty();
    }

    @Test
    void aSilentNodeIsSuspectedThenLostAndItsSessionClosed() {
        serve();
        now = now.plus(CONFIG.suspectAfter());
        beat(a, 1);
        on(new Tick());
        assertThat(state(b)).isEqualTo(NodeState.SUSPECT);
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
        beat(b, 2);
        assertThat(state(b)).isEqualTo(NodeState.READY);
        now = now.plus(CONFIG.lostAfter());
        beat(a, 1);
        assertThat(on(new Tick())).anyMatch(CloseSession.class::isInstance);
        assertThat(state(b)).isEqualTo(NodeState.LOST);
        assertThat(replica().state()).isEqualTo(ReplicaState.BROKEN);
    }

    @Test
    void aNewSchedulerAdoptsStagesThatRunUnderTheSameEpoch() {
        serve();
        restart();
        assertThat(replica().state()).isEqualTo(ReplicaState.BROKEN);
        assertThat(join(a, held(a))).noneMatch(Assign.class::isInstance);
        List<ClusterAction> adopted = join(b, held(b));
        assertThat(adopted)
                .noneMatch(it -> it instanceof Assign || it instanceof Release)
                .anyMatch(Probe.class::isInstance);
        probePassed();
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
        assertThat(replica().epoch()).isEqualTo(new Epoch(1));
    }

    @Test
    void aChangeThatASchedulerLeftHalfDoneDropsNothingThatServes() {
        serve();
        on(new DeploymentApplied(order(twoStages().promising(8, 1))));
        pass(Duration.ofSeconds(1));
        assertThat(cluster.replicas()).as("the new one finds no room yet").hasSize(2);
        ReplicaId served = id();
        var stages = List.of(held(a), held(b));
        restart();
        pass(Duration.ofSeconds(2));
        assertThat(cluster.replica(served)).as("nobody knows yet that it serves").isPresent();
        join(a, stages.getFirst());
        join(b, stages.getLast());
        pass(Duration.ofSeconds(1));
        on(new ProbeReported(nodeOf(0).id(), served, new Epoch(1), true, ""));
        pass(Duration.ofSeconds(1));
        assertThat(cluster.replica(served))
                .hasValueSatisfying(it -> assertThat(it.state()).isEqualTo(ReplicaState.SERVING));
    }

    @Test
    void aHeadThatNobodyKnowsIsToldToLetGo() {
        serve();
        var unknown = new ReplicaId(new UUID(7, 7));
        var use = new ReplicaUse(unknown, new Epoch(3), now, 1, 0, Duration.ZERO, 0);
        assertThat(on(new Heartbeat(a.id(), sessionOf(a), List.of(use))))
                .containsExactly(new Release(a.id(), unknown, new Epoch(3)));
    }

    @Test
    void aStageThatIsGoneAfterARestartIsLoadedUnderANewEpoch() {
        serve();
        restart();
        join(a, held(a));
        assertThat(join(b)).filteredOn(Assign.class::isInstance).hasSize(2);
        assertThat(replica().epoch()).isEqualTo(new Epoch(2));
    }

    @Test
    void wordOfAnOlderEpochIsVoid() {
        serve();
        leave(b, 2);
        join(b);
        on(new StageReported(a.id(), id(), new Epoch(1), 0, StagePhase.FAILED, 0, 0, "old"));
        on(new ProbeReported(a.id(), id(), new Epoch(1), true, ""));
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
    }

    @Test
    void aStageThatFailsIsTriedAgainLaterAndLater() {
        serve();
        for (int failure = 1; failure <= 3; failure++) {
            Epoch epoch = replica().epoch();
            on(failed(epoch));
            assertThat(replica().state()).isEqualTo(ReplicaState.BROKEN);
            assertThat(replica().reason().inWords()).isEqualTo("broken");
            pass(CONFIG.moves().retryAfter(failure).minusMillis(600));
            assertThat(replica().epoch()).isEqualTo(epoch);
            pass(Duration.ofMillis(700));
            assertThat(replica().epoch()).isEqualTo(epoch.next());
        }
    }

    @Test
    void aReplicaThatAnswersNoProbeIsBroken() {
        serve();
        pass(CONFIG.probes().idle());
        pass(CONFIG.probes().timeout().multipliedBy(CONFIG.probes().attempts()));
        assertThat(replica().state()).isIn(ReplicaState.BROKEN, ReplicaState.LOADING);
        assertThat(replica().epoch().value()).isLessThanOrEqualTo(2);
    }

    @Test
    void aRemovedDeploymentLetsItsStagesGo() {
        serve();
        List<ClusterAction> removed = on(new DeploymentRemoved(twoStages().id()));
        assertThat(removed.getFirst())
                .as("the route is withdrawn before anything else")
                .isInstanceOf(PublishRoutes.class);
        assertThat(replica().state()).isEqualTo(ReplicaState.DRAINING);
        running = 1;
        pass(Duration.ofMinutes(1));
        assertThat(cluster.replicas()).as("a request runs").hasSize(1);
        running = 0;
        assertThat(pass(Duration.ofSeconds(2))).filteredOn(Release.class::isInstance).hasSize(2);
        assertThat(cluster.replicas()).isEmpty();
    }

    @Test
    void theSameDeploymentAgainChangesNothing() {
        serve();
        assertThat(on(new DeploymentApplied(order(twoStages())))).isEmpty();
    }

    @Test
    void aNewReplicaWaitsALittleForNodesOfTheirOwn() {
        join(wide);
        on(new DeploymentApplied(order(twoStages())));
        assertThat(replica().state()).isEqualTo(ReplicaState.WAITING);
        pass(CONFIG.moves().spreadPatience());
        assertThat(replica().state()).isEqualTo(ReplicaState.LOADING);
    }

    // ---------------------------------------------------------------- steps

    private static final StagePhase LOADED = StagePhase.LOADED;

    private static DeploymentSpec twoStages() {
        return Specs.deployment(Collections.nCopies(4, Bytes.of(1000)), 500, 700, 1, 2);
    }

    private static Order order(DeploymentSpec spec) {
        return new Order(spec);
    }

    private List<ClusterAction> on(ClusterEvent event) {
        return reconciler.on(event, now);
    }

    private List<ClusterAction> join(NodeSnapshot node, HeldStage... held) {
        return on(new NodeJoined(node, ++sessions, List.of(held)));
    }

    private List<ClusterAction> leave(NodeSnapshot node, long session) {
        return on(new NodeLeft(node.id(), session));
    }

    private void beat(NodeSnapshot node, long session) {
        List<ReplicaUse> uses =
                cluster.replicasOn(node.id()).stream()
                        .map(it ->
                                new ReplicaUse(
                                        it.id(),
                                        it.epoch(),
                                        Instant.EPOCH,
                                        running,
                                        0,
                                        Duration.ZERO,
                                        0))
                        .toList();
        on(new Heartbeat(node.id(), session, uses));
    }

    /** Lets time pass while all connected nodes beat. */
    private List<ClusterAction> pass(Duration span) {
        var done = new ArrayList<ClusterAction>();
        Instant end = now.plus(span);
        while (now.isBefore(end)) {
            Instant next = now.plusMillis(500);
            now = next.isAfter(end) ? end : next;
            for (NodeStatus node : cluster.nodes()) {
                beat(node.snapshot(), node.session);
            }
            done.addAll(on(new Tick()));
        }
        return done;
    }

    private void serve() {
        join(a);
        join(b);
        on(new DeploymentApplied(order(twoStages())));
        loaded(0);
        loaded(1);
        probePassed();
        assertThat(replica().state()).isEqualTo(ReplicaState.SERVING);
    }

    private void restart() {
        var stored =
                new Cluster.Stored(
                        List.of(new Cluster.StoredNode(a, ""), new Cluster.StoredNode(b, "")),
                        cluster.deployments().stream()
                                .map(it -> new Deployment.Stored(it.order(), it.wanted()))
                                .toList(),
                        cluster.replicas().stream()
                                .map(it ->
                                        new Replica.Stored(
                                                it.id(), it.spec(), it.epoch(), it.assignments()))
                                .toList());
        cluster = new Cluster();
        cluster.restore(stored, now, CONFIG);
        reconciler = reconciler();
    }

    private HeldStage held(NodeSnapshot node) {
        int index = replica().stages().get(0).node().equals(node.id()) ? 0 : 1;
        return new HeldStage(id(), replica().epoch(), index, stage(index), LOADED);
    }

    private LayerRange stage(int index) {
        return replica().stages().get(index).assignment().layers();
    }

    private NodeSnapshot nodeOf(int index) {
        return cluster.node(replica().stages().get(index).node()).orElseThrow().snapshot();
    }

    private long sessionOf(NodeSnapshot node) {
        return cluster.node(node.id()).orElseThrow().session;
    }

    private List<ClusterAction> loaded(int index) {
        return on(
                new StageReported(
                        replica().stages().get(index).node(),
                        id(),
                        replica().epoch(),
                        index,
                        LOADED,
                        0,
                        0,
                        ""));
    }

    private ClusterEvent failed(Epoch epoch) {
        return new StageReported(
                replica().stages().getFirst().node(),
                id(),
                epoch,
                0,
                StagePhase.FAILED,
                0,
                0,
                "broken");
    }

    private List<ClusterAction> probePassed() {
        return on(
                new ProbeReported(
                        replica().stages().getFirst().node(), id(), replica().epoch(), true, ""));
    }

    private Replica replica() {
        return cluster.replicas().iterator().next();
    }

    private ReplicaId id() {
        return replica().id();
    }

    private NodeState state(NodeSnapshot node) {
        return cluster.node(node.id()).orElseThrow().snapshot().state();
    }

    private static int index(List<ClusterAction> actions, Class<?> kind) {
        for (int index = 0; index < actions.size(); index++) {
            if (kind.isInstance(actions.get(index))) {
                return index;
            }
        }
        return -1;
    }
}
