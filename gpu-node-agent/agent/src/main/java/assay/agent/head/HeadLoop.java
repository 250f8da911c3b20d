package assay.agent.head;

import assay.agent.config.AgentConfig.HeadLimits;
import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.link.AnswerFrames;
import assay.agent.link.InLink;
import assay.agent.link.LinkReceiver;
import assay.agent.link.OutLink;
import assay.agent.link.PeerChannels;
import assay.agent.link.StepFrames;
import assay.agent.link.StepTimings;
import assay.agent.metrics.StageMeters;
import assay.agent.session.Backoff;
import assay.agent.stages.LoadedStage;
import assay.agent.stages.StageLoop;
import assay.agent.stages.StagePlace;
import assay.engine.EngineException;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.stage.v1.Demands;
import assay.stage.v1.LinkHello;
import assay.stage.v1.Sampled;
import assay.stage.v1.TokenFrame;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stage 0 of a replica under one epoch: batches requests, runs its own layers, keeps as many
 * micro-batches in the pipeline as {@link PipelineTimes} says, tells the last stage what to answer,
 * and takes the answers in.
 *
 * <p>When a link or a step is lost, every request fails with STAGE_LOST, the chain is built anew,
 * and until it stands new requests fail at once. A loop is made for one epoch; the next epoch has
 * another loop over the same layers.
 */
public final class HeadLoop extends StageLoop<HeadLoop.Event> implements LinkReceiver<TokenFrame> {
    private static final Logger LOG = LoggerFactory.getLogger(HeadLoop.class);

    private static final long SHORTEST_WAIT_NANOS = 100_000;

    private final StagePlace place;
    private final LoadedStage loaded;
    private final StageMeters meters;
    private final HeadLimits limits;
    private final Batcher batcher;
    private final Requests requests;
    private final StepWatch watch;
    private final PipelineTimes times;
    private final @Nullable ChainLink chain;
    private final Probes probes;
    private final AtomicLong nextSequence = new AtomicLong(1);
    private @Nullable InLink tokens;
    private volatile Snapshot snapshot = Snapshot.EMPTY;

    private record Snapshot(
            int running,
            int waiting,
            int inFlight,
            long preemptions,
            long prefixQueriedTokens,
            long prefixHitTokens,
            long lastTokenNanos,
            int kvUsed) {
        static final Snapshot EMPTY = new Snapshot(0, 0, 0, 0, 0, 0, 0, 0);
    }

    sealed interface Event {
        record Submit(Generation generation) implements Event {}

        record Cancel(Generation generation) implements Event {}

        record Probe(ProbeResult result) implements Event {}

        record ChainAccepted(OutLink<?> link) implements Event {}

        record ChainBroken(OutLink<?> link, String why) implements Event {}

        record Wake() implements Event {}

        record TokensConnected(InLink link) implements Event {}

        record TokensFrame(InLink link, TokenFrame frame, long atNanos) implements Event {}

        record TokensGone(InLink link) implements Event {}
    }

    /** Told once how a probe went; on the head loop. */
    @FunctionalInterface
    public interface ProbeResult {
        /** The detail is empty when it passed. */
        void done(boolean passed, Duration took, String detail);
    }

    /** What a head needs of the agent around it. */
    public record Surroundings(
            PeerChannels peers, Backoff backoff, HeadLimits limits, Consumer<Throwable> fatal) {}

    /** Will run the loaded layers at that place, which is the first. */
    public HeadLoop(StagePlace place, LoadedStage loaded, StageMeters meters, Surroundings around) {
        super("head", around.fatal());
        this.place = place;
        this.loaded = loaded;
        this.meters = meters;
        this.limits = around.limits();
        long now = System.nanoTime();
        this.watch = new StepWatch(limits.hungStep(), now);
        this.probes = new Probes(limits.selfProbe(), now);
        this.chain =
                place.whole()
                        ? null
                        : new ChainLink(
                                place, around.peers(), around.backoff(), new ChainWatcher(), now);
        this.batcher =
                new Batcher(
                        new BatchConfig(
                                loaded.config().maxStepTokens(),
                                loaded.config().maxSequences(),
                                place.usualInFlight(),
                                limits.maxWaiting(),
                                loaded.config().kvTokens(),
                                loaded.spec().contextTokens()),
                        System::nanoTime);
        this.requests = new Requests(batcher, meters);
        this.times = new PipelineTimes(place.usualInFlight(), place.count(), place.mostInFlight());
    }

    /** The epoch this loop lives for. */
    public long epoch() {
        return place.epoch();
    }

    /** Model and tokenizer of the replica. */
    public LoadedStage loaded() {
        return loaded;
    }

    /** Bounds of the head. */
    public HeadLimits limits() {
        return limits;
    }

    /** Hands a request over. From any thread; what becomes of it is told to the sink. */
    Generation submit(Wanted wanted, TokenSink sink) {
        Generation generation = generation(wanted, sink, false);
        post(new Event.Submit(generation));
        return generation;
    }

