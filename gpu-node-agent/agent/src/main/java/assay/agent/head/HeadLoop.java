package assay.agent.head;

import assay.agent.config.AgentConfig.HeadLimits;
import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.link.AnswerFrames;
import assay.agent.link.InLink;
import assay.agent.link.LinkLoss;
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
import assay.agent.v1.ChainReport;
import assay.engine.EngineException;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceRequest;
import assay.engine.cache.KeptTable;
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
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stage 0 of a replica under one epoch: batches requests, runs its own layers, keeps as many
 * micro-batches in the pipeline as {@link PipelineTimes} says, tells the last stage what to answer,
 * and takes the answers in.
 *
 * <p>When a link or a step is lost, requests wait while the chain is built anew: under the same
 * epoch when the link comes back, under the next one when a stage is replaced. Then what runs goes
 * on where every stage had come to. Stages behind a lost one keep their KV; the lost one and those
 * before it are given theirs again from prompts and tokens. The coming tokens are what they would
 * have been. How long requests wait is bounded ({@link Outage}); then they fail with STAGE_LOST.
 */
public final class HeadLoop extends StageLoop<HeadLoop.Event> implements LinkReceiver<TokenFrame> {
    private static final Logger LOG = LoggerFactory.getLogger(HeadLoop.class);

    private static final long SHORTEST_WAIT_NANOS = 100_000;

    private final LoadedStage loaded;
    private final StageMeters meters;
    private final Surroundings around;
    private final HeadLimits limits;
    private final Batcher batcher;
    private final Requests requests;
    private final StepWatch watch;
    private final PipelineTimes times;
    private final Outage outage;
    private final Probes probes;
    private final AtomicLong nextSequence = new AtomicLong(1);
    private volatile StagePlace place;
    private @Nullable ChainLink chain; // none where one stage is the whole replica
    private long lineage; // of what stages keep; another one where they must not
    private int keptFrom; // the first stage that kept something when the chain last stood
    private volatile Snapshot snapshot = Snapshot.EMPTY;

