package assay.web.jobs;

import assay.scheduler.v1.JobWorkGrpc;
import assay.scheduler.v1.WorkMessage;
import assay.scheduler.v1.WorkerMessage;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream between this process and the scheduler, opened again whenever it breaks: at once the
 * first time, then after pauses that double. Sends under the listener's lock, one message at a
 * time; what comes is given on one at a time.
 */
final class WorkStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkStream.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration TICK = Duration.ofMillis(500);

    /** Who speaks on the stream. */
    interface Listener {
        /** The first message of a new opening. */
        WorkerMessage hello();

        void heard(WorkMessage message);

        /** What was sent and not answered may be lost; another opening follows. */
        void broken();

        /** Called about twice a second. */
        void tick();
    }

    private final Channel channel;
    private final Duration silence;
    private final Listener listener;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    task -> Thread.ofPlatform().daemon().name("job-stream").unstarted(task));

    private volatile @Nullable Opening current;
    private Duration pause = FIRST_PAUSE; // confined to the timer

    /**
     * @param silence an opening on which no answer came for so long is given up
     */
    WorkStream(Channel channel, Duration silence, Listener listener) {
        this.channel = channel;
        this.silence = silence;
        this.listener = listener;
    }

    void start() {
        timer.execute(this::open);
        ScheduledFuture<?> _ =
                timer.scheduleWithFixedDelay(
                        this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Sends it on the opening of now; nothing when that has just broken. */
    void send(WorkerMessage message) {
        Opening open = current;
        if (open != null) {
            open.send(message);
        }
    }

    /** Gives the opening of now up. */
    void reopen(String why) {
        Opening open = current;
        if (open != null) {
            LOG.info("the stream of batch items is opened again: {}", why);
            open.cancel(why);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        Opening open = current;
        current = null;
        if (open != null) {
            open.complete();
        }
    }

    private void open() {
        var opening = new Opening();
        JobWorkGrpc.newStub(channel).withWaitForReady().work(opening);
        current = opening;
        opening.send(listener.hello());
    }

    private void tick() {
        try {
            Opening open = current;
            if (open != null && !open.answered && open.ageNanos() > silence.toNanos()) {
                open.cancel("no answer for " + silence);
            }
            listener.tick();
        } catch (RuntimeException e) {
            LOG.error("a tick of the stream of batch items failed", e); // the next one comes
        }
    }

    private void broken(Opening from, Status status) {
        if (from != current) {
            return;
        }
        current = null;
        listener.broken();
        if (from.answered) {
            pause = FIRST_PAUSE;
        }
        LOG.info("the stream of batch items ended: {}; again in {} ms", status, pause.toMillis());
        try {
            ScheduledFuture<?> _ =
                    timer.schedule(this::open, pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed meanwhile", e);
        }
        pause = pause.multipliedBy(2);
        if (pause.compareTo(LONGEST_PAUSE) > 0) {
            pause = LONGEST_PAUSE;
        }
    }

    /** One opening of the stream. */
    private final class Opening implements ClientResponseObserver<WorkerMessage, WorkMessage> {
        private final long openedAt = System.nanoTime();
        private volatile boolean answered;
        private volatile @Nullable ClientCallStreamObserver<WorkerMessage> call;

        long ageNanos() {
            return System.nanoTime() - openedAt;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<WorkerMessage> requests) {
            call = requests;
        }

        synchronized void send(WorkerMessage message) {
            var open = call;
            if (open != null) {
                try {
                    open.onNext(message);
                } catch (IllegalStateException e) {
                    LOG.debug("the stream has just ended", e); // its end is told elsewhere
                }
            }
        }

        synchronized void cancel(String why) {
            var open = call;
            if (open != null) {
                open.cancel(why, null);
            }
        }

        synchronized void complete() {
            var open = call;
            call = null;
            if (open != null) {
                open.onCompleted();
            }
        }

        @Override
        public void onNext(WorkMessage message) {
            if (this == current) {
                answered = true;
                listener.heard(message);
            }
        }

        @Override
        public void onError(Throwable error) {
            end(Status.fromThrowable(error));
        }

        @Override
        public void onCompleted() {
            end(Status.OK);
        }

        private void end(Status status) {
            try {
                timer.execute(() -> broken(this, status));
            } catch (RejectedExecutionException e) {
                LOG.debug("closed meanwhile", e);
            }
        }
    }
}
