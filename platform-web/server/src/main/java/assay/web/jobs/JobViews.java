package assay.web.jobs;

import assay.scheduler.v1.JobCounts;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobProgress;
import assay.scheduler.v1.JobResult;
import assay.scheduler.v1.JobWaitReason;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the scheduler says, in this room's words. Stateless. */
final class JobViews {
    private JobViews() {}

    /** As it stands, without a word on how fast it goes. */
    static Job job(assay.scheduler.v1.Job wire) {
        return job(
                wire,
                JobProgress.newBuilder()
                        .setState(wire.getState())
                        .setCounts(wire.getCounts())
                        .setReason(wire.getReason())
                        .build());
    }

    static Job job(assay.scheduler.v1.Job wire, JobProgress progress) {
        JobHeader header = wire.getHeader();
        return new Job(
                UUID.fromString(wire.getId()),
                header.getName(),
                JobKind.of(header.getKind()),
                state(progress.getState()),
                header.getOwner().getName(),
                header.getModel().isEmpty() ? null : header.getModel(),
                header.getPriority(),
                instant(header.getDeadlineUnixMillis()),
                header.getMaxAttempts(),
                counts(progress.getCounts()),
                Instant.ofEpochMilli(wire.getSubmittedUnixMillis()),
                instant(wire.getStartedUnixMillis()),
                instant(wire.getFinishedUnixMillis()),
                progress.getItemsPerSecond(),
                instant(progress.getEtaUnixMillis()),
                wait(progress.getReason()));
    }

    static ItemResult result(JobResult wire) {
        boolean failed = wire.hasError() && !wire.getError().getCode().isEmpty();
        return new ItemResult(
                wire.getIndex(),
                wire.getItemId(),
                state(wire.getState()),
                wire.getOutputJson().isEmpty() ? null : wire.getOutputJson(),
                failed ? wire.getError().getCode() : null,
                failed ? wire.getError().getMessage() : null,
                wire.getAttempts(),
                instant(wire.getFinishedUnixMillis()));
    }

    static assay.scheduler.v1.ItemState wire(ItemState state) {
        return switch (state) {
            case WAITING -> assay.scheduler.v1.ItemState.ITEM_STATE_WAITING;
            case DELAYED -> assay.scheduler.v1.ItemState.ITEM_STATE_DELAYED;
            case RUNNING -> assay.scheduler.v1.ItemState.ITEM_STATE_RUNNING;
            case DONE -> assay.scheduler.v1.ItemState.ITEM_STATE_DONE;
            case DEAD -> assay.scheduler.v1.ItemState.ITEM_STATE_DEAD;
            case DROPPED -> assay.scheduler.v1.ItemState.ITEM_STATE_DROPPED;
        };
    }

    static assay.scheduler.v1.JobState wire(JobState state) {
        return switch (state) {
            case ACTIVE -> assay.scheduler.v1.JobState.JOB_STATE_ACTIVE;
            case PAUSED -> assay.scheduler.v1.JobState.JOB_STATE_PAUSED;
            case FINISHED -> assay.scheduler.v1.JobState.JOB_STATE_FINISHED;
            case CANCELLED -> assay.scheduler.v1.JobState.JOB_STATE_CANCELLED;
            case EXPIRED -> assay.scheduler.v1.JobState.JOB_STATE_EXPIRED;
        };
    }

    private static JobState state(assay.scheduler.v1.JobState wire) {
        return switch (wire) {
            case JOB_STATE_PAUSED -> JobState.PAUSED;
            case JOB_STATE_FINISHED -> JobState.FINISHED;
            case JOB_STATE_CANCELLED -> JobState.CANCELLED;
            case JOB_STATE_EXPIRED -> JobState.EXPIRED;
            // One of a newer scheduler's is none of the ends known here.
            case JOB_STATE_ACTIVE, JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> JobState.ACTIVE;
        };
    }

    private static ItemState state(assay.scheduler.v1.ItemState wire) {
        return switch (wire) {
            case ITEM_STATE_DELAYED -> ItemState.DELAYED;
            case ITEM_STATE_RUNNING -> ItemState.RUNNING;
            case ITEM_STATE_DONE -> ItemState.DONE;
            case ITEM_STATE_DEAD -> ItemState.DEAD;
            case ITEM_STATE_DROPPED -> ItemState.DROPPED;
            case ITEM_STATE_WAITING, ITEM_STATE_UNSPECIFIED, UNRECOGNIZED -> ItemState.WAITING;
        };
    }

    private static @Nullable JobWait wait(JobWaitReason wire) {
        return switch (wire) {
            case JOB_WAIT_REASON_PAUSED -> JobWait.PAUSED;
            case JOB_WAIT_REASON_NO_WORKER -> JobWait.NO_WORKER;
            case JOB_WAIT_REASON_NO_ROOM -> JobWait.NO_ROOM;
            case JOB_WAIT_REASON_TENANT_LIMIT -> JobWait.TENANT_LIMIT;
            case JOB_WAIT_REASON_RETRY -> JobWait.RETRY;
            case JOB_WAIT_REASON_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    private static Job.Counts counts(JobCounts wire) {
        return new Job.Counts(
                wire.getTotal(),
                wire.getWaiting(),
                wire.getDelayed(),
                wire.getRunning(),
                wire.getDone(),
                wire.getDead(),
                wire.getDropped(),
                wire.getTokens());
    }

    private static @Nullable Instant instant(long unixMillis) {
        return unixMillis == 0 ? null : Instant.ofEpochMilli(unixMillis);
    }
}
