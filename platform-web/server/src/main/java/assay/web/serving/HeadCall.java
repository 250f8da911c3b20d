package assay.web.serving;

import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.scheduler.v1.Route;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One call to a head agent. Its answers wait in a queue that flow control bounds: an agent is asked
 * for more only as they are taken, so a slow client costs no memory here. Thread-safe, with one
 * reader.
 */
final class HeadCall implements ClientResponseObserver<GenerateRequest, GenerateEvent> {
    private static final int AHEAD = 32;

    /** What the call's own threads hand over. */
    sealed interface Signal {
        record Event(GenerateEvent event) implements Signal {}

        record Failure(Throwable error) implements Signal {}

        record Completed() implements Signal {}
    }

    private final Route route;
    private final Runnable onEnd;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable ClientCallStreamObserver<GenerateRequest> call;

    /**
     * @param onEnd called once, when the replica is free of this
     */
    HeadCall(Route route, Runnable onEnd) {
        this.route = route;
        this.onEnd = onEnd;
    }

    /** Where it went. */
    Route route() {
        return route;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<GenerateRequest> requests) {
        call = requests;
        requests.disableAutoRequestWithInitial(AHEAD);
    }

    @Override
    public void onNext(GenerateEvent event) {
        signals.add(new Signal.Event(event));
    }

    @Override
    public void onError(Throwable error) {
        signals.add(new Signal.Failure(error));
        finish();
    }

    @Override
    public void onCompleted() {
        signals.add(new Signal.Completed());
        finish();
    }

    private void finish() {
        if (over.compareAndSet(false, true)) {
            onEnd.run();
        }
    }

    /** What comes next, if it comes in time. */
    @Nullable Signal poll(Duration atMost) throws InterruptedException {
        return signals.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** One event was taken: the agent may send another. */
    void more() {
        ClientCallStreamObserver<GenerateRequest> running = call;
        if (running != null) {
            running.request(1);
        }
    }

    /** Frees the replica within one step. Idempotent. */
    void cancel(String why) {
        ClientCallStreamObserver<GenerateRequest> running = call;
        if (running != null && !over.get()) {
            running.cancel(why, null);
        }
        finish();
    }
}
