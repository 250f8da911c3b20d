package assay.web;

import assay.scheduler.v1.GetJobRequest;
import assay.scheduler.v1.ItemError;
import assay.scheduler.v1.ItemState;
import assay.scheduler.v1.Job;
import assay.scheduler.v1.JobCounts;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobItem;
import assay.scheduler.v1.JobKind;
import assay.scheduler.v1.JobProgress;
import assay.scheduler.v1.JobRequest;
import assay.scheduler.v1.JobResult;
import assay.scheduler.v1.JobResultsReply;
import assay.scheduler.v1.JobResultsRequest;
import assay.scheduler.v1.JobState;
import assay.scheduler.v1.JobWaitReason;
import assay.scheduler.v1.JobWorkGrpc;
import assay.scheduler.v1.JobsGrpc;
import assay.scheduler.v1.LeaseKey;
import assay.scheduler.v1.LeaseRevoked;
import assay.scheduler.v1.LeaseSettled;
import assay.scheduler.v1.LeasedItem;
import assay.scheduler.v1.LeasedItems;
import assay.scheduler.v1.ListJobsReply;
import assay.scheduler.v1.ListJobsRequest;
import assay.scheduler.v1.ListTenantSharesReply;
import assay.scheduler.v1.ListTenantSharesRequest;
import assay.scheduler.v1.RetryDeadRequest;
import assay.scheduler.v1.SubmitJobReply;
import assay.scheduler.v1.SubmitJobRequest;
import assay.scheduler.v1.TenantShare;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkWelcome;
import assay.scheduler.v1.WorkerMessage;
import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler's batch queue in memory, for one gateway at a time: what it hands out, in order,
 * and what it keeps. It never forgets an item, and tells how often each was stored. Thread-safe.
 */
public final class FakeQueue {
    private final Map<String, Kept> jobs = new LinkedHashMap<>();
    private final Map<String, TenantShare> shares = new LinkedHashMap<>();

    /** Who said hello and is there, the newest last; it gets all the items. */
    private final Deque<Worker> workers = new ArrayDeque<>();

    private @Nullable Worker worker;
    private boolean held;

    /** One job. */
    private static final class Kept {
        final String id = UUID.randomUUID().toString();
        final JobHeader header;
        final List<Item> items = new ArrayList<>();
        JobState state = JobState.JOB_STATE_ACTIVE;

        Kept(JobHeader header) {
            this.header = header;
        }

        long count(ItemState state) {
            return items.stream().filter(each -> each.state == state).count();
        }
    }

    /** One item. */
    private static final class Item {
        final JobItem asked;
        ItemState state = ItemState.ITEM_STATE_WAITING;
        @Nullable LeaseKey lease;
        int attempts;
        int stored;
        String output = "";
        ItemError error = ItemError.getDefaultInstance();

        Item(JobItem asked) {
            this.asked = asked;
        }
    }

    BindableService[] services() {
        return new BindableService[] {new Jobs(), new Work()};
    }

