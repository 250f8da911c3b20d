package assay.scheduler.server.control;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits on a call's thread for what the control loop answers. Stateless. */
final class LoopAnswers {
    private static final long SECONDS = 10;

    private LoopAnswers() {}

    /**
     * An answer of the loop.
     *
     * @throws SchedulerException SCHEDULER_BUSY, SCHEDULER_STOPPING
     */
    static <T> T of(CompletableFuture<T> future) {
        return of(future, ErrorCode.SCHEDULER_BUSY, "no answer in time");
    }

    /**
     * Until what was decided is stored.
     *
     * @throws SchedulerException STORE_AWAY when the database is away: it will be stored when it is
     *     back
     */
    static void stored(CompletableFuture<Boolean> future) {
        of(
                future,
                ErrorCode.STORE_AWAY,
                "the database is away; the change is kept and stored when it is back");
    }

    private static <T> T of(CompletableFuture<T> future, ErrorCode late, String why) {
        try {
            return future.get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException(ErrorCode.SCHEDULER_STOPPING, "interrupted", e);
        } catch (TimeoutException e) {
            throw new SchedulerException(late, why, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the control loop does not answer with errors", e);
        }
    }
}
