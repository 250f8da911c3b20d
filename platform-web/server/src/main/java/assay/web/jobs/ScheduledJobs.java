package assay.web.jobs;

import assay.scheduler.v1.GetJobRequest;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobOwner;
import assay.scheduler.v1.JobProgress;
import assay.scheduler.v1.JobRequest;
import assay.scheduler.v1.JobResultsRequest;
import assay.scheduler.v1.JobsGrpc;
import assay.scheduler.v1.JobsGrpc.JobsBlockingStub;
import assay.scheduler.v1.ListJobsRequest;
import assay.scheduler.v1.RetryDeadRequest;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.peer.PeerChannels;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Jobs where they are kept, at the scheduler. Thread-safe. */
@Component
class ScheduledJobs implements Jobs {
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final int LIST_MOST = 200;

    private final PeerChannels channels;
    private final ItemChecks checks;
    private final JobAudit audit;

    ScheduledJobs(PeerChannels channels, ItemChecks checks, JobAudit audit) {
        this.channels = channels;
        this.checks = checks;
        this.audit = audit;
    }

    @Override
    public Submitted submit(Call call, NewJob job, ItemSource items) throws IOException {
        return audit.record(
                call,
                "submit",
                "",
                details -> {
                    Caller caller = call.caller();
                    caller.require(Permission.BATCH_RUN);
                    caller.require(job.kind().permission());
                    refuseGuests(caller);
                    details.put("kind", job.kind().id());
                    var submitted = handOver(caller, job, items);
                    details.put("job", submitted.job().id().toString());
                    details.put("items", submitted.job().counts().total());
                    details.put("already_known", submitted.alreadyKnown());
                    return submitted;
                });
    }

    private Submitted handOver(Caller caller, NewJob job, ItemSource items) throws IOException {
        var checked = checks.begin(caller, job);
        // The scheduler is not bothered with a job whose first item is bad already.
        var first = items.next();
        if (first.isEmpty()) {
            throw WebException.invalid("items", "none (expected: at least one)");
        }
        var good = checked.check(first.get());
        try (var submission = new Submission(channels.scheduler(), header(caller, job))) {
            submission.add(good.id(), good.payload());
            for (var item = items.next(); item.isPresent(); item = items.next()) {
                good = checked.check(item.get());
                submission.add(good.id(), good.payload());
            }
            var reply = submission.finish();
            return new Submitted(JobViews.job(reply.getJob()), reply.getAlreadyKnown());
        }
    }

    private static JobHeader header(Caller caller, NewJob job) {
        var header =
                JobHeader.newBuilder()
                        .setTenantId(caller.tenantId().toString())
                        .setName(job.name())
                        .setOwner(
                                JobOwner.newBuilder()
                                        .setKind(caller.kind().name().toLowerCase(Locale.ROOT))
                                        .setId(caller.id())
                                        .setName(caller.name()))
                        .setKind(job.kind().wire())
                        .setDefaultsJson(job.defaults().toString())
                        .setPriority(job.priority())
                        .setMaxAttempts(job.maxAttempts());
        if (job.key() != null) {
            // What another submitter's key names is none of his business.
            header.setJobKey(caller.id() + ":" + job.key());
        }
        if (job.model() != null) {
            header.setModel(job.model());
        }
        if (job.deadline() != null) {
            header.setDeadlineUnixMillis(job.deadline().toEpochMilli());
        }
        return header.build();
    }

