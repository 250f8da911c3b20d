package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.JobEvent;
import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.jobs.JobControl.Live;
import assay.scheduler.server.jobs.JobReads.Listed;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.GetJobRequest;
import assay.scheduler.v1.Job;
import assay.scheduler.v1.JobProgress;
import assay.scheduler.v1.JobRequest;
import assay.scheduler.v1.JobResultsReply;
import assay.scheduler.v1.JobResultsRequest;
import assay.scheduler.v1.JobState;
import assay.scheduler.v1.JobWaitReason;
import assay.scheduler.v1.JobsGrpc;
import assay.scheduler.v1.ListJobsReply;
import assay.scheduler.v1.ListJobsRequest;
import assay.scheduler.v1.ListTenantSharesReply;
import assay.scheduler.v1.ListTenantSharesRequest;
import assay.scheduler.v1.RemoveJobReply;
import assay.scheduler.v1.RetryDeadRequest;
import assay.scheduler.v1.SubmitJobReply;
import assay.scheduler.v1.SubmitJobRequest;
import assay.scheduler.v1.TenantShare;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Batch jobs, as gateways ask for them. Reads on the call's thread; what changes the queue is
 * decided on the job loop. Thread-safe.
 */
final class JobsService extends JobsGrpc.JobsImplBase {
    private static final int JOBS_OF_A_PAGE = 50;
    private static final int MOST_JOBS = 200;
    private static final int RESULTS_OF_A_PAGE = 100;
    private static final int MOST_RESULTS = 1_000;
    private static final int MOST_ITEM_IDS = 10_000;

    private final JobLoop loop;
    private final JobReads reads;
    private final Submissions submissions;
    private final JobMessages messages;
    private final JobsConfig config;
    private final InstantSource clock;

    JobsService(
            JobLoop loop,
            JobReads reads,
            Submissions submissions,
            JobMessages messages,
            JobsConfig config,
            InstantSource clock) {
        this.loop = loop;
        this.reads = reads;
        this.submissions = submissions;
        this.messages = messages;
        this.config = config;
        this.clock = clock;
    }

    @Override
    public StreamObserver<SubmitJobRequest> submit(StreamObserver<SubmitJobReply> answer) {
        return new Submission(
                submissions,
                messages,
                loop,
                config,
                clock,
                header -> id -> job(JobMessages.tenant(header.getTenantId()), id),
                (ServerCallStreamObserver<SubmitJobReply>) answer);
    }

    @Override
    public void get(GetJobRequest request, StreamObserver<Job> answer) {
        Faults.answer(
                answer,
                () ->
                        job(
                                JobMessages.tenant(request.getTenantId()),
                                JobMessages.job(request.getJobId())));
    }

    private Job job(TenantId tenant, JobId id) {
        Job job = stored(tenant, id);
        Live live = live(List.of(id)).get(id);
        return live == null ? job : job.toBuilder().setReason(reason(live)).build();
    }

    private Job stored(TenantId tenant, JobId id) {
        return reads.job(tenant, id).orElseThrow(() -> JobMessages.unknown(id.toString()));
    }

    private Map<JobId, Live> live(List<JobId> ids) {
        return loop.ask((control, now) -> control.live(ids, now));
    }

    private static JobWaitReason reason(Live live) {
        return switch (live.reason()) {
            case NONE -> JobWaitReason.JOB_WAIT_REASON_UNSPECIFIED;
            case PAUSED -> JobWaitReason.JOB_WAIT_REASON_PAUSED;
            case NO_WORKER -> JobWaitReason.JOB_WAIT_REASON_NO_WORKER;
            case NO_ROOM -> JobWaitReason.JOB_WAIT_REASON_NO_ROOM;
            case TENANT_LIMIT -> JobWaitReason.JOB_WAIT_REASON_TENANT_LIMIT;
            case RETRY -> JobWaitReason.JOB_WAIT_REASON_RETRY;
        };
    }

    @Override
    public void list(ListJobsRequest request, StreamObserver<ListJobsReply> answer) {
        Faults.answer(answer, () -> list(request));
    }

    private ListJobsReply list(ListJobsRequest request) {
        int most = pageSize(request.getPageSize(), JOBS_OF_A_PAGE, MOST_JOBS);
        long before = position("page token", request.getPageToken(), Long.MAX_VALUE);
        List<String> states =
                request.getStatesList().stream().map(JobsService::word).distinct().toList();
        List<Listed> listed =
                reads.jobs(
                        JobMessages.tenant(request.getTenantId()),
                        request.getOwnerId(),
                        states,
                        before,
                        most + 1);
        List<Listed> page = listed.subList(0, Math.min(most, listed.size()));
        var live = live(page.stream().map(it -> JobMessages.job(it.job().getId())).toList());
        var reply = ListJobsReply.newBuilder();
        for (Listed each : page) {
            Live own = live.get(JobMessages.job(each.job().getId()));
            reply.addJobs(
                    own == null
                            ? each.job()
                            : each.job().toBuilder().setReason(reason(own)).build());
        }
        if (listed.size() > most) {
            reply.setNextPageToken(Long.toString(page.getLast().turn()));
        }
        return reply.build();
    }

    private static String word(JobState state) {
        return switch (state) {
            case JOB_STATE_ACTIVE -> "active";
            case JOB_STATE_PAUSED -> "paused";
            case JOB_STATE_FINISHED -> "finished";
            case JOB_STATE_CANCELLED -> "cancelled";
            case JOB_STATE_EXPIRED -> "expired";
            case JOB_STATE_UNSPECIFIED, UNRECOGNIZED ->
                    throw JobMessages.invalid("job state: none that is known here");
        };
    }