    /** Ends a request without a word to its sink. From any thread. */
    public void cancel(Generation generation) {
        post(new Event.Cancel(generation));
    }

    /** Sends one token through all stages, or sees another one come. From any thread. */
    public void probe(ProbeResult result) {
        post(new Event.Probe(result));
    }

    /** As of the last step. From any thread. */
    public HeadFigures figures() {
        Snapshot s = snapshot;
        long age =
                s.lastTokenNanos() == 0 ? -1 : (System.nanoTime() - s.lastTokenNanos()) / 1_000_000;
        return new HeadFigures(
                meters.promptTokens(),
                meters.generationTokens(),
                s.running(),
                s.waiting(),
                s.inFlight(),
                s.preemptions(),
                s.prefixQueriedTokens(),
                s.prefixHitTokens(),
                age);
    }

    @Override
    public double kvUsageRatio() {
        return (double) snapshot.kvUsed() / loaded.config().kvTokens();
    }

    @Override
    public void connected(InLink link, LinkHello hello) {
        place.lastToHead().check(hello);
        post(new Event.TokensConnected(link));
    }

    @Override
    public void frame(InLink link, TokenFrame frame) {
        post(new Event.TokensFrame(link, frame, System.nanoTime()));
    }

    @Override
    public void disconnected(InLink link) {
        post(new Event.TokensGone(link));
    }

    @Override
    protected void handle(Event event) {
        switch (event) {
            case Event.Submit(Generation generation) -> submit(generation);
            case Event.Cancel(Generation generation) -> requests.cancel(generation);
            case Event.Probe(ProbeResult result) -> {
                probes.ask(result, System.nanoTime());
                if (chain != null && !chain.up()) {
                    chain.hurry(System.nanoTime());
                }
            }
            case Event.ChainAccepted(OutLink<?> link) -> accepted(link);
            case Event.ChainBroken(OutLink<?> link, String why) -> {
                if (chain != null && chain.isCurrent(link)) {
                    lose(why);
                }
            }
            case Event.Wake() -> {}
            case Event.TokensConnected(InLink link) -> {
                tokens = link;
                link.accept(place.epoch());
                link.more(place.frameCredit());
            }
            case Event.TokensFrame(InLink link, TokenFrame frame, long at) ->
                    receive(link, frame, at);
            case Event.TokensGone(InLink link) -> {
                if (link == tokens) {
                    tokens = null;
                    lose("the link of the last stage ended");
                }
            }
        }
    }

    @Override
    protected long advance() {
        long now = System.nanoTime();
        long wait = chain == null ? Long.MAX_VALUE : chain.dialIfDue(now);
        if (watch.patienceNanos(now) <= 0) {
            lose("no answer to a step for " + limits.hungStep().toMillis() + " ms or longer");
        }
        probes.expire(now);
        if (up()) {
            selfProbe(now);
            if (runOne()) {
                return 0;
            }
        }
        publish();
        long probe = probes.waitNanos(now, up() && batcher.idle());
        return Math.clamp(
                Math.min(wait, Math.min(watch.patienceNanos(now), probe)),
                SHORTEST_WAIT_NANOS,
                Long.MAX_VALUE);
    }

    @Override
    protected void end() {
        failAll(
                new AgentException(
                        FaultCode.STAGE_LOST, "the replica goes on under another epoch"));
        probes.fail("the head stopped", System.nanoTime());
        if (chain != null) {
            chain.close();
        }
        if (tokens != null) {
            tokens.fail(new AgentException(FaultCode.STALE_EPOCH, "the head stopped"));
        }
        loaded.stage().reset();
    }

    private boolean up() {
        return chain == null || chain.up();
    }

    private void accepted(OutLink<?> link) {
        if (chain == null || !chain.isCurrent(link)) {
            return;
        }
        if (tokens == null) {
            lose("the last stage opened no link");
            return;
        }
        chain.accepted();
        LOG.info("replica {}: all {} stages are linked", place.replica(), place.count());
        probes.submitWaiting();
    }

    private Generation generation(Wanted wanted, TokenSink sink, boolean probe) {
        Set<Integer> eos = loaded.spec().eosIds();
        SequenceRequest request =
                new SequenceRequest(
                        nextSequence.getAndIncrement(),
                        wanted.promptIds(),
                        wanted.maxTokens(),
                        wanted.sampling(),
                        eos,
                        wanted.tenant(),
                        wanted.task());
        return new Generation(request, sink, probe, System.nanoTime());
    }

    private void submit(Generation generation) {
        if (up()) {
            requests.submit(generation);
        } else {
            generation
                    .sink()
                    .failed(new AgentException(FaultCode.STAGE_LOST, "a stage is not reachable"));
        }
    }

