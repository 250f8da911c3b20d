package assay.scheduler.sim;

import static assay.scheduler.core.reconcile.Replacement.RECREATE_ALLOWED;
import static assay.scheduler.core.reconcile.Replacement.SURGE;
import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom.Step;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.NodeTable;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.ReconcileConfig.Drains;
import assay.scheduler.core.reconcile.ReconcileConfig.Moves;
import assay.scheduler.core.reconcile.ReconcileConfig.Nodes;
import assay.scheduler.core.reconcile.ReconcileConfig.Probes;
import assay.scheduler.core.reconcile.ReconcileConfig.Room;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaTable;
import assay.scheduler.core.reconcile.Scaling;
import assay.scheduler.sim.Simulation.Weather;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ClusterSimulationTest {
    private static final long FIRST_SEED = Long.getLong("assay.seed", 1);
    private static final int RUNS = Integer.getInteger("assay.runs", 15);
    private static final Bytes MEMORY = Bytes.of(1_400_000_000);

    /** Gives places of hanging loads back within a storm. */
    private static final ReconcileConfig HASTY =
            new ReconcileConfig(
                    Nodes.DEFAULTS,
                    new Moves(
                            Duration.ofSeconds(60),
                            Duration.ofSeconds(15),
                            Duration.ofSeconds(20),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(60),
                            3,
                            Duration.ofSeconds(30),
                            64),
                    Probes.DEFAULTS,
                    Drains.DEFAULTS,
                    new Room(true, Duration.ofSeconds(5), Duration.ofSeconds(20), 3));

    @Test
    void everyStormEndsWithAllReplicasServingAndEveryTransitionIsSeen() {
        var visited = new HashSet<ReplicaTable.Cell>();
        var visitedOfNodes = new HashSet<NodeTable.Cell>();
        visited.addAll(drainedWithoutRoom().visited());
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            try {
                Simulation simulation = storm(seed);
                visited.addAll(simulation.visited());
                visitedOfNodes.addAll(simulation.visitedOfNodes());
            } catch (IllegalStateException | AssertionError e) {
                throw new AssertionError("replay with -Dassay.runs=1 -Dassay.seed=" + seed, e);
            }
        }
        if (RUNS > 1) {
            assertThat(visited).containsExactlyInAnyOrderElementsOf(ReplicaTable.cells().keySet());
            assertThat(visitedOfNodes)
                    .containsAll(
                            NodeTable.cells().entrySet().stream()
                                    .filter(it -> it.getKey().state() != it.getValue())
                                    .map(Map.Entry::getKey)
                                    .toList());
        }
    }

    private static Simulation storm(long seed) {
        var simulation = new Simulation(seed, 10, MEMORY, HASTY);
        simulation.startAll();
        simulation.deploy(deployment(1, 2, 2));
        simulation.deploy(new Order(deployment(2, 1, 0), Optional.of(resting()), SURGE));
        simulation.deploy(new Order(deployment(3, 1, 3), Optional.empty(), RECREATE_ALLOWED));
        PlacementRules rules = ofAcme();
        simulation.deploy(deployment(4, 1, 2).ruled(10, rules));
        simulation.ask(5);
        simulation.run(Duration.ofMinutes(10), Weather.STORM);
        simulation.repair();
        simulation.deploy(deployment(4, 1, 2).ruled(10, rules));
        simulation.ask(2);
        simulation.run(Duration.ofMinutes(8), Weather.CALM);
        assertThat(simulation.unfinished()).as(simulation::describe).isZero();
        assertThat(simulation.allServe()).as(simulation::describe).isTrue();
        return simulation;
    }

    @Test
    void aNodeIsDrainedStageByStageWhereThereIsNoRoomForAnotherReplica() {
        Simulation simulation = drainedWithoutRoom();
        assertThat(simulation.resent()).isZero();
        assertThat(simulation.unfinished()).isZero();
    }

    /** Three nodes of which each takes one stage of two: a whole second replica finds no room. */
    private static Simulation drainedWithoutRoom() {
        var simulation = new Simulation(5, 3, Bytes.of(600_000_000));
        simulation.startAll();
        simulation.deploy(deployment(1, 1, 2));
        simulation.run(Duration.ofSeconds(20), Weather.CALM);
        simulation.ask(4);
        Replica replica = simulation.cluster().replicas().iterator().next();
        var tail = replica.stages().getLast().node();
        simulation.operate(new DutySet(tail, NodeDuty.DRAINING, "upkeep", Duration.ZERO));
        simulation.run(Duration.ofMinutes(2), Weather.CALM);
        assertThat(simulation.allServe()).as(simulation::describe).isTrue();
        assertThat(simulation.cluster().replicasOn(tail)).isEmpty();
        return simulation;
    }

    private static Scaling resting() {
        return new Scaling(0, 2, Duration.ZERO, 0, Duration.ofSeconds(30), Duration.ofMinutes(1));
    }

    @Test
    void equalSeedsMakeEqualRuns() {
        assertThat(storm(7).events()).isEqualTo(storm(7).events());
    }

    @Test
    void inCalmWeatherAllServeWithinSeconds() {
        var simulation = new Simulation(3, 2, MEMORY);
        simulation.startAll();
        simulation.deploy(deployment(1, 1, 2));
        simulation.run(Duration.ofSeconds(10), Weather.CALM);
        assertThat(simulation.allServe()).as(simulation::describe).isTrue();
    }

    @Test
    void noRequestIsCutOffByChangesAndDrains() {
        for (long seed = 1; seed <= 10; seed++) {
            var simulation = new Simulation(seed, 8, MEMORY);
            simulation.startAll();
            simulation.deploy(deployment(1, 2, 2));
            simulation.deploy(deployment(2, 1, 0));
            simulation.run(Duration.ofMinutes(1), Weather.CALM);
            simulation.ask(20);
            simulation.run(Duration.ofMinutes(10), Weather.BUSY);
            assertThat(simulation.resent()).as("seed " + seed).isZero();
            assertThat(simulation.finished()).isGreaterThan(40);
        }
    }

    @Test
    void roomIsMadeAndNoRequestIsCutOffWhateverTheSeed() {
        long made = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            made += inPieces(seed);
        }
        assertThat(made).isGreaterThanOrEqualTo(RUNS > 1 ? RUNS / 2 : 0);
    }

    /** Small deployments come and go at random, and large ones find the rest in pieces. */
    private static long inPieces(long seed) {
        var random = new Random(seed);
        var simulation = new Simulation(seed, 4, Bytes.of(6_000_000_000L), HASTY);
        simulation.startAll();
        for (int number = 1; number <= 18; number++) {
            simulation.deploy(ofWeight(number, 600_000_000 + random.nextInt(500_000_000)));
            simulation.run(Duration.ofSeconds(1), Weather.CALM);
        }
        simulation.run(Duration.ofSeconds(20), Weather.CALM);
        for (int number = 1; number <= 18; number++) {
            if (random.nextBoolean()) {
                simulation.remove(ofWeight(number, 1).id());
            }
        }
        simulation.ask(3);
        for (int number = 20; number < 24; number++) {
            simulation.deploy(ofWeight(number, 1_500_000_000L + random.nextInt(1_500_000_000)));
            simulation.run(Duration.ofSeconds(30), Weather.CALM);
            simulation.ask(1);
        }
        simulation.run(Duration.ofMinutes(4), Weather.CALM);
        assertThat(simulation.resent()).as("seed " + seed).isZero();
        assertThat(simulation.makesRoom()).as("every plan ends, seed " + seed).isFalse();
        return simulation.plans(Step.MADE);
    }

    /** Of one stage, by the bytes of its layers; its card holds workspace and cache besides. */
    private static DeploymentSpec ofWeight(int number, long bytes) {
        DeploymentSpec like = deployment(number, 1, 1);
        var layout =
                new ModelLayout(
                        Bytes.ZERO,
                        Collections.nCopies(8, Bytes.of(bytes / 8)),
                        Bytes.ZERO,
                        new LayerCache(Bytes.of(1024), Bytes.of(512), 0),
                        384,
                        1536);
        return new DeploymentSpec(
                like.id(),
                like.name(),
                like.version(),
                layout,
                1,
                1,
                like.kvTokens(),
                like.maxSequences(),
                like.precision(),
                0,
                number % 3 == 0 ? ofAcme() : PlacementRules.ANYWHERE);
    }

    /** Three cards at most, also while one of its replicas moves. */
    private static PlacementRules ofAcme() {
        return new PlacementRules(
                Map.of(),
                Set.of(),
                Set.of(),
                false,
                PlacementRules.ANYWHERE.apart(),
                new TenantQuota("acme", 3));
    }

    private static DeploymentSpec deployment(int number, int replicas, int stages) {
        var layout =
                new ModelLayout(
                        Bytes.of(2_000_000),
                        Collections.nCopies(8, Bytes.of(3_000_000)),
                        Bytes.of(2_000_000),
                        new LayerCache(Bytes.of(1024), Bytes.of(512), 0),
                        384,
                        1536);
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, number)),
                "deployment-" + number,
                new VersionId(new UUID(4, number)),
                layout,
                replicas,
                stages,
                1024,
                4,
                Precision.EXACT);
    }
}
