package assay.web.serving;

import assay.inference.v1.FinishReason;
import assay.inference.v1.Finished;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.Resumed;
import assay.inference.v1.Tokens;
import assay.scheduler.v1.Route;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.serving.AgentErrors.Loss;
import assay.web.serving.HeadCall.Signal;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer, from one head or from several, one after the other: when a head is lost, the next one
 * is told what came and goes on behind it, and whoever reads sees nothing but a pause. When it is
 * closed before its end, {@link #next} is empty and {@link #end} says "cancelled".
 */
final class AgentGenerationStream implements GenerationStream {
    private static final Logger LOG = LoggerFactory.getLogger(AgentGenerationStream.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofMillis(50);

    private final ServedModel model;
    private final Heads heads;
    private final Duration resumeWithin;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile HeadCall call;

    // Confined to the thread that reads.
    private final Resumed.Builder told = Resumed.newBuilder();
    private @Nullable Lost lost; // while there is no head
    private @Nullable Signal peeked;
    private @Nullable GenerationEnd end;
    private Duration pause = FIRST_PAUSE;
    private long lostNanos; // since when no token has come for want of a head; 0 for not
    private int promptTokens;
    private int completionTokens;
    private long waitedNanos;

    /** A head that is gone, and when to look for one again. */
    private record Lost(Route route, Loss loss, Throwable error, long againNanos) {}

    /**
     * @param route where to begin
     * @param resumeWithin how long a lost head may be without one that takes its place
     * @param waited for the route, already
     */
    AgentGenerationStream(
            ServedModel model, Heads heads, Route route, Duration resumeWithin, Duration waited) {
        this.model = model;
        this.heads = heads;
        this.resumeWithin = resumeWithin;
        this.waitedNanos = waited.toNanos();
        this.call = heads.open(route, told.build());
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
                if (lost == null) {
                    listen(atMost);
                } else {
                    seek(lost, atMost);
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            } finally {
                waitedNanos += System.nanoTime() - from;
            }
        }
        return peeked != null || end != null;
    }

    private void listen(Duration atMost) throws InterruptedException {
        HeadCall running = call;
        Signal signal = running.poll(atMost);
        if (signal == null) {
            if (heads.replaced(running.route())) {
                running.cancel("the replica has another head");
                lose(running.route(), Loss.HEAD, Status.UNAVAILABLE.asRuntimeException());
            }
        } else if (signal instanceof Signal.Failure(Throwable error) && resumes(error)) {
            lose(running.route(), AgentErrors.loss(error), error);
        } else {
            peeked = signal;
        }
    }

    private boolean resumes(Throwable error) {
        return !isClosed() && AgentErrors.loss(error) != Loss.NONE;
    }

    private void lose(Route route, Loss loss, Throwable error) {
        long now = System.nanoTime();
        if (lostNanos == 0) {
            lostNanos = now;
            lost = new Lost(route, loss, error, now);
        } else {
            lost = new Lost(route, loss, error, now + pause.toNanos());
            pause = pause.multipliedBy(2);
            if (pause.compareTo(LONGEST_PAUSE) > 0) {
                pause = LONGEST_PAUSE;
            }
        }
        LOG.info(
                "replica {} epoch {}: lost behind {} tokens of an answer: {}",
                route.getReplicaId(),
                route.getEpoch(),
                told.getIdsCount(),
                Status.fromThrowable(error));
    }

    /** Goes on with another head, or with the same one if that may have come back. */
    private void seek(Lost gone, Duration atMost) throws InterruptedException {
        long now = System.nanoTime();
        boolean patient = now - lostNanos < resumeWithin.toNanos();
        if (isClosed() || !patient) {
            peeked = new Signal.Failure(gone.error());
            return;
        }
        Optional<Route> next = heads.other(gone.route());
        if (next.isEmpty()) {
            switch (gone.loss()) {
                case STAGE -> {
                    peeked = new Signal.Failure(gone.error()); // it has waited long enough itself
                    return;
                }
                case HEAD -> next = Optional.of(gone.route());
                case EPOCH ->
                        next =
                                Optional.of(
                                        gone.route().toBuilder()
                                                .setEpoch(AgentErrors.epoch(gone.error()))
                                                .build());
                case NONE -> throw new IllegalStateException("nothing was lost");
            }
        }
        if (now >= gone.againNanos()) {
            lost = null;
            call = heads.open(next.orElseThrow(), told.build());
            if (isClosed()) {
                call.cancel("the caller has left");
            }
        } else {
            boolean _ =
                    closed.await(Math.min(LOOK.toNanos(), atMost.toNanos()), TimeUnit.NANOSECONDS);
        }
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
                    call.more();
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
                    if (!isClosed()) {
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
            boolean _ = await(LOOK);
            signal = peeked;
        }
        peeked = null;
        return signal;
    }

    private GenerationChunk chunk(Tokens tokens) {
        completionTokens += tokens.getIdsCount();
        told.addAllIds(tokens.getIdsList())
                .setTextUnits(told.getTextUnits() + tokens.getText().length());
        lostNanos = 0;
        pause = FIRST_PAUSE;
        heads.tokenCame(call.route());
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

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    @Override
    public void close() {
        closed.countDown();
        call.cancel("the caller has left");
    }

    private WebException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        close();
        return new WebException(ErrorCode.INTERNAL, "interrupted", Map.of(), null, cause);
    }
}