    private static int pageSize(int asked, int usual, int most) {
        if (asked < 0 || asked > most) {
            throw JobMessages.invalid("page size: " + asked + " (expected: 0.." + most + ")");
        }
        return asked == 0 ? usual : asked;
    }

    private static long position(String what, String token, long first) {
        try {
            return token.isEmpty() ? first : Long.parseLong(token);
        } catch (NumberFormatException e) {
            throw JobMessages.invalid(what + ": not one that was given here");
        }
    }

    @Override
    public void pause(JobRequest request, StreamObserver<Job> answer) {
        change(request, JobEvent.PAUSE, answer);
    }

    @Override
    public void resume(JobRequest request, StreamObserver<Job> answer) {
        change(request, JobEvent.RESUME, answer);
    }

    @Override
    public void cancel(JobRequest request, StreamObserver<Job> answer) {
        change(request, JobEvent.CANCEL, answer);
    }

    private void change(JobRequest request, JobEvent event, StreamObserver<Job> answer) {
        Faults.answer(
                answer,
                () -> {
                    TenantId tenant = JobMessages.tenant(request.getTenantId());
                    JobId id = JobMessages.job(request.getJobId());
                    loop.ask((control, now) -> control.change(tenant, id, event));
                    return job(tenant, id);
                });
    }

    @Override
    public void retryDead(RetryDeadRequest request, StreamObserver<Job> answer) {
        Faults.answer(
                answer,
                () -> {
                    if (request.getItemIdsCount() > MOST_ITEM_IDS) {
                        throw JobMessages.invalid("item ids: more than " + MOST_ITEM_IDS);
                    }
                    TenantId tenant = JobMessages.tenant(request.getTenantId());
                    JobId id = JobMessages.job(request.getJobId());
                    List<String> items = List.copyOf(request.getItemIdsList());
                    loop.ask((control, now) -> control.revive(tenant, id, items, now));
                    return job(tenant, id);
                });
    }

    @Override
    public void remove(JobRequest request, StreamObserver<RemoveJobReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    TenantId tenant = JobMessages.tenant(request.getTenantId());
                    JobId id = JobMessages.job(request.getJobId());
                    stored(tenant, id);
                    if (!submissions.remove(tenant.value(), id)) {
                        throw new SchedulerException(
                                ErrorCode.JOB_STATE_REFUSED,
                                "the job is not over: cancel it before it is removed");
                    }
                    return RemoveJobReply.getDefaultInstance();
                });
    }

    @Override
    public void results(JobResultsRequest request, StreamObserver<JobResultsReply> answer) {
        Faults.answer(answer, () -> results(request));
    }

    private JobResultsReply results(JobResultsRequest request) {
        TenantId tenant = JobMessages.tenant(request.getTenantId());
        JobId id = JobMessages.job(request.getJobId());
        JobState state = stored(tenant, id).getState();
        return reads.results(
                tenant,
                new JobReads.Page(
                        id,
                        position("cursor", request.getCursor(), -1),
                        pageSize(request.getPageSize(), RESULTS_OF_A_PAGE, MOST_RESULTS),
                        new ArrayList<>(request.getStatesList()),
                        request.getWithoutOutput(),
                        state == JobState.JOB_STATE_ACTIVE || state == JobState.JOB_STATE_PAUSED));
    }

    @Override
    public void progress(JobRequest request, StreamObserver<JobProgress> answer) {
        Faults.answer(answer, () -> progress(request));
    }

    private JobProgress progress(JobRequest request) {
        JobId id = JobMessages.job(request.getJobId());
        Job job = stored(JobMessages.tenant(request.getTenantId()), id);
        var progress = JobProgress.newBuilder().setState(job.getState()).setCounts(job.getCounts());
        Live live = live(List.of(id)).get(id);
        if (live != null) {
            var counts = job.getCounts();
            long left = counts.getWaiting() + counts.getDelayed() + counts.getRunning();
            progress.setItemsPerSecond(live.perSecond())
                    .setReason(reason(live))
                    .setTenantWeight(live.weight());
            if (live.perSecond() > 0 && job.getState() == JobState.JOB_STATE_ACTIVE) {
                long wait = Math.round(1000 * left / live.perSecond());
                progress.setEtaUnixMillis(clock.instant().toEpochMilli() + wait);
            }
        }
        return progress.build();
    }

    @Override
    public void setTenantShare(TenantShare request, StreamObserver<TenantShare> answer) {
        Faults.answer(
                answer,
                () -> {
                    JobMessages.check(request);
                    TenantId tenant = JobMessages.tenant(request.getTenantId());
                    if (!submissions.knowsTenant(tenant.value())) {
                        throw JobMessages.invalid("tenant id: no such tenant");
                    }
                    return JobMessages.share(
                            loop.ask((control, now) ->
                                    control.share(
                                            tenant,
                                            request.getWeight(),
                                            request.getMostRunning())));
                });
    }

    @Override
    public void listTenantShares(
            ListTenantSharesRequest request, StreamObserver<ListTenantSharesReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    var reply = ListTenantSharesReply.newBuilder();
                    loop.ask((control, now) -> control.accounts())
                            .forEach(it -> reply.addShares(JobMessages.share(it)));
                    return reply.build();
                });
    }
}