    /** Ends the worker's stream as a scheduler does that restarts; leases stay. */
    public synchronized void breakStream() {
        Worker open = worker;
        worker = null;
        if (open != null) {
            workers.remove(open);
            open.out.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    /** Whether nothing is handed out. */
    public synchronized void hold(boolean on) {
        held = on;
        handOut();
    }

    /** How often results of the job's items were stored, the most of any. */
    public synchronized int mostStored(String jobId) {
        return kept(jobId).items.stream().mapToInt(each -> each.stored).max().orElse(0);
    }

    public synchronized int jobCount() {
        return jobs.size();
    }

    /** What the worker offers now; empty when none is connected. */
    public synchronized Set<JobKind> offered() {
        return worker == null ? Set.of() : worker.kinds;
    }

    /** How many items it would take now. */
    public synchronized int credit() {
        return worker == null ? 0 : worker.credit;
    }

    private Kept kept(String id) {
        Kept job = jobs.get(id);
        if (job == null) {
            throw refusal(Status.Code.NOT_FOUND, "JOB_UNKNOWN");
        }
        return job;
    }

    private Kept kept(String tenant, String id) {
        Kept job = kept(id);
        if (!job.header.getTenantId().equals(tenant)) {
            throw refusal(Status.Code.NOT_FOUND, "JOB_UNKNOWN");
        }
        return job;
    }

    private static StatusRuntimeException refusal(Status.Code code, String reason) {
        return StatusProto.toStatusRuntimeException(
                com.google.rpc.Status.newBuilder()
                        .setCode(code.value())
                        .setMessage(reason)
                        .addDetails(
                                Any.pack(
                                        ErrorInfo.newBuilder()
                                                .setReason(reason)
                                                .setDomain("assay")
                                                .build()))
                        .build());
    }

    /** Hands out as much as the worker takes. */
    private void handOut() {
        Worker to = worker;
        if (to == null || held) {
            return;
        }
        for (Kept job : jobs.values()) {
            boolean offered = to.kinds.contains(job.header.getKind());
            for (int i = 0; i < job.items.size() && offered && to.credit > 0; i++) {
                Item item = job.items.get(i);
                if (item.state == ItemState.ITEM_STATE_WAITING
                        && job.state == JobState.JOB_STATE_ACTIVE) {
                    lease(to, job, item, i);
                    offered = to.kinds.contains(job.header.getKind());
                }
            }
        }
    }

    private static void lease(Worker to, Kept job, Item item, int index) {
        item.state = ItemState.ITEM_STATE_RUNNING;
        item.attempts++;
        item.lease =
                LeaseKey.newBuilder()
                        .setJobId(job.id)
                        .setIndex(index)
                        .setLeaseId(UUID.randomUUID().toString())
                        .build();
        to.credit--;
        to.out.onNext(
                WorkMessage.newBuilder()
                        .setLeased(
                                LeasedItems.newBuilder()
                                        .setJobId(job.id)
                                        .setJob(job.header)
                                        .addItems(
                                                LeasedItem.newBuilder()
                                                        .setLease(item.lease)
                                                        .setItemId(item.asked.getItemId())
                                                        .setPayloadJson(item.asked.getPayloadJson())
                                                        .setAttempt(item.attempts)))
                        .build());
    }

    private void settle(LeaseKey lease, Consumer<Item> end) {
        Kept job = kept(lease.getJobId());
        Item item = job.items.get((int) lease.getIndex());
        boolean good = lease.equals(item.lease) && item.state == ItemState.ITEM_STATE_RUNNING;
        if (good) {
            item.lease = null;
            end.accept(item);
        }
        if (job.state == JobState.JOB_STATE_ACTIVE
                && job.items.stream()
                        .allMatch(each ->
                                each.state == ItemState.ITEM_STATE_DONE
                                        || each.state == ItemState.ITEM_STATE_DEAD)) {
            job.state = JobState.JOB_STATE_FINISHED;
        }
        if (worker != null) {
            worker.out.onNext(
                    WorkMessage.newBuilder()
                            .setSettled(
                                    LeaseSettled.newBuilder()
                                            .setLease(lease)
                                            .setOutcome(
                                                    good
                                                            ? LeaseSettled.Outcome.OUTCOME_STORED
                                                            : LeaseSettled.Outcome.OUTCOME_REFUSED))
                            .build());
        }
        handOut();
    }

    private void cancel(Kept job) {
        job.state = JobState.JOB_STATE_CANCELLED;
        for (Item item : job.items) {
            if (item.lease != null && worker != null) {
                worker.out.onNext(
                        WorkMessage.newBuilder()
                                .setRevoked(
                                        LeaseRevoked.newBuilder()
                                                .setLease(item.lease)
                                                .setReason("JOB_CANCELLED"))
                                .build());
            }
            if (item.state != ItemState.ITEM_STATE_DONE
                    && item.state != ItemState.ITEM_STATE_DEAD) {
                item.state = ItemState.ITEM_STATE_DROPPED;
            }
        }
    }

    private static Job view(Kept job) {
        return Job.newBuilder()
                .setId(job.id)
                .setHeader(job.header)
                .setState(job.state)
                .setCounts(
                        JobCounts.newBuilder()
                                .setTotal(job.items.size())
                                .setWaiting(job.count(ItemState.ITEM_STATE_WAITING))
                                .setRunning(job.count(ItemState.ITEM_STATE_RUNNING))
                                .setDone(job.count(ItemState.ITEM_STATE_DONE))
                                .setDead(job.count(ItemState.ITEM_STATE_DEAD))
                                .setDropped(job.count(ItemState.ITEM_STATE_DROPPED)))
                .setSubmittedUnixMillis(1_000)
                .build();
    }

    /** The stream of the gateway that works. Guarded by the queue. */
    private static final class Worker {
        final StreamObserver<WorkMessage> out;
        final Set<JobKind> kinds = EnumSet.noneOf(JobKind.class);
        int credit;

        Worker(StreamObserver<WorkMessage> out) {
            this.out = out;
        }

        void offers(List<JobKind> now) {
            kinds.clear();
            kinds.addAll(now);
        }
    }

    private final class Work extends JobWorkGrpc.JobWorkImplBase {
        @Override
        public StreamObserver<WorkerMessage> work(StreamObserver<WorkMessage> out) {
            var mine = new Worker(out);
            return new StreamObserver<>() {
                @Override
                public void onNext(WorkerMessage message) {
                    synchronized (FakeQueue.this) {
                        heard(mine, message);
                    }
                }

                @Override
                public void onError(Throwable error) {
                    onCompleted();
                }

                @Override
                public void onCompleted() {
                    synchronized (FakeQueue.this) {
                        workers.remove(mine);
                        worker = workers.peekLast();
                    }
                }
            };
        }

        private void heard(Worker from, WorkerMessage message) {
            switch (message.getMessageCase()) {
                case HELLO -> {
                    workers.add(from);
                    worker = from;
                    from.offers(message.getHello().getOffer().getKindsList());
                    from.out.onNext(
                            WorkMessage.newBuilder()
                                    .setWelcome(WorkWelcome.newBuilder().setLeaseMillis(60_000))
                                    .build());
                }
                case OFFER -> from.offers(message.getOffer().getKindsList());
                case READY -> from.credit += message.getReady().getMore();
                case SUCCESS ->
                        settle(
                                message.getSuccess().getLease(),
                                item -> {
                                    item.state = ItemState.ITEM_STATE_DONE;
                                    item.output = message.getSuccess().getOutputJson();
                                    item.stored++;
                                });
                case FAILURE ->
                        settle(
                                message.getFailure().getLease(),
                                item -> {
                                    item.error = message.getFailure().getError();
                                    boolean again =
                                            message.getFailure().getRetryable()
                                                    && item.attempts < 3;
                                    item.state =
                                            again
                                                    ? ItemState.ITEM_STATE_WAITING
                                                    : ItemState.ITEM_STATE_DEAD;
                                });
                case GIVE_BACK ->
                        settle(
                                message.getGiveBack().getLease(),
                                item -> {
                                    item.attempts--;
                                    item.state = ItemState.ITEM_STATE_WAITING;
                                });
                case RENEWAL, MESSAGE_NOT_SET -> {}
            }
            handOut();
        }
    }

    private final class Jobs extends JobsGrpc.JobsImplBase {
        @Override
        public StreamObserver<SubmitJobRequest> submit(StreamObserver<SubmitJobReply> replies) {
            return new StreamObserver<>() {
                private @Nullable Kept job;

                @Override
                public void onNext(SubmitJobRequest part) {
                    if (part.hasHeader()) {
                        job = new Kept(part.getHeader());
                    } else if (job != null) {
                        for (JobItem item : part.getItems().getItemsList()) {
                            job.items.add(new Item(item));
                        }
                    }
                }

                @Override
                public void onError(Throwable error) {
                    // withdrawn: nothing was kept
                }

                @Override
                public void onCompleted() {
                    Kept whole = job;
                    if (whole != null) {
                        answer(replies, () -> keep(whole));
                    }
                }
            };
        }

        private SubmitJobReply keep(Kept job) {
            for (Kept known : jobs.values()) {
                if (!job.header.getJobKey().isEmpty()
                        && known.header.getJobKey().equals(job.header.getJobKey())) {
                    if (!same(known, job)) {
                        throw refusal(Status.Code.FAILED_PRECONDITION, "JOB_KEY_REUSED");
                    }
                    return SubmitJobReply.newBuilder()
                            .setJob(view(known))
                            .setAlreadyKnown(true)
                            .build();
                }
            }
            jobs.put(job.id, job);
            handOut();
            return SubmitJobReply.newBuilder().setJob(view(job)).build();
        }

        private static boolean same(Kept a, Kept b) {
            return a.header.equals(b.header)
                    && a.items.stream()
                            .map(each -> each.asked)
                            .toList()
                            .equals(b.items.stream().map(each -> each.asked).toList());
        }

        @Override
        public void get(GetJobRequest request, StreamObserver<Job> replies) {
            answer(replies, () -> view(kept(request.getTenantId(), request.getJobId())));
        }

        @Override
        public void list(ListJobsRequest request, StreamObserver<ListJobsReply> replies) {
            answer(
                    replies,
                    () ->
                            ListJobsReply.newBuilder()
                                    .addAllJobs(
                                            jobs.values().stream()
                                                    .filter(each -> listed(request, each))
                                                    .map(FakeQueue::view)
                                                    .toList()
                                                    .reversed())
                                    .build());
        }

        private static boolean listed(ListJobsRequest request, Kept job) {
            String owner = request.getOwnerId();
            return job.header.getTenantId().equals(request.getTenantId())
                    && (owner.isEmpty() || job.header.getOwner().getId().equals(owner));
        }

        @Override
        public void pause(JobRequest request, StreamObserver<Job> replies) {
            steer(request, replies, job -> job.state = JobState.JOB_STATE_PAUSED);
        }

        @Override
        public void resume(JobRequest request, StreamObserver<Job> replies) {
            steer(request, replies, job -> job.state = JobState.JOB_STATE_ACTIVE);
        }

        @Override
        public void cancel(JobRequest request, StreamObserver<Job> replies) {
            steer(request, replies, FakeQueue.this::cancel);
        }

        private void steer(JobRequest request, StreamObserver<Job> replies, Consumer<Kept> change) {
            answer(
                    replies,
                    () -> {
                        Kept job = kept(request.getTenantId(), request.getJobId());
                        if (job.state == JobState.JOB_STATE_FINISHED) {
                            throw refusal(Status.Code.FAILED_PRECONDITION, "JOB_STATE_REFUSED");
                        }
                        change.accept(job);
                        handOut();
                        return view(job);
                    });
        }

        @Override
        public void retryDead(RetryDeadRequest request, StreamObserver<Job> replies) {
            answer(
                    replies,
                    () -> {
                        Kept job = kept(request.getTenantId(), request.getJobId());
                        for (Item item : job.items) {
                            if (item.state == ItemState.ITEM_STATE_DEAD) {
                                item.state = ItemState.ITEM_STATE_WAITING;
                                item.attempts = 0;
                                job.state = JobState.JOB_STATE_ACTIVE;
                            }
                        }
                        handOut();
                        return view(job);
                    });
        }

        @Override
        public void progress(JobRequest request, StreamObserver<JobProgress> replies) {
            answer(
                    replies,
                    () -> {
                        Job job = view(kept(request.getTenantId(), request.getJobId()));
                        return JobProgress.newBuilder()
                                .setState(job.getState())
                                .setCounts(job.getCounts())
                                .setItemsPerSecond(2.5)
                                .setEtaUnixMillis(5_000)
                                .setReason(
                                        job.getState() == JobState.JOB_STATE_PAUSED
                                                ? JobWaitReason.JOB_WAIT_REASON_PAUSED
                                                : JobWaitReason.JOB_WAIT_REASON_UNSPECIFIED)
                                .build();
                    });
        }

        @Override
        public void setTenantShare(TenantShare request, StreamObserver<TenantShare> replies) {
            answer(
                    replies,
                    () -> {
                        shares.put(request.getTenantId(), request);
                        return request;
                    });
        }

        @Override
        public void listTenantShares(
                ListTenantSharesRequest request, StreamObserver<ListTenantSharesReply> replies) {
            answer(
                    replies,
                    () -> ListTenantSharesReply.newBuilder().addAllShares(shares.values()).build());
        }

        @Override
        public void results(JobResultsRequest request, StreamObserver<JobResultsReply> replies) {
            answer(replies, () -> page(request));
        }

        private JobResultsReply page(JobResultsRequest request) {
            Kept job = kept(request.getTenantId(), request.getJobId());
            int from = request.getCursor().isEmpty() ? 0 : Integer.parseInt(request.getCursor());
            int to = Math.min(job.items.size(), from + request.getPageSize());
            var reply = JobResultsReply.newBuilder();
            for (int i = from; i < to; i++) {
                Item item = job.items.get(i);
                if (request.getStatesCount() == 0 || request.getStatesList().contains(item.state)) {
                    reply.addResults(
                            JobResult.newBuilder()
                                    .setIndex(i)
                                    .setItemId(item.asked.getItemId())
                                    .setState(item.state)
                                    .setOutputJson(item.output)
                                    .setError(item.error)
                                    .setAttempts(item.attempts));
                }
            }
            return reply.setNextCursor(to == job.items.size() ? "" : Integer.toString(to)).build();
        }

        private <T> void answer(
                StreamObserver<T> replies, java.util.function.Supplier<T> question) {
            synchronized (FakeQueue.this) {
                try {
                    replies.onNext(question.get());
                    replies.onCompleted();
                } catch (StatusRuntimeException e) {
                    replies.onError(e);
                }
            }
        }
    }
}
