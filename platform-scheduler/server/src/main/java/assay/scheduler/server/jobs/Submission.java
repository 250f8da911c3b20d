package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.JobId;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobItem;
import assay.scheduler.v1.SubmitJobReply;
import assay.scheduler.v1.SubmitJobRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call that submits a job. What comes is written as it comes, under the call's back pressure,
 * and becomes a job with its last message; where the job's key is known, it is only compared. gRPC
 * calls it from one thread at a time.
 */
final class Submission implements StreamObserver<SubmitJobRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(Submission.class);

    private final Submissions submissions;
    private final JobMessages messages;
    private final JobLoop loop;
    private final JobsConfig config;
    private final InstantSource clock;
    private final Function<JobHeader, Function<JobId, assay.scheduler.v1.Job>> view;
    private final ServerCallStreamObserver<SubmitJobReply> answer;
    private final MessageDigest digest = sha256();

    private @Nullable JobHeader header;
    private @Nullable JobId job;
    private Submissions.@Nullable Known known;
    private long items;
    private boolean over;

    /**
     * Nothing came yet.
     *
     * @param view shows a job to the submitter's tenant
     */
    Submission(
            Submissions submissions,
            JobMessages messages,
            JobLoop loop,
            JobsConfig config,
            InstantSource clock,
            Function<JobHeader, Function<JobId, assay.scheduler.v1.Job>> view,
            ServerCallStreamObserver<SubmitJobReply> answer) {
        this.submissions = submissions;
        this.messages = messages;
        this.loop = loop;
        this.config = config;
        this.clock = clock;
        this.view = view;
        this.answer = answer;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public void onNext(SubmitJobRequest request) {
        if (over) {
            return;
        }
        try {
            switch (request.getPartCase()) {
                case HEADER -> begin(request.getHeader());
                case ITEMS -> add(request.getItems().getItemsList());
                case PART_NOT_SET -> LOG.debug("a part of a newer gateway was skipped");
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void begin(JobHeader first) {
        if (header != null) {
            throw JobMessages.invalid("header: a second one (expected: the first message alone)");
        }
        messages.check(first);
        long deadline = first.getDeadlineUnixMillis();
        UUID tenant = UUID.fromString(first.getTenantId());
        known = submissions.known(tenant, first.getJobKey()).orElse(null);
        if (known == null && deadline != 0 && deadline <= clock.instant().toEpochMilli()) {
            throw JobMessages.invalid("deadline: in the past");
        }
        header = first;
        digest(first.getKind().name());
        digest(first.getModel());
        digest(first.getDefaultsJson());
        if (known == null) {
            int attempts =
                    first.getMaxAttempts() > 0 ? first.getMaxAttempts() : config.maxAttempts();
            job = submissions.begin(first, attempts);
        }
    }

    private void add(List<JobItem> more) {
        JobHeader of = header;
        if (of == null) {
            throw JobMessages.invalid("items: before the header");
        }
        if (items + more.size() > config.mostItems()) {
            throw JobMessages.invalid(
                    "items: more than %d (expected: 1..%d)"
                            .formatted(config.mostItems(), config.mostItems()));
        }
        long index = items;
        for (JobItem item : more) {
            messages.check(item, index++);
            digest(item.getItemId());
            digest(item.getPayloadJson());
        }
        if (job != null && !more.isEmpty()) {
            submissions.add(job, UUID.fromString(of.getTenantId()), items, more);
        }
        items = index;
    }

    private void digest(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    @Override
    public void onError(Throwable failure) {
        over = true;
        discard();
    }

    @Override
    public void onCompleted() {
        if (over) {
            return;
        }
        try {
            SubmitJobReply reply = finish();
            over = true;
            answer.onNext(reply);
            answer.onCompleted();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private SubmitJobReply finish() {
        JobHeader of = header;
        if (of == null || items == 0) {
            throw JobMessages.invalid("items: 0 (expected: 1.." + config.mostItems() + ")");
        }
        byte[] all = digest.digest();
        if (known != null) {
            if (!MessageDigest.isEqual(all, known.digest())) {
                throw new SchedulerException(
                        ErrorCode.JOB_KEY_REUSED,
                        "job key: used before for a job with other items, as job " + known.job());
            }
            return SubmitJobReply.newBuilder()
                    .setJob(view.apply(of).apply(known.job()))
                    .setAlreadyKnown(true)
                    .build();
        }
        JobId own = job;
        if (own == null) {
            throw new IllegalStateException("a submission without a job");
        }
        long number = items;
        loop.ask((control, now) -> control.submitted(own, number, all, now));
        submissions.ended(own);
        job = null;
        return SubmitJobReply.newBuilder().setJob(view.apply(of).apply(own)).build();
    }

    private void fail(RuntimeException failure) {
        over = true;
        answer.onError(Faults.of(failure));
        discard();
    }

    private void discard() {
        JobId own = job;
        job = null;
        if (own != null) {
            try {
                submissions.discard(own);
            } catch (RuntimeException e) {
                LOG.warn(
                        "a job that was not received stays until the next start: {}", e.toString());
            }
        }
    }
}
