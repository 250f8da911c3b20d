package assay.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import assay.scheduler.core.queue.JobEvent;
import assay.scheduler.core.queue.JobSpec;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.sim.QueueSimulation.Weather;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class QueueSimulationTest {
    private static final long FIRST_SEED = Long.getLong("assay.seed", 1);
    private static final int RUNS = Integer.getInteger("assay.runs", 20);

    @Test
    void everyStormEndsWithAllJobsOverAndNothingLostOrDoneTwice() {
        var visited = EnumSet.noneOf(JobEvent.class);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            try {
                visited.addAll(storm(seed).visited());
            } catch (IllegalStateException | AssertionError e) {
                throw new AssertionError("replay with -Dassay.runs=1 -Dassay.seed=" + seed, e);
            }
        }
        if (RUNS > 1) {
            assertThat(visited).isEqualTo(EnumSet.complementOf(EnumSet.of(JobEvent.ALL_ENDED)));
        }
    }

    private static QueueSimulation storm(long seed) {
        var simulation = new QueueSimulation(seed, 3);
        TenantId one = simulation.tenant(1, 1, 0);
        TenantId two = simulation.tenant(2, 2, 3);
        TenantId three = simulation.tenant(3, 4, 0);
        simulation.startAll();
        simulation.submit(one, 120, "proofs", JobSpec.NO_DEADLINE);
        simulation.submit(two, 120, "", JobSpec.NO_DEADLINE);
        simulation.submit(three, 120, "code", JobSpec.NO_DEADLINE);
        simulation.run(Duration.ofSeconds(20), Weather.STORM);
        simulation.submit(three, 60, "proofs", simulation.now().plusSeconds(15));
        simulation.submit(one, 30, "code", JobSpec.NO_DEADLINE);
        simulation.run(Duration.ofMinutes(4), Weather.STORM);
        simulation.startAll();
        simulation.resumeAll();
        simulation.run(Duration.ofMinutes(12), Weather.CALM);
        assertThat(simulation.allOver()).as(simulation::describe).isTrue();
        return simulation;
    }

    @Test
    void equalSeedsMakeEqualRuns() {
        QueueSimulation one = storm(7);
        QueueSimulation two = storm(7);
        assertThat(one.events()).isEqualTo(two.events());
        assertThat(one.describe()).isEqualTo(two.describe());
    }

    @Test
    void sharesFollowWeightsWhileAllHaveWorkThoughGatewaysFailAndDie() {
        var simulation = new QueueSimulation(11, 4);
        var tenants = new TenantId[3];
        for (int index = 0; index < 3; index++) {
            tenants[index] = simulation.tenant(index + 1, 1 << index, 0);
            simulation.submit(tenants[index], 20_000, "proofs", JobSpec.NO_DEADLINE);
        }
        simulation.startAll();
        simulation.run(Duration.ofMinutes(10), new Weather(0.002, 0.05, Duration.ofHours(2)));
        double all = 0;
        for (TenantId tenant : tenants) {
            all += simulation.done(tenant);
        }
        assertThat(all).isGreaterThan(4_000);
        for (int index = 0; index < 3; index++) {
            double fair = all * (1 << index) / 7;
            assertThat(simulation.done(tenants[index]) / fair).isCloseTo(1, within(0.05));
        }
    }
}
