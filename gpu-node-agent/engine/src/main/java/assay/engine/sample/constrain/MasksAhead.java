package assay.engine.sample.constrain;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A thread that makes masks before they are asked for: once a token is drawn, the mask of the next
 * depends on nothing that the model computes. Changes when masks are made, never what is in them:
 * one that was not made in time, or found no room in the queue, is made where it is asked for.
 * Thread-safe.
 */
public final class MasksAhead implements AutoCloseable {
    /** More sequences than are drawn for at a time. */
    private static final int WAITING_MAX = 1_024;

    private final ExecutorService thread =
            new ThreadPoolExecutor(
                    1,
                    1,
                    0,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(WAITING_MAX),
                    Thread.ofPlatform().daemon().name("masks-ahead").factory(),
                    new ThreadPoolExecutor.DiscardPolicy());

    /** Has the state's next mask made, unless it is known. To be called by the state's thread. */
    public void prepare(ConstraintState state) {
        Runnable pending = state.pending();
        if (pending != null) {
            thread.execute(pending);
        }
    }

    /** Forgets what waits, and returns when the thread has ended: at most one mask later. */
    @Override
    public void close() {
        thread.shutdownNow();
        thread.close();
    }
}