    private void selfProbe(long now) {
        if (probes.due(now, batcher.idle())) {
            int start = loaded.spec().bosId().orElse(0);
            Wanted one = Wanted.answer(new int[] {start}, 1, SamplingParams.GREEDY, "", null);
            submit(generation(one, Probes.SILENT, true));
        }
    }

    /** Runs the next step if there is one and the link takes it. */
    private boolean runOne() {
        if (chain != null && !chain.ready()) {
            return false;
        }
        batcher.limitInFlight(times.limit());
        PlannedStep planned = batcher.next().orElse(null);
        if (planned == null) {
            release(batcher.drainReleases());
            return false;
        }
        release(planned.releases());
        try {
            run(planned);
        } catch (EngineException e) {
            LOG.error("replica {}: step failed: {} {}", place.replica(), e.code(), e.getMessage());
            lose("step failed: " + e.code());
        }
        publish();
        return true;
    }

    private void run(PlannedStep planned) {
        long stepId = planned.batch().stepId();
        long from = System.nanoTime();
        requests.stepped(planned, from);
        if (chain != null && tokens != null && !planned.demands().isEmpty()) {
            tokens.demand(AnswerFrames.demands(place.epoch(), stepId, planned.demands()));
        }
        StageOutput output =
                loaded.stage()
                        .step(
                                planned.batch(),
                                new StageInput.TokenIds(planned.tokenIds()),
                                planned.demands(),
                                null);
        long now = System.nanoTime();
        meters.step(now - from);
        watch.sent(stepId, now);
        times.sent(stepId, from, now - from);
        switch (output) {
            case StageOutput.Sampled sampled ->
                    complete(stepId, sampled, times.returned(stepId, now, StepTimings.NONE));
            case StageOutput.Hidden hidden -> {
                if (chain != null) {
                    chain.send(
                            StepFrames.step(
                                    place.epoch(),
                                    planned.batch(),
                                    hidden.data(),
                                    place.wireType(),
                                    StepTimings.NONE));
                }
            }
        }
    }

    private void release(List<Long> over) {
        if (!over.isEmpty()) {
            loaded.stage().release(over);
            if (chain != null) {
                chain.send(List.of(StepFrames.release(place.epoch(), over)));
            }
        }
    }

    private void receive(InLink link, TokenFrame frame, long atNanos) {
        if (link != tokens || !frame.hasSampled()) {
            return;
        }
        link.more(1);
        Sampled sampled = frame.getSampled();
        if (sampled.getEpoch() != place.epoch()) {
            return;
        }
        long stepId = sampled.getStepId();
        if (watch.isNext(stepId)) {
            long slowest = times.returned(stepId, atNanos, AnswerFrames.times(sampled));
            complete(stepId, AnswerFrames.outcome(sampled), slowest);
        } else if (watch.inFlight() > 0) {
            lose("step " + stepId + " came back out of order");
        }
    }

    private void complete(long stepId, StageOutput.Sampled outcome, long stageNanos) {
        long now = System.nanoTime();
        watch.returned(now);
        requests.tell(batcher.complete(stepId, outcome, stageNanos), now);
        if (!outcome.tokens().isEmpty()) {
            probes.tokenCame(now);
        }
    }

    /** The chain is broken: nothing that runs can go on. */
    private void lose(String why) {
        if (!requests.isEmpty() || up()) {
            LOG.warn("replica {}: stage lost: {}", place.replica(), why);
        } else {
            LOG.info("replica {}: stages are not linked yet: {}", place.replica(), why);
        }
        failAll(new AgentException(FaultCode.STAGE_LOST, why));
        if (chain != null) {
            chain.drop(why, System.nanoTime());
        }
        if (tokens != null) {
            InLink open = tokens;
            tokens = null;
            open.fail(new AgentException(FaultCode.STAGE_LOST, why));
        }
        loaded.stage().reset();
        publish();
    }

    private void failAll(AgentException fault) {
        requests.failAll(fault);
        watch.forget();
        times.forget();
    }

    private void publish() {
        snapshot =
                new Snapshot(
                        batcher.runningSequences(),
                        batcher.queuedSequences(),
                        watch.inFlight(),
                        batcher.preemptions(),
                        batcher.prefixQueriedTokens(),
                        batcher.prefixHitTokens(),
                        probes.lastTokenNanos(),
                        batcher.heldKvTokens());
    }

    private final class ChainWatcher implements OutLink.Watcher {
        @Override
        public void accepted(OutLink<?> link) {
            post(new Event.ChainAccepted(link));
        }

        @Override
        public void ready(OutLink<?> link) {
            post(new Event.Wake());
        }

        @Override
        public void demanded(OutLink<?> link, Demands demands) {
            throw new IllegalStateException("demands come from the head alone");
        }

        @Override
        public void broken(OutLink<?> link, String why) {
            post(new Event.ChainBroken(link, why));
        }
    }
}