    private static void refuseGuests(Caller caller) {
        if (caller.kind() == Caller.Kind.GUEST) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "guests have no jobs: nobody would know whose");
        }
    }

    @Override
    public Job find(Caller caller, UUID id) {
        caller.require(Permission.BATCH_RUN);
        return withProgress(caller, visible(caller, id));
    }

    @Override
    public Page<Job> list(Caller caller, Set<JobState> states, int limit, @Nullable String cursor) {
        caller.require(Permission.BATCH_RUN);
        var request =
                ListJobsRequest.newBuilder()
                        .setTenantId(caller.tenantId().toString())
                        .setPageSize(Math.clamp(limit, 1, LIST_MOST))
                        .setPageToken(cursor == null ? "" : cursor);
        states.forEach(state -> request.addStates(JobViews.wire(state)));
        if (!caller.may(Permission.BATCH_MANAGE)) {
            request.setOwnerId(caller.id());
        }
        var reply = ask(stub -> stub.list(request.build()));
        List<Job> jobs = new ArrayList<>();
        for (var job : reply.getJobsList()) {
            jobs.add(withProgress(caller, job));
        }
        String next = reply.getNextPageToken();
        return new Page<>(jobs, next.isEmpty() ? null : next);
    }

    @Override
    public Job pause(Call call, UUID id) {
        return steer(call, "pause", id, JobsBlockingStub::pause);
    }

    @Override
    public Job resume(Call call, UUID id) {
        return steer(call, "resume", id, JobsBlockingStub::resume);
    }

    @Override
    public Job cancel(Call call, UUID id) {
        return steer(call, "cancel", id, JobsBlockingStub::cancel);
    }

    @Override
    public Job retry(Call call, UUID id, List<String> itemIds) {
        return steer(
                call,
                "retry",
                id,
                (stub, job) ->
                        stub.retryDead(
                                RetryDeadRequest.newBuilder()
                                        .setTenantId(job.getTenantId())
                                        .setJobId(job.getJobId())
                                        .addAllItemIds(itemIds)
                                        .build()));
    }

    private Job steer(
            Call call,
            String verb,
            UUID id,
            BiFunction<JobsBlockingStub, JobRequest, assay.scheduler.v1.Job> deed) {
        return recorded(
                call,
                verb,
                id,
                details -> {
                    call.caller().require(Permission.BATCH_RUN);
                    visible(call.caller(), id);
                    var job = ask(stub -> deed.apply(stub, request(call.caller(), id)));
                    return withProgress(call.caller(), job);
                });
    }

    @Override
    public Page<ItemResult> results(Call call, UUID id, Wanted wanted) {
        // One fetch is one record, however many pages it takes.
        return wanted.cursor() == null
                ? recorded(call, "results", id, details -> page(call.caller(), id, wanted))
                : page(call.caller(), id, wanted);
    }

    @Override
    public List<ItemResult> failures(Caller caller, UUID id, int limit) {
        return page(caller, id, new Wanted(Set.of(ItemState.DEAD), null, limit)).entries();
    }

    private Page<ItemResult> page(Caller caller, UUID id, Wanted wanted) {
        caller.require(Permission.BATCH_RUN);
        visible(caller, id);
        var request =
                JobResultsRequest.newBuilder()
                        .setTenantId(caller.tenantId().toString())
                        .setJobId(id.toString())
                        .setCursor(wanted.cursor() == null ? "" : wanted.cursor())
                        .setPageSize(Math.clamp(wanted.limit(), 1, Wanted.MOST));
        wanted.states().forEach(state -> request.addStates(JobViews.wire(state)));
        var reply = ask(stub -> stub.results(request.build()));
        String next = reply.getNextCursor();
        return new Page<>(
                reply.getResultsList().stream().map(JobViews::result).toList(),
                next.isEmpty() ? null : next);
    }

    /**
     * The job, if there is one that the caller may see.
     *
     * @throws WebException NOT_FOUND
     */
    private assay.scheduler.v1.Job visible(Caller caller, UUID id) {
        var job =
                ask(stub ->
                        stub.get(
                                GetJobRequest.newBuilder()
                                        .setTenantId(caller.tenantId().toString())
                                        .setJobId(id.toString())
                                        .build()));
        boolean own = job.getHeader().getOwner().getId().equals(caller.id());
        if (!own && !caller.may(Permission.BATCH_MANAGE)) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such job");
        }
        return job;
    }

    /** What is over moves no more, so nobody asks how fast. */
    private Job withProgress(Caller caller, assay.scheduler.v1.Job job) {
        Job known = JobViews.job(job);
        if (known.state().over()) {
            return known;
        }
        JobProgress progress = ask(stub -> stub.progress(request(caller, known.id())));
        return JobViews.job(job, progress);
    }

    private static JobRequest request(Caller caller, UUID id) {
        return JobRequest.newBuilder()
                .setTenantId(caller.tenantId().toString())
                .setJobId(id.toString())
                .build();
    }

    private <T> T ask(Function<JobsBlockingStub, T> question) {
        try {
            return question.apply(
                    JobsGrpc.newBlockingStub(channels.scheduler())
                            .withDeadlineAfter(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException e) {
            throw SchedulerFaults.of(e);
        }
    }

    private <T> T recorded(Call call, String verb, UUID id, Function<Map<String, Object>, T> deed) {
        try {
            return audit.record(call, verb, id.toString(), deed::apply);
        } catch (IOException e) {
            throw new UncheckedIOException("nothing was read", e);
        }
    }
}
