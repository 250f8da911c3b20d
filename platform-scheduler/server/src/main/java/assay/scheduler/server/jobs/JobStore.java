package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.ItemCounts;
import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.JobKind;
import assay.scheduler.core.queue.JobSpec;
import assay.scheduler.core.queue.JobStanding;
import assay.scheduler.core.queue.JobState;
import assay.scheduler.core.queue.Lease;
import assay.scheduler.core.queue.LeaseId;
import assay.scheduler.core.queue.TenantAccount;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.core.queue.WorkerId;
import assay.scheduler.server.lease.Fence;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.SqlArrayValue;

/**
 * The rows of the queue: what the loop reads at its start and writes in each round. Nothing here
 * names a tenant: policies let the scheduler see all of them. Methods that write are to be called
 * within {@link #write}. Confined to the loop.
 */
final class JobStore {
    private final JdbcClient database;
    private final Fence fence;

    JobStore(JdbcClient database, Fence fence) {
        this.database = database;
        this.fence = fence;
    }

    /** Everything the work writes, or nothing, under the fence of the term. */
    <T> T write(Supplier<T> work) {
        return fence.write(work);
    }

    // ---------------------------------------------------------------- at the start

    /** Throws away what was being received when the last scheduler ended. */
    void discardReceiving() {
        database.sql("delete from batch_jobs where state = 'receiving'").update();
    }

    List<TenantAccount> tenants() {
        return database.sql("select * from batch_tenants")
                .query((row, number) ->
                        new TenantAccount(
                                new TenantId(row.getObject("tenant_id", UUID.class)),
                                row.getDouble("weight"),
                                row.getInt("most_running"),
                                row.getDouble("charged"),
                                row.getLong("items"),
                                row.getDouble("worked_seconds"),
                                row.getLong("tokens")))
                .list();
    }

    /** A job and how far it is. */
    record StoredJob(JobSpec spec, JobStanding standing) {}

    List<StoredJob> openJobs() {
        return database.sql("select * from batch_jobs where state in ('active', 'paused')")
                .query((row, number) -> job(row))
                .list();
    }

    /** Any job that was received as a whole. */
    Optional<StoredJob> job(JobId id) {
        return database.sql("select * from batch_jobs where id = :id and state <> 'receiving'")
                .param("id", id.value())
                .query((row, number) -> job(row))
                .optional();
    }

    private static StoredJob job(ResultSet row) throws SQLException {
        var id = new JobId(row.getObject("id", UUID.class));
        var tenant = new TenantId(row.getObject("tenant_id", UUID.class));
        Timestamp deadline = row.getTimestamp("deadline");
        var spec =
                new JobSpec(
                        id,
                        tenant,
                        JobKind.valueOf(upper(row.getString("kind"))),
                        row.getString("model"),
                        row.getInt("priority"),
                        deadline == null ? JobSpec.NO_DEADLINE : deadline.toInstant(),
                        row.getLong("turn"),
                        row.getInt("max_attempts"));
        var counts =
                new ItemCounts(
                        row.getLong("waiting"),
                        row.getLong("delayed"),
                        row.getLong("running"),
                        row.getLong("done"),
                        row.getLong("dead"));
        var state = JobState.valueOf(upper(row.getString("state")));
        return new StoredJob(
                spec, new JobStanding(id, tenant, state, counts, row.getLong("tokens")));
    }

    /** What is under way of jobs that are not over; until when is for the queue to say. */
    List<Lease> leases() {
        return database.sql(
                        """
                        select i.job_id, i.item_index, i.lease_id, i.worker_id, i.failures
                        from batch_items i join batch_jobs j on j.id = i.job_id
                        where i.state = 'running' and j.state in ('active', 'paused')
                        """)
                .query((row, number) ->
                        new Lease(
                                new LeaseId(row.getObject("lease_id", UUID.class)),
                                new JobId(row.getObject("job_id", UUID.class)),
                                row.getLong("item_index"),
                                row.getInt("failures"),
                                new WorkerId(row.getObject("worker_id", UUID.class)),
                                Instant.MIN))
                .list();
    }

    /** When the first delayed item of each job is due. */
    Map<JobId, Instant> nextTries() {
        var next = new HashMap<JobId, Instant>();
        database.sql(
                        """
                        select job_id, min(not_before) as next from batch_items
                        where state = 'delayed' group by job_id
                        """)
                .query(row -> {
                    next.put(
                            new JobId(row.getObject("job_id", UUID.class)),
                            row.getTimestamp("next").toInstant());
                });
        return next;
    }

    // ---------------------------------------------------------------- in a round

    /** A job that was received becomes one of the queue. */
    void activate(JobId job, long items, byte[] digest) {
        database.sql(
                        """
                        update batch_jobs set state = 'active', total = :items, waiting = :items,
                            digest = :digest, submitted_at = now()
                        where id = :id and state = 'receiving'
                        """)
                .param("items", items)
                .param("digest", digest)
                .param("id", job.value())
                .update();
    }

