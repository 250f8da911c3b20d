package assay.web.serving;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of the scheduler's that is opened again whenever it breaks: at once the first time, then
 * after pauses that double. Thread-safe; messages come one at a time.
 */
final class SchedulerStream<Q, A> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerStream.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Channel channel;
    private final MethodDescriptor<Q, A> method;
    private final Q request;
    private final Duration silence;
    private final Consumer<A> listener;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    task -> Thread.ofPlatform().daemon().name("scheduler-stream").unstarted(task));

    // Confined to the timer's thread.
    private @Nullable ClientCall<Q, A> call;
    private @Nullable ScheduledFuture<?> watchdog;
    private Duration pause = FIRST_PAUSE;

    private volatile boolean connected;

    /**
     * @param silence a stream on which nothing came for so long is taken for dead; zero for never
     */
    SchedulerStream(
            Channel channel,
            MethodDescriptor<Q, A> method,
            Q request,
            Duration silence,
            Consumer<A> listener) {
        this.channel = channel;
        this.method = method;
        this.request = request;
        this.silence = silence;
        this.listener = listener;
    }

    void start() {
        timer.execute(this::open);
    }

    /** Whether something has come on the stream that is open now. */
    boolean connected() {
        return connected;
    }

    @Override
    public void close() {
        timer.shutdownNow();
        ClientCall<Q, A> last = call;
        if (last != null) {
            last.cancel("this process ends", null);
        }
    }

    private void open() {
        ClientCall<Q, A> opened = channel.newCall(method, CallOptions.DEFAULT.withWaitForReady());
        call = opened;
        opened.start(new Answers(opened), new Metadata());
        opened.sendMessage(request);
        opened.halfClose();
        opened.request(1);
    }

    private void onTimer(Runnable task) {
        if (!timer.isShutdown()) {
            try {
                timer.execute(task);
            } catch (RejectedExecutionException e) {
                LOG.debug("closed meanwhile", e);
            }
        }
    }

    private void heard(ClientCall<Q, A> from) {
        pause = FIRST_PAUSE;
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        if (silence.isPositive()) {
            watchdog =
                    timer.schedule(
                            () -> from.cancel("nothing came for " + silence, null),
                            silence.toMillis(),
                            TimeUnit.MILLISECONDS);
        }
    }

    private void broken(Status status) {
        LOG.info(
                "{} ended: {}; again in {} ms",
                method.getBareMethodName(),
                status,
                pause.toMillis());
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        ScheduledFuture<?> _ = timer.schedule(this::open, pause.toMillis(), TimeUnit.MILLISECONDS);
        pause = pause.multipliedBy(2);
        if (pause.compareTo(LONGEST_PAUSE) > 0) {
            pause = LONGEST_PAUSE;
        }
    }

    /** What comes on one opening of the stream. */
    private final class Answers extends ClientCall.Listener<A> {
        private final ClientCall<Q, A> from;

        Answers(ClientCall<Q, A> from) {
            this.from = from;
        }

        @Override
        public void onMessage(A message) {
            connected = true;
            try {
                listener.accept(message);
            } finally {
                from.request(1);
                onTimer(() -> heard(from));
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            connected = false;
            onTimer(() -> broken(status));
        }
    }
}
