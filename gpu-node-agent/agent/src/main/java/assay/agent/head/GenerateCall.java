package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import assay.engine.EngineException;
import assay.engine.batch.FinishReason;
import assay.engine.sample.SamplingParams;
import assay.engine.sample.StopSequences;
import assay.engine.tokenizer.Detokenizer;
import assay.engine.tokenizer.Tokenizer;
import assay.inference.v1.Finished;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.Started;
import assay.inference.v1.Tokens;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call: its virtual thread turns text into ids, waits for tokens, turns them into text, looks
 * for stop sequences, and writes when the client takes more. The head loop only puts tokens into
 * its queue, which is bounded: a client that leaves too many of them unread is cut off.
 */
final class GenerateCall implements TokenSink {
    private static final Logger LOG = LoggerFactory.getLogger(GenerateCall.class);

    private final HeadLoop head;
    private final ServerCallStreamObserver<GenerateEvent> call;
    private final boolean logProbs;
    private final StopSequences stops;
    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final AtomicInteger unread = new AtomicInteger();
    private final Semaphore mayWrite = new Semaphore(0);
    private volatile boolean cutOff;
    private Timing lastTiming = new Timing(0, 0);
    private int promptTokens;
    private int completionTokens;

    private sealed interface Item {
        record Accepted() implements Item {}

        record Token(int id, float logProb, Timing timing) implements Item {}

        record End(FinishReason reason) implements Item {}

        record Fault(AgentException fault) implements Item {}

        record Cancelled() implements Item {}
    }

    GenerateCall(
            HeadLoop head,
            ServerCallStreamObserver<GenerateEvent> call,
            boolean logProbs,
            StopSequences stops) {
        this.head = head;
        this.call = call;
        this.logProbs = logProbs;
        this.stops = stops;
    }

    /** The client is gone or its deadline has passed. On gRPC's thread. */
    void cancelled() {
        items.add(new Item.Cancelled());
        mayWrite.release();
    }

    /** The client takes more. On gRPC's thread. */
    void ready() {
        mayWrite.release();
    }

    @Override
    public void accepted() {
        items.add(new Item.Accepted());
    }

    @Override
    public boolean token(int id, float logProb, Timing timing) {
        if (unread.incrementAndGet() > head.limits().maxUnreadTokens()) {
            cutOff = true;
            mayWrite.release();
            failed(tooSlow());
            return false;
        }
        items.add(new Item.Token(id, logProb, timing));
        return true;
    }

    @Override
    public void finished(FinishReason reason) {
        items.add(new Item.End(reason));
    }

    @Override
    public void failed(AgentException fault) {
        items.add(new Item.Fault(fault));
    }

