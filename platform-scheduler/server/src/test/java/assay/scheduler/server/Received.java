package assay.scheduler.server;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a stream brought, to be looked at by a test. Thread-safe. */
final class Received<T> implements StreamObserver<T> {
    private static final int SECONDS = 60;

    private final BlockingQueue<T> values = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Throwable error;

    @Override
    public void onNext(T value) {
        values.add(value);
    }

    @Override
    public void onError(Throwable failure) {
        error = failure;
        ended.countDown();
    }

    @Override
    public void onCompleted() {
        ended.countDown();
    }

    @Nullable Throwable error() {
        return error;
    }

    /**
     * The one value of a call that ended.
     *
     * @throws RuntimeException what the call ended with instead
     */
    T single() {
        try {
            if (!ended.await(SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain for the end of a call");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        if (error instanceof RuntimeException failure) {
            throw failure;
        }
        return values.remove();
    }

    /** The first value from here on that is as wanted; the ones before it are dropped. */
    T await(String what, Predicate<T> wanted) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        try {
            while (true) {
                T value = values.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (value == null) {
                    throw new AssertionError("waited in vain for " + what, error);
                }
                if (wanted.test(value)) {
                    return value;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
