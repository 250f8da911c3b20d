package assay.engine.kernel.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed set of threads for the short parallel loops of a step, of which there are dozens for each
 * token. Workers spin for a while before they park, so that the next loop of the step finds them
 * awake. The caller takes part, and returns when all items are done, not when all workers have
 * looked: one that the operating system has put aside delays nobody unless it holds an item.
 *
 * <p>One caller at a time.
 */
final class WorkerPool implements AutoCloseable {
    private static final int SPINS_BEFORE_PARK = 2_000;
    private static final int SPINS_BEFORE_YIELD = 10_000;

    /** A loop body; called for many items at once on different threads. */
    interface Body {
        /**
         * Does one item.
         *
         * @param worker below the number of threads; no two calls at once have the same
         */
        void run(int worker, int item);
    }

    private static final class Loop {
        private final Body body;
        private final int items;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Loop(Body body, int items) {
            this.body = body;
            this.items = items;
        }

        void help(int worker) {
            for (int item = next.getAndIncrement(); item < items; item = next.getAndIncrement()) {
                try {
                    body.run(worker, item);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    done.getAndIncrement();
                }
            }
        }

        boolean finished() {
            return done.get() >= items;
        }
    }

    private final Thread[] workers;
    private final AtomicInteger parked = new AtomicInteger();
    private volatile @Nullable Loop current;
    private volatile boolean closed;

    /**
     * Starts the threads.
     *
     * @param threads the caller's included, at least 1
     */
    WorkerPool(int threads) {
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            int worker = i + 1;
            workers[i] =
                    Thread.ofPlatform()
                            .name("assay-kernel-" + worker)
                            .daemon()
                            .unstarted(() -> work(worker));
        }
        for (Thread worker : workers) {
            worker.start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /** Yields the processor only when a worker that holds an item seems to lack one. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void await(Loop loop) {
        for (int spins = 0; !loop.finished(); spins++) {
            if (spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /** Runs the body for each item below {@code items}, in any order and on any thread. */
    void run(int items, Body body) {
        if (workers.length == 0 || items == 1) {
            for (int item = 0; item < items; item++) {
                body.run(0, item);
            }
            return;
        }
        Loop loop = new Loop(body, items);
        current = loop;
        if (parked.get() > 0) {
            for (Thread worker : workers) {
                LockSupport.unpark(worker);
            }
        }
        loop.help(0);
        await(loop);
        Throwable failure = loop.failure.get();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private void work(int worker) {
        Loop last = null;
        int spins = 0;
        while (!closed) {
            Loop loop = current;
            if (loop != null && loop != last) {
                loop.help(worker);
                last = loop;
                spins = 0;
            } else if (spins++ < SPINS_BEFORE_PARK) {
                Thread.onSpinWait();
            } else {
                park(last);
                spins = 0;
            }
        }
    }

    /**
     * Announces itself first and looks again, so that a loop that begins meanwhile is not slept
     * over.
     */
    private void park(@Nullable Loop last) {
        parked.getAndIncrement();
        if (current == last && !closed) {
            LockSupport.park(this);
        }
        parked.getAndDecrement();
    }

    @Override
    public void close() {
        closed = true;
        for (Thread worker : workers) {
            LockSupport.unpark(worker);
        }
        boolean interrupted = false;
        for (Thread worker : workers) {
            interrupted |= !joined(worker);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean joined(Thread worker) {
        try {
            worker.join();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
