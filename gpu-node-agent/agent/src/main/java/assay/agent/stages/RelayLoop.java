package assay.agent.stages;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.link.InLink;
import assay.agent.link.LinkReceiver;
import assay.agent.link.OutLink;
import assay.agent.link.PeerChannels;
import assay.agent.link.StepFrames;
import assay.agent.metrics.StageMeters;
import assay.engine.EngineException;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.StageOutput;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.LinkHello;
import assay.stage.v1.Step;
import assay.stage.v1.TokenFrame;
import io.grpc.ManagedChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stage behind another one: takes activations, computes, gives activations or sampled ids on.
 *
 * <p>Its outgoing link lives and dies with the incoming one. When a link arrives, the KV is emptied
 * and the outgoing link is opened anew; only when that one is accepted is the incoming one
 * accepted. When either breaks, so does the other. So the head sees any loss behind it, and no
 * stage ever works on sequences of a chain that is gone.
 */
public final class RelayLoop extends StageLoop<RelayLoop.Event>
        implements LinkReceiver<ActivationFrame> {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    private static final long NO_WORK = Long.MAX_VALUE;

    private final StagePlace place;
    private final LoadedStage loaded;
    private final StageMeters meters;
    private final ManagedChannel channel;
    private final OutLink.Watcher watcher = new OutWatcher();

    private @Nullable InLink in;
    private @Nullable OutLink<ActivationFrame> outActivations;
    private @Nullable OutLink<TokenFrame> outTokens;
    private long lastStepId;
    private volatile int freeKvTokens;

    sealed interface Event {
        record Connected(InLink link) implements Event {}

        record Frame(InLink link, ActivationFrame frame) implements Event {}

        record Disconnected(InLink link) implements Event {}

        record Accepted(OutLink<?> link) implements Event {}

        record Broken(OutLink<?> link, String why) implements Event {}
    }

    /** Will run the loaded layers at that place. */
    public RelayLoop(
            StagePlace place,
            LoadedStage loaded,
            StageMeters meters,
            PeerChannels peers,
            Consumer<Throwable> fatal) {
        super("stage-" + place.index(), fatal);
        this.place = place;
        this.loaded = loaded;
        this.meters = meters;
        this.channel = peers.open(place.next().orElse(place.head()));
        this.freeKvTokens = loaded.config().kvTokens();
    }

    @Override
    public void connected(InLink link, LinkHello hello) {
        place.fromBefore().check(hello);
        post(new Event.Connected(link));
    }

    @Override
    public void frame(InLink link, ActivationFrame frame) {
        post(new Event.Frame(link, frame));
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
            case Event.Connected(InLink link) -> connect(link);
            case Event.Frame(InLink link, ActivationFrame frame) -> {
                if (link == in) {
                    receive(link, frame);
                }
            }
            case Event.Disconnected(InLink link) -> {
                if (link == in) {
                    LOG.info(
                            "replica {} stage {}: link from before ended",
                            place.replica(),
                            place.index());
                    drop("the stage before is gone");
                }
            }
            case Event.Accepted(OutLink<?> link) -> {
                if (isCurrent(link) && in != null) {
                    LOG.info("replica {} stage {}: chain ready", place.replica(), place.index());
                    in.accept(place.epoch());
                }
            }
            case Event.Broken(OutLink<?> link, String why) -> {
                if (isCurrent(link)) {
                    LOG.info(
                            "replica {} stage {}: link on is broken: {}",
                            place.replica(),
                            place.index(),
                            why);
                    fail(new AgentException(FaultCode.STAGE_LOST, "stage behind: " + why));
                }
            }
        }
    }

    @Override
    protected long advance() {
        return NO_WORK;
    }

    @Override
    protected void end() {
        fail(new AgentException(FaultCode.STAGE_LOST, "the stage goes on under another epoch"));
        channel.shutdownNow();
    }

    private void connect(InLink link) {
        fail(new AgentException(FaultCode.STAGE_LOST, "another link took this one's place"));
        in = link;
        channel.resetConnectBackoff();
        if (place.next().isPresent()) {
            outActivations = OutLink.activations(channel, place.toNext(), watcher);
        } else {
            outTokens = OutLink.tokens(channel, place.lastToHead(), watcher);
        }
        link.more(place.frameCredit());
    }

    private void receive(InLink link, ActivationFrame frame) {
        try {
            switch (frame.getFrameCase()) {
                case STEP -> step(frame.getStep());
                case RELEASE -> release(frame);
                case HELLO, FRAME_NOT_SET ->
                        throw new AgentException(
                                FaultCode.LINK_MISMATCH,
                                "frame: no step (expected: step or release)");
            }
            freeKvTokens = loaded.stage().freeKvTokens();
            link.more(1);
        } catch (AgentException e) {
            LOG.warn("replica {} stage {}: {}", place.replica(), place.index(), e.detail());
            fail(e);
        } catch (EngineException e) {
            LOG.warn(
                    "replica {} stage {}: step failed: {}",
                    place.replica(),
                    place.index(),
                    e.getMessage());
            fail(new AgentException(FaultCode.ENGINE_FAILED, e.code() + ": " + e.getMessage(), e));
        }
    }

    private void step(Step step) {
        if (step.getEpoch() != place.epoch() || step.getStepId() <= lastStepId) {
            return; // an old epoch, or a step that was executed: at most once
        }
        lastStepId = step.getStepId();
        MicroBatch batch = StepFrames.batch(step);
        var input = StepFrames.hidden(step, batch, place.hiddenSize());
        long from = System.nanoTime();
        StageOutput output = loaded.stage().step(batch, input);
        meters.step(System.nanoTime() - from);
        switch (output) {
            case StageOutput.Hidden hidden -> {
                if (outActivations != null) {
                    outActivations.send(StepFrames.step(place.epoch(), batch, hidden.data()));
                }
            }
            case StageOutput.Sampled sampled -> {
                if (outTokens != null) {
                    outTokens.send(
                            StepFrames.sampled(place.epoch(), batch.stepId(), sampled.tokens()));
                }
            }
        }
    }

    private void release(ActivationFrame frame) {
        if (frame.getRelease().getEpoch() == place.epoch()) {
            loaded.stage().release(frame.getRelease().getSequenceIdsList());
            if (outActivations != null) {
                outActivations.send(frame);
            }
        }
    }

    private boolean isCurrent(OutLink<?> link) {
        return link == outActivations || link == outTokens;
    }

    private void fail(AgentException fault) {
        if (in != null) {
            in.fail(fault);
        }
        drop(fault.detail());
    }

    private void drop(String why) {
        in = null;
        @Nullable OutLink<ActivationFrame> activations = outActivations;
        @Nullable OutLink<TokenFrame> tokens = outTokens;
        outActivations = null;
        outTokens = null;
        if (activations != null) {
            activations.close(why);
        }
        if (tokens != null) {
            tokens.close(why);
        }
        loaded.stage().reset();
        freeKvTokens = loaded.stage().freeKvTokens();
    }

    private final class OutWatcher implements OutLink.Watcher {
        @Override
        public void ready(OutLink<?> link) {
            // What is sent is bounded by the head's micro-batches in flight.
        }

        @Override
        public void accepted(OutLink<?> link) {
            post(new Event.Accepted(link));
        }

        @Override
        public void broken(OutLink<?> link, String why) {
            post(new Event.Broken(link, why));
        }
    }
}
