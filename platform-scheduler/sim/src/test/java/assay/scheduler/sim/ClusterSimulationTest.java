package assay.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.reconcile.ReplicaTable;
import assay.scheduler.sim.Simulation.Weather;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ClusterSimulationTest {
    private static final long FIRST_SEED = Long.getLong("assay.seed", 1);
    private static final int RUNS = Integer.getInteger("assay.runs", 30);
    private static final Bytes MEMORY = Bytes.of(120_000_000);

    @Test
    void everyStormEndsWithAllReplicasServingAndEveryTransitionIsSeen() {
        var visited = new HashSet<ReplicaTable.Cell>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            try {
                visited.addAll(storm(seed).visited());
            } catch (IllegalStateException | AssertionError e) {
                throw new AssertionError("replay with -Dassay.runs=1 -Dassay.seed=" + seed, e);
            }
        }
        if (RUNS > 1) {
            assertThat(visited).isEqualTo(ReplicaTable.cells().keySet());
        }
    }

    private static Simulation storm(long seed) {
        var simulation = new Simulation(seed, 6, MEMORY);
        simulation.startAll();
        simulation.deploy(deployment(1, 2, 2));
        simulation.deploy(deployment(2, 1, 0));
        simulation.deploy(deployment(3, 1, 3));
        simulation.run(Duration.ofMinutes(10), Weather.STORM);
        simulation.startAll();
        simulation.run(Duration.ofMinutes(6), Weather.CALM);
        assertThat(simulation.allServe()).as(simulation::describe).isTrue();
        return simulation;
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