    /**
     * A lease that is to be given.
     *
     * @param from no item of the job before it waits
     */
    record Claim(LeaseId lease, JobId job, long from, WorkerId worker) {}

    /**
     * Begins the first items that wait, of each job as many as it has claims. Where fewer wait than
     * that, its last claims get none.
     */
    List<BegunItem> begin(List<Claim> claims) {
        return database.sql(
                        """
                        with given as (
                            select lease, job, worker,
                                row_number() over (partition by job order by place) as n
                            from unnest(:leases, :jobs, :workers)
                                with ordinality as given(lease, job, worker, place)),
                        wanted as (
                            select job, min(first) as first, count(*) as items
                            from unnest(:jobs, :froms) as wanted(job, first) group by job),
                        picked as (
                            select wanted.job, waiting.item_index
                            from wanted cross join lateral (
                                select item_index from batch_items
                                where job_id = wanted.job and state = 'waiting'
                                    and item_index >= wanted.first
                                order by item_index limit wanted.items
                                for update skip locked) as waiting),
                        numbered as (
                            select job, item_index,
                                row_number() over (partition by job order by item_index) as n
                            from picked)
                        update batch_items i set state = 'running', attempts = i.attempts + 1,
                            lease_id = given.lease, worker_id = given.worker, not_before = null
                        from numbered join given using (job, n)
                        where i.job_id = numbered.job and i.item_index = numbered.item_index
                        returning i.job_id, i.item_index, i.item_id, i.payload::text as payload,
                            i.attempts, i.failures, i.lease_id
                        """)
                .param("leases", uuids(claims, it -> it.lease().value()))
                .param("jobs", uuids(claims, it -> it.job().value()))
                .param("workers", uuids(claims, it -> it.worker().value()))
                .param("froms", longs(claims, Claim::from))
                .query((row, number) ->
                        new BegunItem(
                                new ItemKey(
                                        new JobId(row.getObject("job_id", UUID.class)),
                                        row.getLong("item_index"),
                                        new LeaseId(row.getObject("lease_id", UUID.class))),
                                row.getString("item_id"),
                                row.getString("payload"),
                                row.getInt("attempts"),
                                row.getInt("failures")))
                .list();
    }

    /**
     * Stores ends of tries, each only where its lease is still the item's newest.
     *
     * @return how many were; fewer than given means that the queue and its rows differ
     */
    int end(List<ItemEnd> ends, Instant now) {
        return database.sql(
                        """
                        update batch_items i set state = e.state, failures = e.failures,
                            not_before = e.not_before::timestamptz, output = e.output::json,
                            error_code = e.code, error_message = e.message, tokens = e.tokens,
                            ended_at = case when e.state in ('done', 'dead') then :now::timestamptz end
                        from unnest(:jobs, :indexes, :leases, :states, :failures, :tries,
                            :outputs, :codes, :messages, :tokens)
                            as e(job, index, lease, state, failures, not_before,
                                output, code, message, tokens)
                        where i.job_id = e.job and i.item_index = e.index
                            and i.lease_id = e.lease and i.state = 'running'
                        """)
                .param("now", Timestamp.from(now))
                .param("jobs", uuids(ends, it -> it.settlement().lease().job().value()))
                .param("indexes", longs(ends, it -> it.settlement().lease().index()))
                .param("leases", uuids(ends, it -> it.settlement().lease().id().value()))
                .param("states", texts(ends, it -> lower(it.settlement().state())))
                .param("failures", longs(ends, it -> (long) it.settlement().failures()))
                .param("tries", texts(ends, JobStore::notBefore))
                .param("outputs", texts(ends, ItemEnd::output))
                .param("codes", texts(ends, ItemEnd::code))
                .param("messages", texts(ends, ItemEnd::message))
                .param("tokens", longs(ends, ItemEnd::tokens))
                .update();
    }

    private static @Nullable String notBefore(ItemEnd end) {
        return switch (end.settlement().state()) {
            case DELAYED -> end.settlement().notBefore().toString();
            case WAITING, RUNNING, DONE, DEAD -> null;
        };
    }

    /** Delayed items whose time has come wait again. */
    int due(JobId job, Instant now) {
        return database.sql(
                        """
                        update batch_items set state = 'waiting', not_before = null
                        where job_id = :job and state = 'delayed' and not_before <= :now
                        """)
                .param("job", job.value())
                .param("now", Timestamp.from(now))
                .update();
    }

    /** When the first delayed item of the job is due. */
    Optional<Instant> nextTry(JobId job) {
        return database.sql(
                        """
                        select not_before from batch_items
                        where job_id = :job and state = 'delayed' order by not_before limit 1
                        """)
                .param("job", job.value())
                .query(Timestamp.class)
                .optional()
                .map(Timestamp::toInstant);
    }

