package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import assay.agent.head.Choice.Item;
import assay.engine.EngineException;
import assay.engine.batch.FinishReason;
import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import assay.engine.sample.StopSequences;
import assay.engine.stage.Constraint;
import assay.engine.tokenizer.Tokenizer;
import assay.inference.v1.Finished;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Resumed;
import assay.inference.v1.Started;
import assay.inference.v1.Tokens;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call: its virtual thread turns text into ids, waits for tokens, turns them into text, looks
 * for stop sequences, and writes when the client takes more. The head loop only puts tokens into
 * its queue, which is bounded: a client that leaves too many of them unread is cut off.
 */
final class GenerateCall implements Choice.Overflow {
    private static final Logger LOG = LoggerFactory.getLogger(GenerateCall.class);

    private final HeadLoop head;
    private final ServerCallStreamObserver<GenerateEvent> call;
    private final GenerateRequest request;
    private final SamplingParams sampling;
    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final Semaphore mayWrite = new Semaphore(0);
    private final List<Choice> choices = new ArrayList<>();
    private volatile boolean cutOff;
    private int promptTokens;

    GenerateCall(
            HeadLoop head,
            ServerCallStreamObserver<GenerateEvent> call,
            GenerateRequest request,
            SamplingParams sampling) {
        this.head = head;
        this.call = call;
        this.request = request;
        this.sampling = sampling;
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
    public int maxUnread() {
        return head.limits().maxUnreadTokens();
    }

    @Override
    public AgentException tooSlow() {
        cutOff = true;
        mayWrite.release();
        return new AgentException(
                FaultCode.CLIENT_TOO_SLOW, "unread tokens: more than " + maxUnread());
    }

    /** The whole call. On its own virtual thread. */
    void run() {
        try {
            Tokenizer tokenizer = head.loaded().tokenizer().orElseThrow();
            int[] ids = Prompts.encode(head, request.getPrompt());
            promptTokens = ids.length;
            @Nullable Constraint constraint =
                    Samplings.constraint(request).map(head.loaded().forms()::of).orElse(null);
            var detail = new Choice.Detail(request.getLogProbs(), request.getTopLogProbs());
            for (int i = 0; i < Math.max(1, request.getN()); i++) {
                StopSequences stops = new StopSequences(request.getStopSequencesList());
                Choice choice = new Choice(i, items, this, detail, stops, tokenizer);
                choices.add(choice);
                Wanted wanted =
                        Wanted.answer(
                                        ids,
                                        request.getMaxTokens(),
                                        sampling.forAnswer(i),
                                        request.getTenant(),
                                        constraint)
                                .givingWay(request.getBatch());
                begin(choice, wanted, Resumption.of(request, i));
            }
            pump();
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
            choices.forEach(this::cancel); // of no effect where it ended by itself
        }
    }

    /** Begins an answer, or goes on with it behind what another head has told. */
    private void begin(Choice choice, Wanted wanted, Resumed resumed) {
        ModelSpec spec = head.loaded().spec();
        int[] told = Resumption.ids(resumed, request, spec);
        boolean stopped = choice.takeOver(told, resumed.getTextUnits());
        Optional<FinishReason> end = Resumption.end(told, stopped, wanted, spec);
        if (end.isEmpty()) {
            choice.runs(head.submit(wanted.behind(told), choice));
        } else {
            choice.accepted();
            choice.finished(end.get());
        }
    }

    private void cancel(Choice choice) {
        @Nullable Generation generation = choice.generation();
        if (generation != null) {
            head.cancel(generation);
        }
    }

    private void pump() throws InterruptedException {
        List<Item> batch = new ArrayList<>();
        boolean open = true;
        while (open) {
            batch.add(items.take());
            items.drainTo(batch);
            open = take(batch);
            batch.clear();
        }
    }

    /** Writes what came; false when the call is over. */
    private boolean take(List<Item> batch) throws InterruptedException {
        for (Item item : batch) {
            switch (item) {
                case Item.Accepted() -> started();
                case Item.Token(Choice choice, var token, var timing) -> {
                    if (!choice.over() && choice.take(token, timing)) {
                        cancel(choice);
                        finish(choice, FinishReason.STOP);
                    }
                }
                case Item.End(Choice choice, FinishReason reason) -> {
                    if (!choice.over()) {
                        finish(choice, choice.finish() ? FinishReason.STOP : reason);
                    }
                }
                case Item.Fault(AgentException fault) -> {
                    sendAll();
                    fail(fault);
                    return false;
                }
                case Item.Cancelled() -> {
                    return false;
                }
            }
        }
        sendAll();
        if (choices.stream().allMatch(Choice::over)) {
            if (!call.isCancelled()) {
                call.onCompleted();
            }
            return false;
        }
        return true;
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

    private void sendAll() throws InterruptedException {
        for (Choice choice : choices) {
            send(choice);
        }
    }

    private void send(Choice choice) throws InterruptedException {
        @Nullable Tokens tokens = choice.drain();
        if (tokens != null) {
            write(GenerateEvent.newBuilder().setTokens(tokens).build());
        }
    }

    private void finish(Choice choice, FinishReason reason) throws InterruptedException {
        choice.end();
        send(choice);
        TokenSink.Timing timing = choice.lastTiming();
        write(
                GenerateEvent.newBuilder()
                        .setFinished(
                                Finished.newBuilder()
                                        .setChoice(choice.index())
                                        .setReason(wire(reason))
                                        .setPromptTokens(promptTokens)
                                        .setCompletionTokens(choice.completionTokens())
                                        .setQueueMicros(timing.queueNanos() / 1_000)
                                        .setTimeToFirstTokenMicros(
                                                timing.firstTokenNanos() / 1_000))
                        .build());
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

    private void fail(AgentException fault) {
        if (!call.isCancelled()) {
            call.onError(GrpcFaults.toGrpc(fault));
        }
    }

    private static assay.inference.v1.FinishReason wire(FinishReason reason) {
        return switch (reason) {
            case STOP -> assay.inference.v1.FinishReason.FINISH_REASON_STOP;
            case LENGTH -> assay.inference.v1.FinishReason.FINISH_REASON_LENGTH;
            case ANSWERED -> throw new IllegalStateException("a generation that generates nothing");
        };
    }
}
