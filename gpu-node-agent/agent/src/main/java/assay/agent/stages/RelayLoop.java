package assay.agent.stages;

import assay.agent.config.AgentConfig.HeadLimits;
import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.link.AnswerFrames;
import assay.agent.link.Attempt;
import assay.agent.link.InLanes;
import assay.agent.link.InLink;
import assay.agent.link.LinkLoss;
import assay.agent.link.LinkReceiver;
import assay.agent.link.OutLanes;
import assay.agent.link.OutLink;
import assay.agent.link.Patience;
import assay.agent.link.PeerChannels;
import assay.agent.link.StepFrames;
import assay.agent.link.StepTimings;
import assay.agent.metrics.StageMeters;
import assay.engine.EngineException;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.StageOutput;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.Demands;
import assay.stage.v1.LinkHello;
import assay.stage.v1.Release;
import assay.stage.v1.Resume;
import assay.stage.v1.Step;
import assay.stage.v1.TokenFrame;
import io.grpc.ManagedChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stage behind another one: takes activations, computes, gives activations or sampled ids on.
 *
 * <p>Its outgoing link lives and dies with the incoming one. When a link arrives, the outgoing link
 * is opened anew; only when that one is accepted is the incoming one accepted. When either breaks,
 * so does the other. So the head sees any loss behind it. What the KV holds of the head's sequences
 * outlives links and epochs; the first message over a new link says what of it stays, and no stage
 * ever works on sequences of a chain that is gone.
 *
 * <p>The last stage runs the layers as soon as activations are here, and answers when the head's
 * demands are here as well; the next step waits for that.
 */
