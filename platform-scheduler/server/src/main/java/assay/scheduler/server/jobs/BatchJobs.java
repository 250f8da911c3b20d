package assay.scheduler.server.jobs;

import assay.scheduler.server.LastResort;
import assay.scheduler.server.lease.Fence;
import io.grpc.BindableService;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** Batch jobs for the time of one term: the loop and its services. Thread-safe. */
public final class BatchJobs {
    private final JobLoop loop;
    private final List<BindableService> services;

    /**
     * What batch jobs need of the world.
     *
     * @param fence of the term
     * @param chance spreads the waits before further tries
     */
    public record World(
            JdbcClient database,
            TransactionTemplate transaction,
            Fence fence,
            JsonMapper json,
            MeterRegistry registry,
            InstantSource clock,
            RandomGenerator chance,
            LastResort lastResort) {}

    /** Does not run yet. */
    public BatchJobs(JobsConfig config, World world) {
        var reads = new JobReads(world.database(), world.transaction());
        var control =
                new JobControl(
                        new JobStore(world.database(), world.fence()),
                        new Workers(reads::header, world.fence().epoch()),
                        new JobMeters(world.registry()),
                        config,
                        world.chance());
        loop = new JobLoop(config.mailboxCapacity(), control, world.clock(), world.lastResort());
        Gauge.builder("assay.scheduler.batch.letters", loop, JobLoop::depth)
                .register(world.registry());
        var messages = new JobMessages(world.json());
        var submissions = new Submissions(world.database());
        services =
                List.of(
                        new JobsService(loop, reads, submissions, messages, config, world.clock()),
                        new JobWorkService(loop, messages));
    }

    /** What the port offers. */
    public List<BindableService> services() {
        return services;
    }

    public void start() {
        loop.start();
    }

    /** Leases go on: who takes over finds them. */
    public void stop() {
        loop.stop();
    }
}
