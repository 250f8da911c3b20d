package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.ItemCounts;
import assay.scheduler.core.queue.ItemState;
import assay.scheduler.core.queue.JobQueue;
import assay.scheduler.core.queue.JobStanding;
import assay.scheduler.core.queue.JobState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/** What Prometheus sees of batch jobs. Written by the job loop, read by any thread. */
final class JobMeters {
    private final Map<JobState, AtomicLong> jobs = new EnumMap<>(JobState.class);
    private final Map<ItemState, AtomicLong> items = new EnumMap<>(ItemState.class);
    private final Map<ItemState, Counter> ends = new EnumMap<>(ItemState.class);
    private final AtomicLong workers;
    private final Counter begun;
    private final Counter expired;
    private final Counter refused;

    JobMeters(MeterRegistry registry) {
        for (JobState state : new JobState[] {JobState.ACTIVE, JobState.PAUSED}) {
            jobs.put(state, gauge(registry, "assay.scheduler.batch.jobs", state));
        }
        for (ItemState state : ItemState.values()) {
            switch (state) {
                case WAITING, DELAYED, RUNNING ->
                        items.put(state, gauge(registry, "assay.scheduler.batch.items", state));
                case DONE, DEAD -> {}
            }
            switch (state) {
                case DELAYED, DONE, DEAD ->
                        ends.put(
                                state,
                                registry.counter(
                                        "assay.scheduler.batch.ends", "to", JobStore.lower(state)));
                case WAITING, RUNNING -> {}
            }
        }
        workers = registry.gauge("assay.scheduler.batch.workers", new AtomicLong());
        begun = registry.counter("assay.scheduler.batch.claims");
        expired = registry.counter("assay.scheduler.batch.leases.expired");
        refused = registry.counter("assay.scheduler.batch.results.refused");
    }

    private static AtomicLong gauge(MeterRegistry registry, String name, Enum<?> state) {
        var value = new AtomicLong();
        registry.gauge(name, Tags.of("state", JobStore.lower(state)), value);
        return value;
    }

    void begun(int number) {
        begun.increment(number);
    }

    void ended(ItemState state) {
        Counter counter = ends.get(state);
        if (counter != null) {
            counter.increment();
        }
    }

    void expired() {
        expired.increment();
    }

    void refused() {
        refused.increment();
    }

    void count(JobQueue queue, int workerCount) {
        workers.set(workerCount);
        Collection<JobStanding> standings = queue.standings();
        jobs.forEach((state, value) ->
                value.set(standings.stream().filter(it -> it.state() == state).count()));
        items.forEach((state, value) -> {
            ToLongFunction<ItemCounts> part =
                    switch (state) {
                        case WAITING -> ItemCounts::waiting;
                        case DELAYED -> ItemCounts::delayed;
                        case RUNNING -> ItemCounts::running;
                        case DONE -> ItemCounts::done;
                        case DEAD -> ItemCounts::dead;
                    };
            value.set(standings.stream().map(JobStanding::counts).mapToLong(part).sum());
        });
    }
}
