package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.jobs.ItemResult;
import assay.web.jobs.ItemSource;
import assay.web.jobs.ItemState;
import assay.web.jobs.Job;
import assay.web.jobs.JobKind;
import assay.web.jobs.JobState;
import assay.web.jobs.JobWait;
import assay.web.jobs.Jobs;
import assay.web.jobs.NewJob;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Jobs whose states a test sets. Thread-safe. */
final class FakeJobs implements Jobs {
    private final Map<UUID, Job> jobs = new LinkedHashMap<>();
    private boolean away;

    /** Whether the scheduler answers no more. */
    synchronized void away(boolean now) {
        away = now;
    }

    synchronized Job put(Job job) {
        jobs.put(job.id(), job);
        return job;
    }

    /** One that is on its way. */
    static Job active(String name, long total, long done, long dead) {
        return job(name, JobState.ACTIVE, counts(total, done, dead, Math.min(16, total - done)));
    }

    static Job job(String name, JobState state, Job.Counts counts) {
        Instant now = Instant.now();
        boolean moves = state == JobState.ACTIVE && counts.running() > 0;
        return new Job(
                UUID.randomUUID(),
                name,
                name.contains("theorem") ? JobKind.VERIFY : JobKind.GENERATE,
                state,
                "Ada Lovelace",
                null,
                0,
                null,
                5,
                counts,
                now.minusSeconds(340),
                now.minusSeconds(330),
                state.over() ? now.minusSeconds(20) : null,
                moves ? 12.4 : 0,
                moves ? now.plusSeconds(754) : null,
                moves || state != JobState.ACTIVE ? null : JobWait.NO_WORKER);
    }

    static Job.Counts counts(long total, long done, long dead, long running) {
        return new Job.Counts(
                total, total - done - dead - running, 0, running, done, dead, 0, done * 57);
    }

    @Override
    public synchronized Submitted submit(Call call, NewJob job, ItemSource items)
            throws IOException {
        int count = 0;
        while (items.next().isPresent()) {
            count++;
        }
        var made = job(job.name(), JobState.ACTIVE, counts(count, 0, 0, 0));
        return new Submitted(put(made), false);
    }

    @Override
    public synchronized Job find(Caller caller, UUID id) {
        Job job = jobs.get(id);
        if (job == null) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such job");
        }
        return job;
    }

    @Override
    public synchronized Page<Job> list(
            Caller caller, Set<JobState> states, int limit, @Nullable String cursor) {
        if (away) {
            throw new WebException(ErrorCode.SCHEDULER_AWAY, "away");
        }
        return new Page<>(new ArrayList<>(jobs.values()).reversed(), null);
    }

    @Override
    public Job pause(Call call, UUID id) {
        return become(call, id, JobState.PAUSED);
    }

    @Override
    public Job resume(Call call, UUID id) {
        return become(call, id, JobState.ACTIVE);
    }

    @Override
    public Job cancel(Call call, UUID id) {
        return become(call, id, JobState.CANCELLED);
    }

    @Override
    public Job retry(Call call, UUID id, List<String> itemIds) {
        return become(call, id, JobState.ACTIVE);
    }

    private synchronized Job become(Call call, UUID id, JobState state) {
        Job job = find(call.caller(), id);
        var next =
                new Job(
                        id,
                        job.name(),
                        job.kind(),
                        state,
                        job.ownerName(),
                        null,
                        0,
                        null,
                        5,
                        job.counts(),
                        job.submittedAt(),
                        job.startedAt(),
                        state.over() ? Instant.now() : null,
                        0,
                        null,
                        null);
        return put(next);
    }

    @Override
    public List<ItemResult> failures(Caller caller, UUID id, int limit) {
        return List.of(
                new ItemResult(
                        17,
                        "doc-17",
                        ItemState.DEAD,
                        null,
                        "PROMPT_TOO_LONG",
                        "prompt: 5000 tokens (expected: fewer than the context's 2048)",
                        1,
                        Instant.now()),
                new ItemResult(
                        204,
                        "doc-204",
                        ItemState.DEAD,
                        null,
                        "STAGE_LOST",
                        "a stage of the replica was lost on the way",
                        5,
                        Instant.now()));
    }

    @Override
    public Page<ItemResult> results(Call call, UUID id, Wanted wanted) {
        return new Page<>(failures(call.caller(), id, 2), null);
    }
}