    /**
     * Dead letters wait again, with all their tries.
     *
     * @param items their ids; empty for all
     */
    int revive(JobId job, Collection<String> items) {
        return database.sql(
                        """
                        update batch_items set state = 'waiting', failures = 0, ended_at = null
                        where job_id = :job and state = 'dead'
                            and (:all or item_id = any(:items))
                        """)
                .param("job", job.value())
                .param("all", items.isEmpty())
                .param("items", texts(List.copyOf(items), it -> it))
                .update();
    }

    void save(Collection<JobStanding> standings, Instant now) {
        List<JobStanding> all = List.copyOf(standings);
        database.sql(
                        """
                        update batch_jobs j set state = s.state, waiting = s.waiting,
                            delayed = s.delayed, running = s.running, done = s.done,
                            dead = s.dead, tokens = s.tokens,
                            started_at = coalesce(started_at,
                                case when s.running > 0 then :now::timestamptz end),
                            finished_at = case when s.state not in ('active', 'paused')
                                then coalesce(finished_at, :now::timestamptz) end
                        from unnest(:jobs, :states, :waiting, :delayed, :running, :done, :dead,
                            :tokens)
                            as s(job, state, waiting, delayed, running, done, dead, tokens)
                        where j.id = s.job
                        """)
                .param("now", Timestamp.from(now))
                .param("jobs", uuids(all, it -> it.id().value()))
                .param("states", texts(all, it -> lower(it.state())))
                .param("waiting", longs(all, it -> it.counts().waiting()))
                .param("delayed", longs(all, it -> it.counts().delayed()))
                .param("running", longs(all, it -> it.counts().running()))
                .param("done", longs(all, it -> it.counts().done()))
                .param("dead", longs(all, it -> it.counts().dead()))
                .param("tokens", longs(all, JobStanding::tokens))
                .update();
    }

    void saveTenants(List<TenantAccount> tenants) {
        database.sql(
                        """
                        insert into batch_tenants (tenant_id, weight, most_running, charged,
                            items, worked_seconds, tokens)
                        select * from unnest(:tenants, :weights, :most, :charged, :items,
                            :seconds, :tokens)
                        on conflict (tenant_id) do update set weight = excluded.weight,
                            most_running = excluded.most_running, charged = excluded.charged,
                            items = excluded.items, worked_seconds = excluded.worked_seconds,
                            tokens = excluded.tokens
                        """)
                .param("tenants", uuids(tenants, it -> it.tenant().value()))
                .param("weights", doubles(tenants, TenantAccount::weight))
                .param("most", longs(tenants, it -> (long) it.mostRunning()))
                .param("charged", doubles(tenants, TenantAccount::charged))
                .param("items", longs(tenants, TenantAccount::items))
                .param("seconds", doubles(tenants, TenantAccount::seconds))
                .param("tokens", longs(tenants, TenantAccount::tokens))
                .update();
    }

    /** What became of a lease that is over. */
    enum LeaseEnd {
        DONE,
        NOT_DONE,
        UNKNOWN
    }

    LeaseEnd ended(ItemKey key) {
        return database.sql(
                        """
                        select state from batch_items
                        where job_id = :job and item_index = :index and lease_id = :lease
                            and state <> 'running'
                        """)
                .param("job", key.job().value())
                .param("index", key.index())
                .param("lease", key.lease().value())
                .query(String.class)
                .optional()
                .map(state -> state.equals("done") ? LeaseEnd.DONE : LeaseEnd.NOT_DONE)
                .orElse(LeaseEnd.UNKNOWN);
    }

    /**
     * Deletes some of what was over before then.
     *
     * @param most items
     * @return whether there may be more
     */
    boolean forget(Instant before, int most) {
        Optional<UUID> job =
                database.sql(
                                """
                                select id from batch_jobs
                                where finished_at < :before order by finished_at limit 1
                                """)
                        .param("before", Timestamp.from(before))
                        .query(UUID.class)
                        .optional();
        if (job.isEmpty()) {
            return false;
        }
        int items =
                database.sql(
                                """
                                delete from batch_items where job_id = :job and item_index in (
                                    select item_index from batch_items where job_id = :job
                                    limit :most)
                                """)
                        .param("job", job.get())
                        .param("most", most)
                        .update();
        if (items < most) {
            database.sql("delete from batch_jobs where id = :job").param("job", job.get()).update();
        }
        return true;
    }

    // ---------------------------------------------------------------- arrays

    static <T> SqlArrayValue uuids(List<T> rows, Function<T, UUID> column) {
        return new SqlArrayValue("uuid", rows.stream().map(column).toArray());
    }

    static <T> SqlArrayValue longs(List<T> rows, Function<T, Long> column) {
        return new SqlArrayValue("int8", rows.stream().map(column).toArray());
    }

    static <T> SqlArrayValue doubles(List<T> rows, Function<T, Double> column) {
        return new SqlArrayValue("float8", rows.stream().map(column).toArray());
    }

    static <T> SqlArrayValue texts(List<T> rows, Function<T, @Nullable String> column) {
        return new SqlArrayValue("text", rows.stream().map(column).toArray());
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static String upper(String value) {
        return value.toUpperCase(Locale.ROOT);
    }
}