    /** The whole call. On its own virtual thread. */
    void run(String prompt, int maxTokens, SamplingParams sampling) {
        @Nullable Generation generation = null;
        try {
            Tokenizer tokenizer = head.loaded().tokenizer().orElseThrow();
            int[] ids = encode(tokenizer, prompt);
            generation = head.submit(ids, maxTokens, sampling, this);
            pump(tokenizer.detokenizer());
        } catch (AgentException e) {
            fail(e);
        } catch (EngineException e) {
            fail(EngineFaults.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("generate failed", e);
            fail(new AgentException(FaultCode.ENGINE_FAILED, "internal failure"));
        } finally {
            if (generation != null) {
                head.cancel(generation); // of no effect where it ended by itself
            }
        }
    }

    private int[] encode(Tokenizer tokenizer, String prompt) {
        int[] ids = tokenizer.encode(prompt);
        int context = head.loaded().spec().contextTokens();
        if (ids.length == 0) {
            throw new AgentException(
                    FaultCode.REQUEST_INVALID, "prompt: 0 tokens (expected: at least 1)");
        }
        if (ids.length >= context) {
            throw new AgentException(
                    FaultCode.PROMPT_TOO_LONG,
                    "prompt: " + ids.length + " tokens (expected: below " + context + ")",
                    Map.of(
                            "prompt_tokens",
                            Integer.toString(ids.length),
                            "context_length",
                            Integer.toString(context)));
        }
        promptTokens = ids.length;
        return ids;
    }

    private void pump(Detokenizer text) throws InterruptedException {
        List<Item> batch = new ArrayList<>();
        boolean open = true;
        while (open) {
            batch.add(items.take());
            items.drainTo(batch);
            open = write(batch, text);
            batch.clear();
        }
    }

    /** Writes what came as one event; false when the call is over. */
    private boolean write(List<Item> batch, Detokenizer text) throws InterruptedException {
        Tokens.Builder tokens = Tokens.newBuilder();
        StringBuilder piece = new StringBuilder();
        for (Item item : batch) {
            switch (item) {
                case Item.Accepted() -> started();
                case Item.Token(int id, float logProb, Timing timing) -> {
                    lastTiming = timing;
                    unread.decrementAndGet();
                    take(tokens, id, logProb);
                    piece.append(stops.append(text.append(id)));
                    if (stops.stopped()) {
                        send(tokens, piece);
                        finish(FinishReason.STOP);
                        return false;
                    }
                }
                case Item.End(FinishReason reason) -> {
                    piece.append(stops.append(text.finish())).append(stops.finish());
                    send(tokens, piece);
                    finish(stops.stopped() ? FinishReason.STOP : reason);
                    return false;
                }
                case Item.Fault(AgentException fault) -> {
                    send(tokens, piece);
                    fail(fault);
                    return false;
                }
                case Item.Cancelled() -> {
                    return false;
                }
            }
        }
        send(tokens, piece);
        return true;
    }

    private void take(Tokens.Builder tokens, int id, float logProb) {
        completionTokens++;
        tokens.addIds(id);
        if (logProbs) {
            tokens.addLogProbs(logProb);
        }
    }

    private void started() throws InterruptedException {
        write(
                GenerateEvent.newBuilder()
                        .setStarted(
                                Started.newBuilder()
                                        .setPromptTokens(promptTokens)
                                        .setContextLength(head.loaded().spec().contextTokens()))
                        .build());
    }

    private void send(Tokens.Builder tokens, StringBuilder piece) throws InterruptedException {
        if (tokens.getIdsCount() > 0 || !piece.isEmpty()) {
            tokens.setText(piece.toString());
            write(GenerateEvent.newBuilder().setTokens(tokens).build());
        }
    }

    private void finish(FinishReason reason) throws InterruptedException {
        write(
                GenerateEvent.newBuilder()
                        .setFinished(
                                Finished.newBuilder()
                                        .setReason(wire(reason))
                                        .setPromptTokens(promptTokens)
                                        .setCompletionTokens(completionTokens)
                                        .setQueueMicros(lastTiming.queueNanos() / 1_000)
                                        .setTimeToFirstTokenMicros(
                                                lastTiming.firstTokenNanos() / 1_000))
                        .build());
        if (!call.isCancelled()) {
            call.onCompleted();
        }
    }

    private void write(GenerateEvent event) throws InterruptedException {
        while (!call.isReady() && !call.isCancelled()) {
            if (cutOff) {
                throw tooSlow();
            }
            mayWrite.acquire();
            mayWrite.drainPermits();
        }
        if (!call.isCancelled()) {
            call.onNext(event);
        }
    }

    private AgentException tooSlow() {
        return new AgentException(
                FaultCode.CLIENT_TOO_SLOW,
                "unread tokens: more than " + head.limits().maxUnreadTokens());
    }

    private void fail(AgentException fault) {
        if (!call.isCancelled()) {
            call.onError(GrpcFaults.toGrpc(fault));
        }
    }

    private static assay.inference.v1.FinishReason wire(FinishReason reason) {
        return switch (reason) {
            case STOP -> assay.inference.v1.FinishReason.FINISH_REASON_STOP;
            case LENGTH -> assay.inference.v1.FinishReason.FINISH_REASON_LENGTH;
        };
    }
}
