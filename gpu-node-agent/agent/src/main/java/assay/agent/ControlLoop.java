package assay.agent;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns the session and what is assigned. An exception on it is a defect and
 * ends the process.
 */
final class ControlLoop extends ScheduledThreadPoolExecutor {
    private final Consumer<Throwable> fatal;

    ControlLoop(Consumer<Throwable> fatal) {
        super(1, work -> Thread.ofPlatform().name("control").unstarted(work));
        this.fatal = fatal;
        setRemoveOnCancelPolicy(true);
        setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    protected void afterExecute(Runnable work, @Nullable Throwable thrown) {
        super.afterExecute(work, thrown);
        if (thrown != null) {
            fatal.accept(thrown);
        } else if (work instanceof Future<?> future && future.isDone() && !future.isCancelled()) {
            try {
                future.get();
            } catch (ExecutionException e) {
                fatal.accept(e.getCause() == null ? e : e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
