package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.JobId;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobItem;
import java.sql.Timestamp;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The rows of jobs that are being received. They become jobs of the queue as a whole, by the job
 * loop; until then nobody sees them, and a new start of the scheduler throws them away.
 * Thread-safe.
 */
final class Submissions {
    private final JdbcClient database;
    private final Set<UUID> received = ConcurrentHashMap.newKeySet();

    Submissions(JdbcClient database) {
        this.database = database;
    }

    /** A job that was submitted under a key before. */
    @SuppressWarnings("ArrayRecordComponent") // compared with MessageDigest alone
    record Known(JobId job, byte @Nullable [] digest) {}

    /**
     * What is there under the tenant's key.
     *
     * @throws SchedulerException SCHEDULER_BUSY while another call submits under it
     */
    Optional<Known> known(UUID tenant, String key) {
        if (key.isEmpty()) {
            return Optional.empty();
        }
        Optional<Known> known =
                database.sql(
                                """
                                select id, digest from batch_jobs
                                where tenant_id = :tenant and job_key = :key
                                """)
                        .param("tenant", tenant)
                        .param("key", key)
                        .query((row, number) ->
                                new Known(
                                        new JobId(row.getObject("id", UUID.class)),
                                        row.getBytes("digest")))
                        .optional();
        if (known.isPresent() && known.get().digest() == null) {
            if (received.contains(known.get().job().value())) {
                throw new SchedulerException(
                        ErrorCode.SCHEDULER_BUSY,
                        "job key: a submission under it is under way; ask again when it ended");
            }
            discard(known.get().job());
            return Optional.empty();
        }
        return known;
    }

    /**
     * Begins a job.
     *
     * @param maxAttempts of each item
     */
    JobId begin(JobHeader header, int maxAttempts) {
        var id = UUID.randomUUID();
        received.add(id);
        try {
            insert(id, header, maxAttempts);
        } catch (DuplicateKeyException e) {
            received.remove(id);
            throw new SchedulerException(
                    ErrorCode.SCHEDULER_BUSY,
                    "job key: a submission under it is under way; ask again when it ended",
                    e);
        } catch (DataIntegrityViolationException e) {
            received.remove(id);
            throw JobMessages.invalid("tenant id: no such tenant");
        }
        return new JobId(id);
    }

    private int insert(UUID id, JobHeader header, int maxAttempts) {
        long deadline = header.getDeadlineUnixMillis();
        return database.sql(
                        """
                        insert into batch_jobs (id, tenant_id, job_key, name, owner_kind, owner_id,
                            owner_name, kind, model, defaults, priority, deadline, max_attempts,
                            state)
                        values (:id, :tenant, nullif(:key, ''), :name, :ownerKind, :ownerId,
                            :ownerName, :kind, :model, :defaults::json, :priority,
                            :deadline::timestamptz, :attempts, 'receiving')
                        """)
                .param("id", id)
                .param("tenant", UUID.fromString(header.getTenantId()))
                .param("key", header.getJobKey())
                .param("name", header.getName())
                .param("ownerKind", header.getOwner().getKind())
                .param("ownerId", header.getOwner().getId())
                .param("ownerName", header.getOwner().getName())
                .param("kind", JobStore.lower(JobMessages.kind(header.getKind())))
                .param("model", header.getModel())
                .param(
                        "defaults",
                        header.getDefaultsJson().isEmpty() ? "{}" : header.getDefaultsJson())
                .param("priority", header.getPriority())
                .param(
                        "deadline",
                        deadline == 0 ? null : new Timestamp(deadline).toInstant().toString())
                .param("attempts", maxAttempts)
                .update();
    }

    /**
     * More items of a job.
     *
     * @param first index of the first
     * @throws SchedulerException JOB_INVALID when an item id comes twice
     */
    void add(JobId job, UUID tenant, long first, List<JobItem> items) {
        try {
            database.sql(
                            """
                            insert into batch_items (job_id, item_index, tenant_id,
                                item_id, payload)
                            select :job, :first + n - 1, :tenant, id, payload::json
                            from unnest(:ids, :payloads)
                                with ordinality as given(id, payload, n)
                            """)
                    .param("job", job.value())
                    .param("first", first)
                    .param("tenant", tenant)
                    .param("ids", JobStore.texts(items, JobItem::getItemId))
                    .param("payloads", JobStore.texts(items, JobItem::getPayloadJson))
                    .update();
        } catch (DuplicateKeyException e) {
            throw JobMessages.invalid(
                    "item id: one of items %d..%d has the id of another (expected: each once)"
                            .formatted(first, first + items.size() - 1));
        }
    }

    /** The job is one of the queue, or its submission failed in a way that the database knows. */
    void ended(JobId job) {
        received.remove(job.value());
    }

    /** Throws away what came of it. */
    void discard(JobId job) {
        received.remove(job.value());
        database.sql("delete from batch_jobs where id = :id and state = 'receiving'")
                .param("id", job.value())
                .update();
    }

    /** The scheduler may not read tenants; that one is there is seen by who may refer to it. */
    boolean knowsTenant(UUID tenant) {
        try {
            database.sql(
                            """
                            insert into batch_tenants (tenant_id) values (:tenant)
                            on conflict do nothing
                            """)
                    .param("tenant", tenant)
                    .update();
            return true;
        } catch (DataIntegrityViolationException e) {
            return false;
        }
    }

    /**
     * Deletes a job that is over.
     *
     * @return whether there was one
     */
    boolean remove(UUID tenant, JobId job) {
        return database.sql(
                                """
                                delete from batch_jobs
                                where id = :id and tenant_id = :tenant
                                    and state in ('finished', 'cancelled', 'expired')
                                """)
                        .param("id", job.value())
                        .param("tenant", tenant)
                        .update()
                == 1;
    }
}
