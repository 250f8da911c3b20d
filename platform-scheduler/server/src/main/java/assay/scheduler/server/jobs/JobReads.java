package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.v1.ItemError;
import assay.scheduler.v1.ItemState;
import assay.scheduler.v1.Job;
import assay.scheduler.v1.JobCounts;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobKind;
import assay.scheduler.v1.JobOwner;
import assay.scheduler.v1.JobResult;
import assay.scheduler.v1.JobResultsReply;
import assay.scheduler.v1.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Jobs and results as they are stored, for whoever asks. What is asked for a tenant is read with
 * the tenant named to the database, which shows no other's rows. Thread-safe.
 */
final class JobReads {
    /** Results of one page; a gateway takes messages of 4 MiB, and one item may have that much. */
    private static final int PAGE_BYTES = 2 << 20;

    private static final int FETCHED = 20;

    private final JdbcClient database;
    private final TransactionTemplate transaction;

    JobReads(JdbcClient database, TransactionTemplate transaction) {
        this.database = database;
        this.transaction = transaction;
    }

    private <T> T of(TenantId tenant, Supplier<T> work) {
        return transaction.execute(status -> {
            database.sql("select set_config('assay.tenant', :tenant, true)")
                    .param("tenant", tenant.toString())
                    .query(String.class)
                    .single();
            return work.get();
        });
    }

    /** For the job loop, which serves all tenants. */
    JobHeader header(JobId id) {
        return database.sql("select * from batch_jobs where id = :id")
                .param("id", id.value())
                .query((row, number) -> header(row))
                .single();
    }

    Optional<Job> job(TenantId tenant, JobId id) {
        return of(
                tenant,
                () ->
                        database.sql(
                                        """
                                        select * from batch_jobs
                                        where id = :id and tenant_id = :tenant
                                            and state <> 'receiving'
                                        """)
                                .param("id", id.value())
                                .param("tenant", tenant.value())
                                .query((row, number) -> job(row))
                                .optional());
    }

    /** A job and where it stands in the order of submission. */
    record Listed(Job job, long turn) {}

    /**
     * The newest first.
     *
     * @param before only those submitted before that turn
     * @param states in the database's words; empty for all
     */
    List<Listed> jobs(TenantId tenant, String owner, List<String> states, long before, int most) {
        return of(
                tenant,
                () ->
                        database.sql(
                                        """
                                        select * from batch_jobs
                                        where tenant_id = :tenant and state <> 'receiving'
                                            and turn < :before
                                            and (:owner = '' or owner_id = :owner)
                                            and (:all or state = any(:states))
                                        order by turn desc limit :most
                                        """)
                                .param("tenant", tenant.value())
                                .param("before", before)
                                .param("owner", owner)
                                .param("all", states.isEmpty())
                                .param("states", JobStore.texts(states, it -> it))
                                .param("most", most)
                                .query((row, number) -> new Listed(job(row), row.getLong("turn")))
                                .list());
    }

    /**
     * What is asked of the results of a job.
     *
     * @param after only items behind that index
     * @param open whether the job is not over: what is not done is dropped in one that is
     */
    record Page(
            JobId job,
            long after,
            int most,
            Collection<ItemState> states,
            boolean withoutOutput,
            boolean open) {}

    JobResultsReply results(TenantId tenant, Page page) {
        return of(tenant, () -> results(page));
    }

    private JobResultsReply results(Page page) {
        var reply = JobResultsReply.newBuilder();
        List<String> states = words(page);
        return database.sql(
                        """
                        select item_index, item_id, state, attempts, tokens, ended_at, not_before,
                            error_code, error_message,
                            case when :whole then output::text end as output,
                            case when :whole then payload::text end as payload
                        from batch_items
                        where job_id = :job and item_index > :after
                            and (:all or state = any(:states))
                        order by item_index limit :most
                        """)
                .param("job", page.job().value())
                .param("after", page.after())
                .param("whole", !page.withoutOutput())
                .param("all", page.states().isEmpty())
                .param("states", JobStore.texts(states, it -> it))
                .param("most", page.most() + 1)
                .withFetchSize(FETCHED)
                .query(rows -> {
                    long bytes = 0;
                    while (rows.next()) {
                        JobResult result = result(rows, page.open());
                        bytes += result.getSerializedSize();
                        boolean full =
                                reply.getResultsCount() == page.most()
                                        || (bytes > PAGE_BYTES && reply.getResultsCount() > 0);
                        if (full) {
                            JobResult last = reply.getResults(reply.getResultsCount() - 1);
                            reply.setNextCursor(Long.toString(last.getIndex()));
                            break;
                        }
                        reply.addResults(result);
                    }
                    return reply.build();
                });
    }

