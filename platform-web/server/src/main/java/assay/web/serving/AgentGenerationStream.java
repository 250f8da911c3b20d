package assay.web.serving;

import assay.inference.v1.FinishReason;
import assay.inference.v1.Finished;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Tokens;
import assay.web.ErrorCode;
import assay.web.WebException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A call to a head agent. Its answers wait in a queue that flow control bounds: an agent is asked
 * for more only as they are taken, so a slow client costs no memory here. When it is closed before
 * its end, {@link #next} is empty and {@link #end} says "cancelled".
 */
final class AgentGenerationStream
        implements GenerationStream, ClientResponseObserver<GenerateRequest, GenerateEvent> {
    private static final int AHEAD = 32;

    /** What the call's own threads hand over. */
    private sealed interface Signal {
        record Event(GenerateEvent event) implements Signal {}

        record Failure(Throwable error) implements Signal {}

        record Completed() implements Signal {}
    }

    private final ServedModel model;
    private final Runnable onToken;
    private final Runnable onEnd;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean closed;
    private volatile @Nullable ClientCallStreamObserver<GenerateRequest> call;

    // Confined to the thread that reads.
    private @Nullable Signal peeked;
    private @Nullable GenerationEnd end;
    private int promptTokens;
    private int completionTokens;
    private long waitedNanos;

    /**
     * @param onToken called for each chunk: the replica works
     * @param onEnd called once, when the replica is free of this
     */
    AgentGenerationStream(ServedModel model, Runnable onToken, Runnable onEnd) {
        this.model = model;
        this.onToken = onToken;
        this.onEnd = onEnd;
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

    @Override
    public ServedModel model() {
        return model;
    }

    /** Waits at most so long; whether {@link #next} will then answer at once. */
    boolean await(Duration atMost) {
        if (peeked == null && end == null) {
            long from = System.nanoTime();
            try {
                peeked = signals.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw interrupted(e);
            } finally {
                waitedNanos += System.nanoTime() - from;
            }
        }
        return peeked != null || end != null;
    }

    /** How long the reader has waited for the replica. */
    long waitedNanos() {
        return waitedNanos;
    }

    int promptTokens() {
        return promptTokens;
    }

    int completionTokens() {
        return completionTokens;
    }

    @Override
    public Optional<GenerationChunk> next() {
        while (end == null) {
            switch (take()) {
                case Signal.Event(GenerateEvent event) -> {
                    request();
                    switch (event.getEventCase()) {
                        case STARTED -> promptTokens = event.getStarted().getPromptTokens();
                        case TOKENS -> {
                            return Optional.of(chunk(event.getTokens()));
                        }
                        case FINISHED -> end = endOf(event.getFinished());
                        case EVENT_NOT_SET -> {} // of a newer agent: nothing for this version
                    }
                }
                case Signal.Failure(Throwable error) -> {
                    if (!closed) {
                        throw AgentErrors.of(error);
                    }
                    end = new GenerationEnd("cancelled", promptTokens, completionTokens);
                }
                case Signal.Completed() ->
                        throw new WebException(
                                ErrorCode.INTERNAL, "the agent ended without an end");
            }
        }
        return Optional.empty();
    }

    private Signal take() {
        Signal signal = peeked;
        while (signal == null) {
            await(Duration.ofMinutes(1));
            signal = peeked;
        }
        peeked = null;
        return signal;
    }

    private void request() {
        ClientCallStreamObserver<GenerateRequest> running = call;
        if (running != null) {
            running.request(1);
        }
    }

    private GenerationChunk chunk(Tokens tokens) {
        completionTokens += tokens.getIdsCount();
        onToken.run();
        var logProbs = new float[tokens.getLogProbsCount()];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = tokens.getLogProbs(i);
        }
        return new GenerationChunk(tokens.getText(), tokens.getIdsCount(), logProbs);
    }

    private GenerationEnd endOf(Finished finished) {
        promptTokens = finished.getPromptTokens();
        completionTokens = finished.getCompletionTokens();
        return new GenerationEnd(
                finished.getReason() == FinishReason.FINISH_REASON_LENGTH ? "length" : "stop",
                promptTokens,
                completionTokens);
    }

    @Override
    public GenerationEnd end() {
        if (end == null) {
            throw new IllegalStateException("the generation is still under way");
        }
        return end;
    }

    @Override
    public void close() {
        closed = true;
        ClientCallStreamObserver<GenerateRequest> running = call;
        if (running != null && !over.get()) {
            running.cancel("the caller has left", null);
        }
        finish();
    }

    private WebException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        close();
        return new WebException(ErrorCode.INTERNAL, "interrupted", Map.of(), null, cause);
    }
}
