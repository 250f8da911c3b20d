package assay.web.jobs;

import assay.scheduler.v1.ItemError;
import assay.scheduler.v1.ItemFailure;
import assay.scheduler.v1.ItemReturn;
import assay.scheduler.v1.ItemSuccess;
import assay.scheduler.v1.ItemUse;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.LeaseKey;
import assay.scheduler.v1.LeasedItem;
import assay.scheduler.v1.WorkerMessage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An item that this process has a lease on, from when it came until its end is known to be stored.
 * Guarded by the worker's lock, but for {@link #unwanted}.
 */
final class HeldItem {
    private static final int MESSAGE_CHARS = 2_000;

    final JobHeader job;
    final LeasedItem item;
    final JobKind kind;

    /** Nobody will take the result: its work should stop. */
    volatile boolean unwanted;

    /** The scheduler said so itself; it need not be told. */
    boolean revoked;

    /** What is to be said until it is known to be stored; null while it is worked on. */
    @Nullable WorkerMessage end;

    long endNanos;

    HeldItem(JobHeader job, LeasedItem item) {
        this.job = job;
        this.item = item;
        this.kind = JobKind.of(job.getKind());
    }

    LeaseKey lease() {
        return item.getLease();
    }

    /** The end as the scheduler is told; null for nothing. */
    @Nullable WorkerMessage message(ItemEnd ended, Duration worked) {
        var use = ItemUse.newBuilder().setWorkedMillis(worked.toMillis());
        return switch (ended) {
            case ItemEnd.Success(String json, long tokens) ->
                    WorkerMessage.newBuilder()
                            .setSuccess(
                                    ItemSuccess.newBuilder()
                                            .setLease(lease())
                                            .setOutputJson(json)
                                            .setUse(use.setTokens(tokens)))
                            .build();
            case ItemEnd.Failure(
                            String code,
                            String message,
                            boolean retryable,
                            Duration retryAfter) ->
                    WorkerMessage.newBuilder()
                            .setFailure(
                                    ItemFailure.newBuilder()
                                            .setLease(lease())
                                            .setError(error(code, message))
                                            .setRetryable(retryable)
                                            .setRetryAfterMillis(retryAfter.toMillis())
                                            .setUse(use))
                            .build();
            case ItemEnd.Returned(String code, String message, Duration retryAfter) ->
                    WorkerMessage.newBuilder()
                            .setGiveBack(
                                    ItemReturn.newBuilder()
                                            .setLease(lease())
                                            .setReason(error(code, message))
                                            .setRetryAfterMillis(retryAfter.toMillis()))
                            .build();
            case ItemEnd.Dropped() -> null;
        };
    }

    private static ItemError error(String code, String message) {
        return ItemError.newBuilder()
                .setCode(code)
                .setMessage(
                        message.length() <= MESSAGE_CHARS
                                ? message
                                : message.substring(0, MESSAGE_CHARS))
                .build();
    }
}
