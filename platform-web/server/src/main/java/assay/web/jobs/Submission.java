package assay.web.jobs;

import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobItem;
import assay.scheduler.v1.JobItems;
import assay.scheduler.v1.JobsGrpc;
import assay.scheduler.v1.SubmitJobReply;
import assay.scheduler.v1.SubmitJobRequest;
import assay.web.WebException;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A call that hands a job over, item by item: as fast as the scheduler takes them, so that what is
 * under way is bounded. Nothing is kept there when it is not {@link #finish finished}. Confined to
 * one thread, which blocks; answers come on others.
 */
final class Submission implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration STALLED = Duration.ofSeconds(60);
    private static final int MESSAGE_ITEMS = 1_000;
    private static final int MESSAGE_BYTES = 512 << 10;

    private final CompletableFuture<SubmitJobReply> reply = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Answers answers = new Answers();
    private JobItems.Builder waiting = JobItems.newBuilder();
    private long waitingBytes;

    Submission(Channel channel, JobHeader header) {
        JobsGrpc.newStub(channel)
                .withDeadlineAfter(LONGEST.toMillis(), TimeUnit.MILLISECONDS)
                .submit(answers);
        send(SubmitJobRequest.newBuilder().setHeader(header).build());
    }

    /**
     * @param payload JSON
     */
    void add(String id, String payload) {
        waiting.addItems(JobItem.newBuilder().setItemId(id).setPayloadJson(payload));
        waitingBytes += payload.length();
        if (waiting.getItemsCount() >= MESSAGE_ITEMS || waitingBytes >= MESSAGE_BYTES) {
            flush();
        }
    }

    /** Ends the submission and waits for what became of it. */
    SubmitJobReply finish() {
        flush();
        if (!reply.isDone()) {
            answers.call().onCompleted();
        }
        try {
            return reply.join();
        } catch (CompletionException e) {
            throw SchedulerFaults.of(e.getCause() == null ? e : e.getCause());
        }
    }

    /** Withdraws what was not finished. */
    @Override
    public void close() {
        if (!reply.isDone()) {
            answers.call().cancel("withdrawn", null);
        }
    }

    private void flush() {
        if (waiting.getItemsCount() > 0) {
            send(SubmitJobRequest.newBuilder().setItems(waiting).build());
            waiting = JobItems.newBuilder();
            waitingBytes = 0;
        }
    }

    private void send(SubmitJobRequest message) {
        awaitRoom();
        if (reply.isCompletedExceptionally()) {
            throw SchedulerFaults.of(reply.exceptionNow());
        }
        answers.call().onNext(message);
    }

    private void awaitRoom() {
        lock.lock();
        try {
            long nanos = STALLED.toNanos();
            while (!answers.call().isReady() && !reply.isDone()) {
                if (nanos <= 0) {
                    throw SchedulerFaults.of(Status.DEADLINE_EXCEEDED.asRuntimeException());
                }
                nanos = changed.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WebException(assay.web.ErrorCode.INTERNAL, "interrupted", Map.of(), null, e);
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The scheduler's side of the call. */
    private final class Answers
            implements ClientResponseObserver<SubmitJobRequest, SubmitJobReply> {
        private @Nullable ClientCallStreamObserver<SubmitJobRequest> call;

        ClientCallStreamObserver<SubmitJobRequest> call() {
            if (call == null) {
                throw new IllegalStateException("the call was not begun");
            }
            return call;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<SubmitJobRequest> requests) {
            call = requests;
            requests.setOnReadyHandler(Submission.this::wake);
        }

        @Override
        public void onNext(SubmitJobReply value) {
            reply.complete(value);
        }

        @Override
        public void onError(Throwable error) {
            reply.completeExceptionally(error);
            wake();
        }

        @Override
        public void onCompleted() {
            reply.completeExceptionally(
                    Status.INTERNAL.withDescription("no reply").asRuntimeException());
            wake();
        }
    }
}