public final class RelayLoop extends StageLoop<RelayLoop.Event>
        implements LinkReceiver<ActivationFrame> {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    private static final long NO_WORK = Long.MAX_VALUE;

    private final LoadedStage loaded;
    private final StageMeters meters;
    private final OutLink.Watcher watcher = new OutWatcher();
    private final PeerChannels peers;
    private final HeadLimits limits;
    private final InLanes in;
    private volatile StagePlace place;
    private @Nullable OutLanes next; // on a stage that is not the last
    private @Nullable ManagedChannel head; // on the last stage

    private @Nullable OutLink<TokenFrame> tokens;
    private final Deque<Arrived> waiting = new ArrayDeque<>();
    private final Map<Long, List<SliceDemand>> demands = new HashMap<>();
    private @Nullable Unanswered unanswered;
    private long lastStepId;
    private long lineage; // of the link that is here
    private long heldLineage; // of what the KV holds; 0 for nothing
    private volatile int freeKvTokens;

    sealed interface Event {
        record Connected(InLink link, LinkHello hello) implements Event {}

        record Frame(InLink link, ActivationFrame frame, long atNanos) implements Event {}

        record Disconnected(InLink link) implements Event {}

        record Accepted(OutLink<?> link, int keptFrom) implements Event {}

        record Demanded(OutLink<?> link, long stepId, List<SliceDemand> demands) implements Event {}

        record Broken(OutLink<?> link, LinkLoss loss) implements Event {}

        record Rebound(StagePlace to) implements Event {}
    }

    private record Arrived(InLanes.Message message, long atNanos) {}

    /** The last stage has run a step, and does not know yet what to answer. */
    private record Unanswered(long stepId, StepTimings times) {}

    /** Will run the loaded layers at that place. */
    public RelayLoop(
            StagePlace place,
            LoadedStage loaded,
            StageMeters meters,
            PeerChannels peers,
            HeadLimits limits,
            Consumer<Throwable> fatal) {
        super("stage-" + place.index(), fatal);
        this.place = place;
        this.loaded = loaded;
        this.meters = meters;
        this.peers = peers;
        this.limits = limits;
        this.in = new InLanes(place.frameCredit());
        this.freeKvTokens = loaded.config().kvTokens();
    }

    @Override
    protected void begin() {
        openWays();
    }

    @Override
    public void rebind(StagePlace to) {
        post(new Event.Rebound(to));
    }

    @Override
    public void connected(InLink link, LinkHello hello) {
        place.fromBefore().check(hello);
        post(new Event.Connected(link, hello));
    }

    @Override
    public void frame(InLink link, ActivationFrame frame) {
        post(new Event.Frame(link, frame, System.nanoTime()));
    }

    @Override
    public void disconnected(InLink link) {
        post(new Event.Disconnected(link));
    }

    @Override
    public double kvUsageRatio() {
        return 1 - (double) freeKvTokens / loaded.config().kvTokens();
    }

    @Override
    protected void handle(Event event) {
        switch (event) {
            case Event.Connected(InLink link, LinkHello hello) ->
                    guarded(() -> connect(link, hello));
            case Event.Frame(InLink link, ActivationFrame frame, long at) -> {
                if (in.has(link)) {
                    guarded(() -> {
                        in.take(link, frame).forEach(m -> waiting.add(new Arrived(m, at)));
                        work();
                    });
                }
            }
            case Event.Disconnected(InLink link) -> {
                if (in.has(link)) {
                    LOG.info("{}: link from before ended", place);
                    fail(new AgentException(FaultCode.STAGE_LOST, "the stage before is gone"));
                }
            }
            case Event.Accepted(OutLink<?> link, int keptFrom) -> {
                if (isCurrent(link) && in.any()) {
                    LOG.info("{}: chain ready", place);
                    if (next != null) {
                        next.accepted();
                    }
                    in.accept(place.epoch(), keptFrom(keptFrom));
                }
            }
            case Event.Demanded(OutLink<?> link, long stepId, List<SliceDemand> wanted) -> {
                if (link == tokens) {
                    guarded(() -> {
                        demands.put(stepId, wanted);
                        work();
                    });
                }
            }
            case Event.Broken(OutLink<?> link, LinkLoss loss) -> {
                if (isCurrent(link)) {
                    LOG.info("{}: link on is broken: {}", place, loss.why());
                    fail(loss.fault());
                }
            }
            case Event.Rebound(StagePlace to) -> {
                fail(movedOn());
                closeWays();
                place = to;
                openWays();
                LOG.info("{}: goes on here", place);
            }
        }
    }

    /** What goes wrong with one chain ends that chain, never the loop. */
    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (AgentException e) {
            LOG.warn("{}: {}", place, e.detail());
            fail(e);
        } catch (EngineException e) {
            LOG.atWarn()
                    .addKeyValue("event.action", "step-failed")
                    .addKeyValue("event.code", e.code().name())
                    .log("{}: step failed: {}", place, e.getMessage());
            heldLineage = 0;
            loaded.stage().reset();
            fail(new AgentException(FaultCode.ENGINE_FAILED, e.code() + ": " + e.getMessage(), e));
        }
    }

    /** The first stage that has kept something, from this one on. */
    private int keptFrom(int behind) {
        int next = place.next().isEmpty() ? place.count() : behind;
        boolean kept = heldLineage != 0 && heldLineage == lineage;
        return kept && next == place.index() + 1 ? place.index() : next;
    }

    @Override
    protected long advance() {
        OutLanes lanes = next;
        if (lanes == null) {
            return NO_WORK;
        }
        Patience patience = place.patience(limits, loaded.config());
        lanes.trouble(patience, System.nanoTime())
                .ifPresent(loss -> {
                    LOG.warn("{}: {}", place, loss.why());
                    fail(loss.fault());
                });
        return lanes.lookAgainNanos(patience);
    }

    @Override
    protected void end() {
        fail(movedOn());
        closeWays();
    }

    private static AgentException movedOn() {
        return new AgentException(FaultCode.STAGE_LOST, "the stage goes on under another epoch");
    }

    private void openWays() {
        next =
                place.next()
                        .map(address ->
                                new OutLanes(
                                        peers, address, place.lanes(), place.toNext(), watcher))
                        .orElse(null);
        head = next == null ? peers.open(place.head()) : null;
    }

    private void closeWays() {
        if (next != null) {
            next.close("the stage goes on elsewhere, or ends");
        }
        if (head != null) {
            head.shutdownNow();
        }
    }

    private void connect(InLink link, LinkHello hello) {
        if (!in.sameAttempt(hello)) {
            fail(new AgentException(FaultCode.STAGE_LOST, "another link took this one's place"));
        }
        lineage = hello.getLineage();
        if (in.connect(link, hello)) {
            if (next != null) {
                next.dial(new Attempt(System.nanoTime(), lineage));
            }
            if (head != null) {
                head.resetConnectBackoff();
                tokens = OutLink.tokens(head, place.lastToHead(), watcher);
            }
        }
    }

    /** Does what can be done: in order, and no step before the one ahead of it is answered. */
    private void work() {
        while (tryAnswer() && !waiting.isEmpty()) {
            Arrived arrived = waiting.remove();
            ActivationFrame frame = arrived.message().first();
            if (frame.hasRelease()) {
                release(frame.getRelease());
            } else if (frame.hasResume()) {
                resume(frame.getResume());
            } else {
                step(arrived, frame.getStep());
            }
        }
        freeKvTokens = loaded.stage().freeKvTokens();
    }

    private void step(Arrived arrived, Step step) {
        if (step.getEpoch() != place.epoch() || step.getStepId() <= lastStepId) {
            return; // an old epoch, or a step that was executed: at most once
        }
        lastStepId = step.getStepId();
        MicroBatch batch = StepFrames.batch(step);
        if (step.getPassFrom() > 0 && place.index() >= step.getPassFrom()) {
            passOver(arrived, step, batch);
            return;
        }
        var input = StepFrames.hidden(arrived.message(), batch, place.hiddenSize());
        long from = System.nanoTime();
        Optional<StageOutput.Hidden> hidden = loaded.stage().forward(batch, input);
        long took = System.nanoTime() - from;
        StepTimings times = StepFrames.times(step).and(took, from - arrived.atNanos());
        if (hidden.isPresent() && next != null) {
            meters.step(took);
            next.send(onward(step, batch, hidden.get(), times));
        } else {
            unanswered = new Unanswered(batch.stepId(), times);
            if (batch.slices().stream().noneMatch(Slice::answered)) {
                demands.put(batch.stepId(), List.of());
            }
        }
    }

    private List<ActivationFrame.Builder> onward(
            Step step, MicroBatch batch, StageOutput.Hidden hidden, StepTimings times) {
        int passFrom = step.getPassFrom();
        return passFrom == place.index() + 1
                ? StepFrames.passed(place.epoch(), batch, times, passFrom)
                : StepFrames.refill(
                        StepFrames.step(
                                place.epoch(), batch, hidden.data(), place.wireType(), times),
                        passFrom);
    }

    /** The KV of the step is here: it only has to come back to the head in its turn. */
    private void passOver(Arrived arrived, Step step, MicroBatch batch) {
        StepTimings times = StepFrames.times(step).and(0, System.nanoTime() - arrived.atNanos());
        if (next != null) {
            next.send(StepFrames.passed(place.epoch(), batch, times, step.getPassFrom()));
        } else if (tokens != null) {
            StageOutput.Sampled nothing = new StageOutput.Sampled(List.of());
            tokens.send(AnswerFrames.sampled(place.epoch(), batch.stepId(), nothing, times));
        }
    }

    private void resume(Resume resume) {
        if (resume.getEpoch() != place.epoch()) {
            return;
        }
        if (place.index() >= resume.getKeptFrom()) {
            loaded.stage().keep(StepFrames.kept(resume));
        } else {
            loaded.stage().reset();
        }
        heldLineage = lineage;
        if (next != null) {
            next.send(
                    List.of(
                            StepFrames.resume(
                                    place.epoch(), resume.getKeptFrom(), StepFrames.kept(resume))));
        }
    }

    /** Answers for the step that was run last; false when it is not known yet what to. */
    private boolean tryAnswer() {
        Unanswered open = unanswered;
        if (open == null) {
            return true;
        }
        List<SliceDemand> wanted = demands.remove(open.stepId());
        if (wanted == null || tokens == null) {
            return false;
        }
        unanswered = null;
        long from = System.nanoTime();
        StageOutput.Sampled outcome = loaded.stage().answer(wanted);
        long took = System.nanoTime() - from;
        meters.step(open.times().lastNanos() + took);
        tokens.send(
                AnswerFrames.sampled(
                        place.epoch(), open.stepId(), outcome, open.times().longer(took)));
        return true;
    }

    private void release(Release release) {
        if (release.getEpoch() == place.epoch()) {
            loaded.stage().release(release.getSequenceIdsList());
            if (next != null) {
                next.send(List.of(StepFrames.release(place.epoch(), release.getSequenceIdsList())));
            }
        }
    }

    private boolean isCurrent(OutLink<?> link) {
        return link == tokens || (next != null && next.has(link));
    }

    private void fail(AgentException fault) {
        in.fail(fault);
        waiting.clear();
        demands.clear();
        unanswered = null;
        lastStepId = 0;
        if (next != null) {
            next.drop(fault.detail());
        }
        @Nullable OutLink<TokenFrame> open = tokens;
        tokens = null;
        if (open != null) {
            open.close(fault.detail());
        }
        freeKvTokens = loaded.stage().freeKvTokens();
    }

    private final class OutWatcher implements OutLink.Watcher {
        @Override
        public void ready(OutLink<?> link) {
            // What is sent is bounded by the head's micro-batches in flight.
        }

        @Override
        public void accepted(OutLink<?> link, int keptFrom) {
            post(new Event.Accepted(link, keptFrom));
        }

        @Override
        public void demanded(OutLink<?> link, Demands wanted) {
            if (wanted.getEpoch() == place.epoch()) {
                // Here, since a constraint may take a while to compile, and the loop must not wait.
                List<SliceDemand> compiled = AnswerFrames.demands(wanted, loaded.forms()::of);
                post(new Event.Demanded(link, wanted.getStepId(), compiled));
            }
        }

        @Override
        public void broken(OutLink<?> link, LinkLoss loss) {
            post(new Event.Broken(link, loss));
        }
    }
}
