package assay.scheduler.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.Specs;
import assay.scheduler.core.reconcile.ClusterAction.Scaled;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentWanted;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What becomes of whole deployments; agents answer at once and well. */
class RolloutTest extends AnsweredReconciler {
    /** Room for one stage of two, and for no other. */
    private static final long ONE_STAGE = 6_000;

    private static final ReconcileConfig CONFIG = ReconcileConfig.DEFAULTS;

    RolloutTest() {
        super(CONFIG);
    }

    @Test
    void aChangeServesBeforeTheOldOneGoesAndTheOldOneFinishes() {
        nodes(4, ONE_STAGE);
        apply(order(version(1), 1));
        Replica old = only();
        running = 1;
        apply(order(version(2), 1));
        pass(Duration.ofSeconds(1));
        assertThat(old.state()).isEqualTo(ReplicaState.DRAINING);
        assertThat(serving())
                .singleElement()
                .satisfies(it -> assertThat(it.spec().version()).isEqualTo(version(2)));
        pass(Duration.ofMinutes(5));
        assertThat(cluster.replicas()).as("its request still runs").contains(old);
        running = 0;
        pass(Duration.ofSeconds(5));
        assertThat(cluster.replicas()).hasSize(1);
    }

    @Test
    void whatDrainsWithoutOneOfItsStagesIsLetGo() {
        nodes(4, ONE_STAGE);
        apply(order(version(1), 1));
        Replica old = only();
        running = 1;
        apply(order(version(2), 1));
        pass(Duration.ofSeconds(1));
        assertThat(old.state()).isEqualTo(ReplicaState.DRAINING);
        NodeId head = old.stages().getFirst().node();
        on(new StageSilent(head, old.id(), old.epoch(), 1, Duration.ofSeconds(4), "no step"));
        assertThat(cluster.replicas()).doesNotContain(old);
    }

    @Test
    void aReplicaIsLetGoAtTheBoundHoweverMuchItHasToDo() {
        nodes(4, ONE_STAGE);
        apply(order(version(1), 1));
        running = 1;
        apply(order(version(2), 1));
        pass(CONFIG.drains().bound().plusSeconds(2));
        assertThat(cluster.replicas()).hasSize(1);
    }

    @Test
    void withoutRoomForBothASurgeWaitsAndSaysSo() {
        nodes(2, ONE_STAGE);
        apply(order(version(1), 1));
        apply(order(version(2), 1));
        pass(Duration.ofMinutes(10));
        assertThat(serving())
                .singleElement()
                .satisfies(it -> assertThat(it.spec().version()).isEqualTo(version(1)));
        assertThat(cluster.replicas())
                .filteredOn(it -> it.state() == ReplicaState.WAITING)
                .singleElement()
                .satisfies(it ->
                        assertThat(it.reason().inWords())
                                .startsWith("no room beside the replicas"));
        nodes(4, ONE_STAGE);
        pass(Duration.ofSeconds(10));
        assertThat(only().spec().version()).isEqualTo(version(2));
    }

    @Test
    void whereAGapIsAllowedTheOldOneGoesFirst() {
        nodes(2, ONE_STAGE);
        apply(order(version(1), 1));
        apply(new Order(spec(version(2), 1), Optional.empty(), Replacement.RECREATE_ALLOWED));
        pass(CONFIG.moves().spreadPatience().plusSeconds(10));
        assertThat(only().spec().version()).isEqualTo(version(2));
        assertThat(only().state()).isEqualTo(ReplicaState.SERVING);
    }

    @Test
    void replicasOfAChangedDeploymentAreReplacedOneByOne() {
        nodes(8, ONE_STAGE);
        apply(order(version(1), 3));
        apply(order(version(2), 3));
        for (int step = 0; step < 60; step++) {
            assertThat(serving()).hasSizeGreaterThanOrEqualTo(3);
            pass(Duration.ofMillis(500));
        }
        assertThat(cluster.replicas())
                .hasSize(3)
                .allSatisfy(it -> assertThat(it.spec().version()).isEqualTo(version(2)));
    }

    @Test
    void aDrainedNodeIsLeftByServingElsewhereFirst() {
        nodes(4, ONE_STAGE);
        apply(order(version(1), 1));
        Replica old = only();
        NodeId drained = old.stages().getFirst().node();
        on(new DutySet(drained, NodeDuty.DRAINING, "upkeep", Duration.ofSeconds(30)));
        running = 1;
        pass(Duration.ofSeconds(2));
        assertThat(serving()).hasSize(1).doesNotContain(old);
        assertThat(old.reason().inWords()).contains("drained");
        pass(Duration.ofSeconds(30));
        assertThat(cluster.replicasOn(drained)).as("the bound of the drain passed").isEmpty();
    }

