package assay.agent.check;

import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a bounded number of checks run and a bounded number wait, in the order of their arrival;
 * when both are full, or the wait gets too long, the answer is no. Thread-safe.
 */
final class CheckGate {
    private final Semaphore places;
    private final AtomicInteger inside = new AtomicInteger();
    private final CheckLimits limits;

    CheckGate(CheckLimits limits) {
        this.limits = limits;
        this.places = new Semaphore(limits.concurrent(), true);
    }

    /** Work that a child process may be waited for in. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws InterruptedException;
    }

    /** Runs the work as soon as there is a place; empty when the checker is busy. */
    <T> Optional<T> run(Work<T> work) throws InterruptedException {
        int mine = inside.incrementAndGet();
        try {
            if (mine > limits.concurrent() + limits.waiting()
                    || !places.tryAcquire(limits.longestWait().toMillis(), TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
            try {
                return Optional.of(work.run());
            } finally {
                places.release();
            }
        } finally {
            inside.decrementAndGet();
        }
    }

    /** Checks that run or wait now. */
    int load() {
        return inside.get();
    }
}