    private record Snapshot(
            int running,
            int waiting,
            long waitingSinceNanos,
            int inFlight,
            long preemptions,
            long prefixQueriedTokens,
            long prefixHitTokens,
            long lastTokenNanos,
            int kvUsed) {
        static final Snapshot EMPTY = new Snapshot(0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    sealed interface Event {
        record Submit(Generation generation) implements Event {}

        record Cancel(Generation generation) implements Event {}

        record Probe(ProbeResult result) implements Event {}

        record ChainAccepted(OutLink<?> link, int keptFrom) implements Event {}

        record ChainBroken(OutLink<?> link, LinkLoss loss) implements Event {}

        record Rebound(StagePlace to) implements Event {}

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
            PeerChannels peers,
            Backoff backoff,
            HeadLimits limits,
            RandomGenerator random,
            Consumer<ChainReport> reports,
            Consumer<Throwable> fatal) {}

    /** Will run the loaded layers at that place, which is the first. */
    public HeadLoop(StagePlace place, LoadedStage loaded, StageMeters meters, Surroundings around) {
        super("head", around.fatal());
        this.place = place;
        this.loaded = loaded;
        this.meters = meters;
        this.around = around;
        this.limits = around.limits();
        long now = System.nanoTime();
        this.watch = new StepWatch(limits.hungStep(), now);
        this.probes = new Probes(limits.selfProbe(), now);
        this.outage = new Outage(limits, now);
        this.lineage = around.random().nextLong();
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

    @Override
    public void rebind(StagePlace to) {
        post(new Event.Rebound(to));
    }

    @Override
    protected void begin() {
        openChain();
    }

    private void openChain() {
        if (!place.whole()) {
            chain =
                    new ChainLink(
                            place,
                            around.peers(),
                            around.backoff(),
                            place.patience(limits, loaded.config()),
                            new ChainWatcher(),
                            System.nanoTime());
        }
    }

    /** The epoch this loop is in. */
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
        long age = s.lastTokenNanos() == 0 ? -1 : millisSince(s.lastTokenNanos());
        return new HeadFigures(
                meters.promptTokens(),
                meters.generationTokens(),
                s.running(),
                s.waiting(),
                s.waitingSinceNanos() == 0 ? 0 : millisSince(s.waitingSinceNanos()),
                s.inFlight(),
                s.preemptions(),
                s.prefixQueriedTokens(),
                s.prefixHitTokens(),
                age);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
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
            case Event.Submit(Generation generation) -> requests.submit(generation);
            case Event.Cancel(Generation generation) -> requests.cancel(generation);
            case Event.Probe(ProbeResult result) -> {
                probes.ask(result, System.nanoTime());
                if (chain != null && !chain.up()) {
                    chain.hurry(System.nanoTime());
                }
            }
            case Event.ChainAccepted(OutLink<?> link, int from) -> accepted(link, from);
            case Event.ChainBroken(OutLink<?> link, LinkLoss loss) -> {
                if (chain != null && chain.isCurrent(link)) {
                    lose(loss);
                }
            }
            case Event.Rebound(StagePlace to) -> moveTo(to);
            case Event.Wake() -> {}
            case Event.TokensConnected(InLink link) -> {
                if (chain != null) {
                    chain.answersFrom(link);
                }
            }
            case Event.TokensFrame(InLink link, TokenFrame frame, long at) ->
                    receive(link, frame, at);
            case Event.TokensGone(InLink link) -> {
                if (chain != null && chain.isAnswers(link)) {
                    lose(LinkLoss.unknown("the link of the last stage ended"));
                }
            }
        }
    }

    @Override
    protected long advance() {
        long now = System.nanoTime();
        long wait = chain == null ? Long.MAX_VALUE : chain.dialIfDue(lineage, now);
        if (chain != null) {
            chain.trouble(now).ifPresent(this::lose);
        }
        if (watch.patienceNanos(now) <= 0) {
            long millis = limits.hungStep().toMillis();
            lose(LinkLoss.unknown("no answer to a step for " + millis + " ms or longer"));
        }
        probes.expire(now);
        long patience = up() ? Long.MAX_VALUE : requests.expire(outage, now);
        if (up()) {
            selfProbe(now);
            if (runOne()) {
                return 0;
            }
        }
        publish();
        long probe = probes.waitNanos(now, up() && batcher.idle());
        return Math.clamp(
                LongStream.of(wait, patience, watch.patienceNanos(now), probe).min().orElseThrow(),
                SHORTEST_WAIT_NANOS,
                Long.MAX_VALUE);
    }

    @Override
    protected void end() {
        requests.failAll(
                new AgentException(FaultCode.REPLICA_NOT_HERE, "the replica has left this agent"));
        probes.fail("the head stopped", System.nanoTime());
        if (chain != null) {
            chain.close("the head stops");
        }
        interrupt();
    }

    /** The scheduler has replaced a stage, or moved one: what runs goes on with the new chain. */
    private void moveTo(StagePlace to) {
        probes.fail("the replica went on to epoch " + to.epoch(), System.nanoTime());
        if (chain != null) {
            if (chain.stood()) {
                outage.lost(System.nanoTime());
            }
            chain.close("the replica goes on under another epoch");
        }
        outage.forgive();
        interrupt();
        place = to;
        openChain();
        LOG.info("replica {}: goes on under epoch {}", place.replica(), place.epoch());
    }

    private boolean up() {
        return chain == null || chain.up();
    }

    private void accepted(OutLink<?> link, int from) {
        if (chain == null || !chain.isCurrent(link)) {
            return;
        }
        if (!chain.accepted()) {
            lose(LinkLoss.unknown("the last stage opened no link"));
            return;
        }
        LOG.info("replica {}: all {} stages are linked", place.replica(), place.count());
        try {
            resume(chain, from);
        } catch (EngineException e) {
            lineage = around.random().nextLong();
            lose(LinkLoss.unknown("what runs can not go on: " + e.getMessage()));
            return;
        }
        report(true, LinkLoss.unknown(""));
        probes.submitWaiting();
    }

    private Generation generation(Wanted wanted, TokenSink sink, boolean probe) {
        Set<Integer> eos = loaded.spec().eosIds();
        SequenceRequest request =
                new SequenceRequest(
                        nextSequence.getAndIncrement(),
                        wanted.promptIds(),
                        wanted.generatedIds(),
                        wanted.maxTokens(),
                        wanted.sampling(),
                        eos,
                        wanted.tenant(),
                        wanted.task(),
                        wanted.givesWay());
        return new Generation(request, sink, probe, System.nanoTime());
    }

    private void selfProbe(long now) {
        if (probes.due(now, batcher.idle())) {
            int start = loaded.spec().bosId().orElse(0);
            Wanted one = Wanted.answer(new int[] {start}, 1, SamplingParams.GREEDY, "", null);
            requests.submit(generation(one, Probes.SILENT, true));
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
            LOG.atError()
                    .addKeyValue("event.action", "step-failed")
                    .addKeyValue("event.code", e.code().name())
                    .log(
                            "replica {}: step failed: {} {}",
                            place.replica(),
                            e.code(),
                            e.getMessage());
            lineage = around.random().nextLong();
            lose(LinkLoss.unknown("step failed: " + e.code()));
        }
        publish();
        return true;
    }

    private void run(PlannedStep planned) {
        long stepId = planned.batch().stepId();
        long from = System.nanoTime();
        requests.stepped(planned, from);
        if (chain != null && !planned.demands().isEmpty()) {
            chain.demand(AnswerFrames.demands(place.epoch(), stepId, planned.demands()));
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
        watch.sent(stepId, planned.batch().tokens(), now);
        times.sent(stepId, from, now - from);
        switch (output) {
            case StageOutput.Sampled sampled ->
                    complete(stepId, sampled, times.returned(stepId, now, StepTimings.NONE));
            case StageOutput.Hidden hidden -> {
                if (chain != null) {
                    var step =
                            StepFrames.step(
                                    place.epoch(),
                                    planned.batch(),
                                    hidden.data(),
                                    place.wireType(),
                                    StepTimings.NONE);
                    chain.send(StepFrames.refill(step, planned.refills() ? keptFrom : 0));
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
        if (chain == null || !chain.isAnswers(link) || !frame.hasSampled()) {
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
            lose(LinkLoss.unknown("step " + stepId + " came back out of order"));
        }
    }

    private void complete(long stepId, StageOutput.Sampled outcome, long stageNanos) {
        long now = System.nanoTime();
        watch.returned(now);
        @Nullable Long lasted = outage.over(now);
        if (lasted != null) {
            meters.recovered(lasted);
            LOG.info("replica {}: whole again after {} ms", place.replica(), lasted / 1_000_000);
        }
        requests.tell(batcher.complete(stepId, outcome, stageNanos), now);
        if (!outcome.tokens().isEmpty()) {
            probes.tokenCame(now);
        }
    }

    /** The chain is broken: what runs waits until it stands again, if that is of use. */
    private void lose(LinkLoss loss) {
        long now = System.nanoTime();
        if (!requests.isEmpty() || up()) {
            LOG.atWarn()
                    .addKeyValue("event.action", "stage-lost")
                    .addKeyValue("event.code", "STAGE_LOST")
                    .log("replica {}: stage lost: {}", place.replica(), loss.why());
        } else {
            LOG.info("replica {}: stages are not linked yet: {}", place.replica(), loss.why());
        }
        if (up()) {
            outage.lost(now);
        }
        if (chain != null) {
            chain.drop(loss.why(), now);
        }
        interrupt();
        if (outage.hopeless()) {
            outage.forgive();
            requests.failAll(new AgentException(FaultCode.STAGE_LOST, loss.why()));
        }
        report(false, loss);
        publish();
    }

    /** What was under way is dropped, and will be run again. */
    private void interrupt() {
        watch.forget();
        times.forget();
        if (chain == null) {
            batcher.restart();
            loaded.stage().reset();
        } else if (!batcher.interrupt() || outage.fruitless()) {
            lineage = around.random().nextLong();
        }
    }

    /** The chain stands: tells the stages what to go on with. */
    private void resume(ChainLink stages, int from) {
        keptFrom = from;
        List<KeptTable> kept = List.of();
        if (from < place.count()) {
            kept = batcher.rollBack(from > 1);
        } else {
            batcher.restart();
        }
        if (from > 1) {
            loaded.stage().reset();
        } else {
            loaded.stage().keep(kept);
        }
        meters.kept(kept.stream().mapToInt(KeptTable::tokens).sum());
        stages.send(List.of(StepFrames.resume(place.epoch(), from, kept)));
    }

    /** Tells the scheduler of a chain that stood once under this epoch. */
    private void report(boolean linked, LinkLoss loss) {
        if (chain != null && chain.stood()) {
            around.reports()
                    .accept(
                            ChainReport.newBuilder()
                                    .setReplicaId(place.replica())
                                    .setEpoch(place.epoch())
                                    .setLinked(linked)
                                    .setLostStage(loss.stage())
                                    .setErrorDetail(loss.why())
                                    .setLostMillis(
                                            outage.lastedNanos(System.nanoTime()) / 1_000_000)
                                    .build());
        }
    }

    private void publish() {
        snapshot =
                new Snapshot(
                        batcher.runningSequences(),
                        batcher.queuedSequences(),
                        requests.waitingSinceNanos(),
                        watch.inFlight(),
                        batcher.preemptions(),
                        batcher.prefixQueriedTokens(),
                        batcher.prefixHitTokens(),
                        probes.lastTokenNanos(),
                        batcher.heldKvTokens());
    }

    private final class ChainWatcher implements OutLink.Watcher {
        @Override
        public void accepted(OutLink<?> link, int from) {
            post(new Event.ChainAccepted(link, from));
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
        public void broken(OutLink<?> link, LinkLoss loss) {
            post(new Event.ChainBroken(link, loss));
        }
    }
}