    @Test
    void aHigherPriorityTakesTheRoomOfALowerOneWhenThatHasFinished() {
        nodes(2, ONE_STAGE);
        apply(order(version(1), 1));
        running = 1;
        DeploymentSpec high = other(spec(version(5), 1)).ruled(5, spec(version(5), 1).rules());
        apply(new Order(high));
        pass(Duration.ofSeconds(30));
        assertThat(cluster.replicasOf(high.id()).getFirst().reason().inWords())
                .contains("lower priority");
        running = 0;
        pass(Duration.ofSeconds(30));
        assertThat(serving())
                .singleElement()
                .satisfies(it -> assertThat(it.deployment()).isEqualTo(high.id()));
        assertThat(cluster.replicasOf(spec(version(1), 1).id()))
                .singleElement()
                .satisfies(it -> assertThat(it.state()).isEqualTo(ReplicaState.WAITING));
    }

    @Test
    void replicasComeWhenRequestsWaitAndGoWhenNothingIsToBeDone() {
        nodes(6, ONE_STAGE);
        apply(scaled(1, 3));
        waiting = 2;
        running = 4;
        pass(Duration.ofSeconds(65));
        assertThat(wanted()).isEqualTo(2);
        waiting = 0;
        kvUse = 0.9;
        pass(Duration.ofSeconds(61));
        assertThat(wanted()).isEqualTo(3);
        kvUse = 0.6;
        pass(Duration.ofMinutes(5));
        assertThat(wanted()).as("neither high nor low").isEqualTo(3);
        kvUse = 0.1;
        pass(Duration.ofSeconds(130));
        assertThat(wanted()).isEqualTo(1);
        assertThat(done)
                .filteredOn(Scaled.class::isInstance)
                .extracting(it -> ((Scaled) it).to())
                .containsExactly(2, 3, 2, 1);
    }

    @Test
    void aDeploymentRestsAtZeroAndComesBackOnDemand() {
        nodes(2, ONE_STAGE);
        apply(scaled(0, 1));
        pass(Duration.ofMinutes(11));
        assertThat(wanted()).isZero();
        assertThat(cluster.replicas()).isEmpty();
        on(new DeploymentWanted(spec(version(1), 1).id()));
        pass(Duration.ofSeconds(2));
        assertThat(serving()).hasSize(1);
        running = 1;
        pass(Duration.ofMinutes(30));
        assertThat(wanted()).as("requests run").isEqualTo(1);
    }

    @Test
    void aPlanChangesNothing() {
        nodes(2, ONE_STAGE);
        assertThat(reconciler.plan(spec(version(1), 1)))
                .isInstanceOf(PlacementDecision.Placed.class);
        apply(order(version(1), 1));
        assertThat(reconciler.plan(other(spec(version(1), 1))))
                .isInstanceOf(PlacementDecision.Waiting.class);
        assertThat(cluster.replicas()).hasSize(1);
    }

    // ---------------------------------------------------------------- steps

    private static VersionId version(int number) {
        return new VersionId(new UUID(4, number));
    }

    private static DeploymentSpec spec(VersionId version, int replicas) {
        DeploymentSpec like =
                Specs.deployment(Collections.nCopies(4, Bytes.of(1000)), 500, 700, 1, 2);
        return new DeploymentSpec(
                like.id(),
                like.name(),
                version,
                like.layout(),
                replicas,
                like.stages(),
                like.kvTokens(),
                like.maxSequences(),
                like.precision());
    }

    private static DeploymentSpec other(DeploymentSpec like) {
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, 99)),
                "other",
                like.version(),
                like.layout(),
                like.replicas(),
                like.stages(),
                like.kvTokens(),
                like.maxSequences(),
                like.precision());
    }

    private static Order order(VersionId version, int replicas) {
        return new Order(spec(version, replicas));
    }

    private static Order scaled(int min, int max) {
        var scaling =
                new Scaling(
                        min,
                        max,
                        Duration.ofSeconds(2),
                        0.8,
                        Duration.ofSeconds(60),
                        Duration.ofMinutes(10));
        return new Order(spec(version(1), 1), Optional.of(scaling), Replacement.SURGE);
    }

    private int wanted() {
        return cluster.deployments().iterator().next().wanted();
    }
}
