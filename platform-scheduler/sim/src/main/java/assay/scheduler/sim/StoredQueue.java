package assay.scheduler.sim;

import assay.scheduler.core.queue.Ending;
import assay.scheduler.core.queue.ItemCounts;
import assay.scheduler.core.queue.ItemState;
import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.JobQueue;
import assay.scheduler.core.queue.JobSpec;
import assay.scheduler.core.queue.JobStanding;
import assay.scheduler.core.queue.JobState;
import assay.scheduler.core.queue.Lease;
import assay.scheduler.core.queue.LeaseId;
import assay.scheduler.core.queue.QueueConfig;
import assay.scheduler.core.queue.Settlement;
import assay.scheduler.core.queue.TenantAccount;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.core.queue.WorkerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of batch jobs in the database of the simulated scheduler: they survive it. An item is
 * counted as done by whoever stores its result under its newest lease. Single-threaded.
 */
final class StoredQueue {
    /** One item. */
    static final class Row {
        ItemState state = ItemState.WAITING;
        int failures;
        int results;
        @Nullable LeaseId lease;
        @Nullable WorkerId worker;
        Instant notBefore = Instant.MIN;
    }

    private record StoredJob(JobSpec spec, List<Row> rows) {}

    private final Map<JobId, StoredJob> jobs = new TreeMap<>();
    private final Map<JobId, JobStanding> standings = new TreeMap<>();
    private final Map<TenantId, TenantAccount> accounts = new TreeMap<>();

    void submit(JobSpec spec, int items) {
        var rows = new ArrayList<Row>();
        for (int index = 0; index < items; index++) {
            rows.add(new Row());
        }
        jobs.put(spec.id(), new StoredJob(spec, rows));
    }

    void save(Collection<JobStanding> changed) {
        changed.forEach(it -> standings.put(it.id(), it));
    }

    void save(TenantAccount account) {
        accounts.put(account.tenant(), account);
    }

    Collection<JobId> jobs() {
        return jobs.keySet();
    }

    JobSpec spec(JobId job) {
        return stored(job).spec();
    }

    private StoredJob stored(JobId job) {
        StoredJob stored = jobs.get(job);
        if (stored == null) {
            throw new IllegalStateException("job " + job + " was never stored");
        }
        return stored;
    }

    JobStanding standing(JobId job) {
        JobStanding standing = standings.get(job);
        if (standing == null) {
            throw new IllegalStateException("job " + job + " has no standing");
        }
        return standing;
    }

    List<Row> rows(JobId job) {
        return stored(job).rows();
    }

    /** The first item of the job that waits is begun. */
    int begin(JobId job, LeaseId lease, WorkerId worker) {
        List<Row> rows = rows(job);
        for (int index = 0; index < rows.size(); index++) {
            Row row = rows.get(index);
            if (row.state == ItemState.WAITING) {
                row.state = ItemState.RUNNING;
                row.lease = lease;
                row.worker = worker;
                return index;
            }
        }
        throw new IllegalStateException("job " + job + " was given a turn without an item");
    }

    /** Stores what the queue settled, under the lease. */
    void end(Settlement settlement, Ending ending) {
        Lease lease = settlement.lease();
        Row row = rows(lease.job()).get((int) lease.index());
        if (row.state != ItemState.RUNNING || !lease.id().equals(row.lease)) {
            throw new IllegalStateException("the queue settled a lease that its row does not have");
        }
        row.state = settlement.state();
        row.failures = settlement.failures();
        row.notBefore = settlement.notBefore();
        row.results += ending instanceof Ending.Done ? 1 : 0;
    }

    /** Delayed items that are due wait again. */
    int due(JobId job, Instant now) {
        int items = 0;
        for (Row row : rows(job)) {
            if (row.state == ItemState.DELAYED && !row.notBefore.isAfter(now)) {
                row.state = ItemState.WAITING;
                items++;
            }
        }
        return items;
    }

    Instant nextTry(JobId job) {
        return rows(job).stream()
                .filter(row -> row.state == ItemState.DELAYED)
                .map(row -> row.notBefore)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }

    int revive(JobId job) {
        int items = 0;
        for (Row row : rows(job)) {
            if (row.state == ItemState.DEAD) {
                row.state = ItemState.WAITING;
                row.failures = 0;
                items++;
            }
        }
        return items;
    }

    /** How many of a job's items are where, counted one by one. */
    ItemCounts counted(JobId job) {
        var counts = new EnumMap<ItemState, Long>(ItemState.class);
        for (Row row : rows(job)) {
            counts.merge(row.state, 1L, Long::sum);
        }
        return new ItemCounts(
                counts.getOrDefault(ItemState.WAITING, 0L),
                counts.getOrDefault(ItemState.DELAYED, 0L),
                counts.getOrDefault(ItemState.RUNNING, 0L),
                counts.getOrDefault(ItemState.DONE, 0L),
                counts.getOrDefault(ItemState.DEAD, 0L));
    }

    boolean isOpen(JobId job) {
        JobState state = standing(job).state();
        return !state.isOver();
    }

    /** A queue as a new scheduler would build it. */
    JobQueue restore(QueueConfig config, Random chance, Instant now) {
        var queue = new JobQueue(config, chance);
        queue.restore(accounts.values());
        for (StoredJob job : jobs.values()) {
            JobId id = job.spec().id();
            if (!isOpen(id)) {
                continue;
            }
            queue.restore(standing(id), job.spec(), nextTry(id), now);
        }
        for (StoredJob job : jobs.values()) {
            if (isOpen(job.spec().id())) {
                restoreLeases(queue, job, now);
            }
        }
        queue.restored(now);
        return queue;
    }

    private static void restoreLeases(JobQueue queue, StoredJob job, Instant now) {
        for (int index = 0; index < job.rows().size(); index++) {
            Row row = job.rows().get(index);
            LeaseId lease = row.lease;
            WorkerId worker = row.worker;
            if (row.state == ItemState.RUNNING && lease != null && worker != null) {
                queue.restore(
                        new Lease(lease, job.spec().id(), index, row.failures, worker, Instant.MIN),
                        now);
            }
        }
    }
}