    private static List<String> words(Page page) {
        var words = new ArrayList<String>();
        for (ItemState state : page.states()) {
            switch (state) {
                case ITEM_STATE_DONE -> words.add("done");
                case ITEM_STATE_DEAD -> words.add("dead");
                case ITEM_STATE_WAITING -> ifOpen(page, words, "waiting");
                case ITEM_STATE_DELAYED -> ifOpen(page, words, "delayed");
                case ITEM_STATE_RUNNING -> ifOpen(page, words, "running");
                case ITEM_STATE_DROPPED -> {
                    if (!page.open()) {
                        words.addAll(List.of("waiting", "delayed", "running"));
                    }
                }
                case ITEM_STATE_UNSPECIFIED, UNRECOGNIZED ->
                        throw JobMessages.invalid("item state: none that is known here");
            }
        }
        return words;
    }

    private static void ifOpen(Page page, List<String> words, String word) {
        if (page.open()) {
            words.add(word);
        }
    }

    private static JobResult result(ResultSet row, boolean open) throws SQLException {
        String state = row.getString("state");
        var result =
                JobResult.newBuilder()
                        .setIndex(row.getLong("item_index"))
                        .setItemId(row.getString("item_id"))
                        .setState(itemState(state, open))
                        .setOutputJson(orEmpty(row.getString("output")))
                        .setPayloadJson(orEmpty(row.getString("payload")))
                        .setAttempts(row.getInt("attempts"))
                        .setTokens(row.getLong("tokens"))
                        .setFinishedUnixMillis(millis(row, "ended_at"));
        if (open) {
            result.setNextTryUnixMillis(millis(row, "not_before"));
        }
        String code = row.getString("error_code");
        if (code != null && !state.equals("done")) {
            result.setError(
                    ItemError.newBuilder()
                            .setCode(code)
                            .setMessage(orEmpty(row.getString("error_message"))));
        }
        return result.build();
    }

    private static ItemState itemState(String state, boolean open) {
        return switch (state) {
            case "done" -> ItemState.ITEM_STATE_DONE;
            case "dead" -> ItemState.ITEM_STATE_DEAD;
            case String _ when !open -> ItemState.ITEM_STATE_DROPPED;
            case "waiting" -> ItemState.ITEM_STATE_WAITING;
            case "delayed" -> ItemState.ITEM_STATE_DELAYED;
            default -> ItemState.ITEM_STATE_RUNNING;
        };
    }

    private static JobHeader header(ResultSet row) throws SQLException {
        return JobHeader.newBuilder()
                .setTenantId(row.getObject("tenant_id", UUID.class).toString())
                .setJobKey(orEmpty(row.getString("job_key")))
                .setName(row.getString("name"))
                .setOwner(
                        JobOwner.newBuilder()
                                .setKind(row.getString("owner_kind"))
                                .setId(row.getString("owner_id"))
                                .setName(row.getString("owner_name")))
                .setKind(
                        row.getString("kind").equals("generate")
                                ? JobKind.JOB_KIND_GENERATE
                                : JobKind.JOB_KIND_VERIFY)
                .setModel(row.getString("model"))
                .setDefaultsJson(row.getString("defaults"))
                .setPriority(row.getInt("priority"))
                .setDeadlineUnixMillis(millis(row, "deadline"))
                .setMaxAttempts(row.getInt("max_attempts"))
                .build();
    }

    private static Job job(ResultSet row) throws SQLException {
        JobState state = JobState.valueOf("JOB_STATE_" + JobStore.upper(row.getString("state")));
        boolean open = state == JobState.JOB_STATE_ACTIVE || state == JobState.JOB_STATE_PAUSED;
        long waiting = row.getLong("waiting");
        long delayed = row.getLong("delayed");
        long running = row.getLong("running");
        var counts =
                JobCounts.newBuilder()
                        .setTotal(row.getLong("total"))
                        .setDone(row.getLong("done"))
                        .setDead(row.getLong("dead"))
                        .setTokens(row.getLong("tokens"));
        if (open) {
            counts.setWaiting(waiting).setDelayed(delayed).setRunning(running);
        } else {
            counts.setDropped(waiting + delayed + running);
        }
        return Job.newBuilder()
                .setId(row.getObject("id", UUID.class).toString())
                .setHeader(header(row))
                .setState(state)
                .setCounts(counts)
                .setSubmittedUnixMillis(millis(row, "submitted_at"))
                .setStartedUnixMillis(millis(row, "started_at"))
                .setFinishedUnixMillis(millis(row, "finished_at"))
                .build();
    }

    private static long millis(ResultSet row, String column) throws SQLException {
        Timestamp at = row.getTimestamp(column);
        return at == null ? 0 : at.getTime();
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
