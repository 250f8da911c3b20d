package assay.agent.host;

import assay.agent.config.AgentConfig;
import assay.agent.fault.FaultCode;
import assay.agent.files.FileCache;
import assay.agent.head.HeadDirectory;
import assay.agent.head.HeadFigures;
import assay.agent.head.HeadLoop;
import assay.agent.host.StageLifecycle.State;
import assay.agent.link.LinkReceiver;
import assay.agent.link.PeerChannels;
import assay.agent.link.StageDirectory;
import assay.agent.metrics.AgentMetrics;
import assay.agent.metrics.StageMeters;
import assay.agent.session.Backoff;
import assay.agent.session.NodeCommands;
import assay.agent.stages.LoadedStage;
import assay.agent.stages.RelayLoop;
import assay.agent.stages.StageLoop;
import assay.agent.stages.StagePlace;
import assay.agent.v1.AssignStage;
import assay.agent.v1.ChainReport;
import assay.agent.v1.ProbeReplica;
import assay.agent.v1.ProbeReport;
import assay.agent.v1.ReleaseStage;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageUse;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.TokenFrame;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stages of this node, by replica and index. Orders and reports are confined to the control
 * loop; the directory of running loops is for every thread.
 */
public final class StageHost implements NodeCommands, StageDirectory, HeadDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(StageHost.class);

    private final AgentConfig config;
    private final Set<String> deviceIds;
    private final Executor control;
    private final StageLoader loader;
    private final AgentMetrics metrics;
    private final PeerChannels peers;
    private final MemoryFaults memoryFaults;
    private final RandomGenerator random;
    private final Consumer<Throwable> fatal;
    private final Map<Key, HostedStage> stages = new HashMap<>();
    private final Map<Key, StageLoop<?>> running = new ConcurrentHashMap<>();
    private final StageSurroundings surroundings = new Surroundings();
    private Reports reports = new Reports(r -> {}, r -> {}, r -> {});

    private record Key(String replica, int stage) {
        static Key of(AssignStage order) {
            return new Key(order.getReplicaId(), order.getStageIndex());
        }
    }

    /** Where reports go. */
    public record Reports(
            Consumer<StageReport> stages,
            Consumer<ProbeReport> probes,
            Consumer<ChainReport> chains) {}

    /** What the host is made of. */
    public record Parts(
            AgentConfig config,
            Path models,
            FileCache cache,
            AgentMetrics metrics,
            PeerChannels peers,
            MemoryFaults memoryFaults,
            RandomGenerator random) {}

    /** Told when a device had less memory than a stage takes. Called on any thread. */
    @FunctionalInterface
    public interface MemoryFaults {
        /** What was wanted and what was there, in words. */
        void outOfMemory(String deviceId, String detail);
    }

    /** Hosts nothing yet; work is handed to that control loop. */
    public StageHost(
            Parts parts, Set<String> deviceIds, Executor control, Consumer<Throwable> fatal) {
        this.config = parts.config();
        this.deviceIds = Set.copyOf(deviceIds);
        this.control = control;
        this.loader =
                new StageLoader(parts.models(), parts.cache(), config.backend(), config.threads());
        this.metrics = parts.metrics();
        this.peers = parts.peers();
        this.memoryFaults = parts.memoryFaults();
        this.random = parts.random();
        this.fatal = fatal;
    }

    /** Reports go there from now on. Before the session starts. */
    public void reportTo(Reports to) {
        reports = to;
    }

    @Override
    public void assign(AssignStage order) {
        HostedStage stage = stages.get(Key.of(order));
        if (stage != null && stage.order().getEpoch() > order.getEpoch()) {
            LOG.warn("{}: older than what is here, ignored", HostedStage.name(order));
            return;
        }
        if (stage != null && stage.order().equals(order) && stage.state() != State.FAILED) {
            reports.stages().accept(stage.report());
            return;
        }
        if (!deviceIds.contains(order.getDeviceId())) {
            refuse(order);
            return;
        }
        LOG.info("{}: assigned", HostedStage.name(order));
        if (stage == null) {
            stage = new HostedStage(order, surroundings);
            stages.put(Key.of(order), stage);
        }
        stage.assign(order);
        reports.stages().accept(stage.report());
    }

    @Override
    public void release(ReleaseStage order) {
        List<HostedStage> over =
                stages.values().stream()
                        .filter(s -> s.order().getReplicaId().equals(order.getReplicaId()))
                        .filter(s -> s.order().getEpoch() <= order.getEpoch())
                        .filter(s -> s.state() != State.RELEASED)
                        .toList();
        for (HostedStage stage : over) {
            LOG.info("{}: released", HostedStage.name(stage.order()));
            stages.remove(Key.of(stage.order()));
            stage.release();
        }
    }

    @Override
    public void probe(ProbeReplica order) {
        Optional<HeadLoop> head = head(order.getReplicaId());
        if (head.isEmpty() || head.get().epoch() != order.getEpoch()) {
            probed(order, false, Duration.ZERO, "the head of this epoch is not here");
            return;
        }
        head.get()
                .probe((passed, took, detail) ->
                        control.execute(() -> probed(order, passed, took, detail)));
    }

    /** Lets go of everything; the threads end when it is gone. On the control loop. */
    public List<Thread> releaseAll() {
        List<Thread> work = new ArrayList<>();
        stages.values().forEach(stage -> work.add(stage.release()));
        stages.clear();
        return work;
    }

    /** Every stage, for a hello. On the control loop. */
    public List<StageReport> reportAll() {
        return stages.values().stream().map(HostedStage::report).toList();
    }

    /** What all stages hold on a device. On the control loop. */
    public long stageBytes(String deviceId) {
        return stages.values().stream()
                .filter(s -> s.order().getDeviceId().equals(deviceId))
                .mapToLong(HostedStage::stageBytes)
                .sum();
    }

    /** Figures of the running stages. On the control loop. */
    public List<StageUse> use() {
        List<StageUse> all = new ArrayList<>();
        for (HostedStage stage : stages.values()) {
            StageLoop<?> loop = running.get(Key.of(stage.order()));
            if (loop != null && stage.state() == State.LOADED) {
                all.add(use(stage.order(), loop));
            }
        }
        return all;
    }

    @Override
    public Optional<HeadLoop> head(String replica) {
        return running.get(new Key(replica, 0)) instanceof HeadLoop head
                ? Optional.of(head)
                : Optional.empty();
    }

    @Override
    public Optional<LinkReceiver<ActivationFrame>> activations(String replica, int stage) {
        return running.get(new Key(replica, stage)) instanceof RelayLoop relay
                ? Optional.of(relay)
                : Optional.empty();
    }

    @Override
    public Optional<LinkReceiver<TokenFrame>> tokens(String replica) {
        return head(replica).map(head -> head);
    }

    private static StageUse use(AssignStage order, StageLoop<?> loop) {
        StageUse.Builder use =
                StageUse.newBuilder()
                        .setReplicaId(order.getReplicaId())
                        .setEpoch(order.getEpoch())
                        .setKvCacheUsageRatio(loop.kvUsageRatio())
                        .setLastTokenAgeMillis(-1);
        if (loop instanceof HeadLoop head) {
            HeadFigures figures = head.figures();
            use.setPromptTokensTotal(figures.promptTokens())
                    .setGenerationTokensTotal(figures.generationTokens())
                    .setRequestsRunning(figures.requestsRunning())
                    .setRequestsWaiting(figures.requestsWaiting())
                    .setQueueWaitMillis(figures.queueWaitMillis())
                    .setLastTokenAgeMillis(figures.lastTokenAgeMillis());
        }
        return use.build();
    }

    private void refuse(AssignStage order) {
        HostedStage.logFault(
                order, FaultCode.DEVICE_UNKNOWN.name(), "no device " + order.getDeviceId());
        reports.stages()
                .accept(
                        StageReport.newBuilder()
                                .setReplicaId(order.getReplicaId())
                                .setEpoch(order.getEpoch())
                                .setStageIndex(order.getStageIndex())
                                .setState(assay.agent.v1.StageState.STAGE_STATE_FAILED)
                                .setErrorCode(FaultCode.DEVICE_UNKNOWN.name())
                                .setErrorDetail(
                                        "device: "
                                                + order.getDeviceId()
                                                + " (expected: one of "
                                                + deviceIds
                                                + ")")
                                .setFirstLayer(order.getFirstLayer())
                                .setEndLayer(order.getEndLayer())
                                .build());
    }

    private void probed(ProbeReplica order, boolean passed, Duration took, String detail) {
        LOG.info(
                "replica {} epoch {}: probe {} {}",
                order.getReplicaId(),
                order.getEpoch(),
                passed ? "passed" : "failed:",
                detail);
        reports.probes()
                .accept(
                        ProbeReport.newBuilder()
                                .setReplicaId(order.getReplicaId())
                                .setEpoch(order.getEpoch())
                                .setPassed(passed)
                                .setDurationMillis(took.toMillis())
                                .setErrorDetail(detail)
                                .build());
    }

    private final class Surroundings implements StageSurroundings {
        @Override
        public Executor control() {
            return control;
        }

        @Override
        public StageLoader loader() {
            return loader;
        }

        @Override
        public void outOfMemory(AssignStage order, String detail) {
            memoryFaults.outOfMemory(order.getDeviceId(), detail);
        }

        @Override
        public StageMeters meters(AssignStage order) {
            return metrics.stage(
                    new AgentMetrics.StageLabels(
                            order.getModel(),
                            order.getVersion(),
                            order.getReplicaId(),
                            order.getStageIndex()));
        }

        @Override
        public StageLoop<?> startLoop(AssignStage order, LoadedStage loaded, StageMeters meters) {
            StagePlace place = StagePlace.of(order, loaded.spec().hiddenSize());
            StageLoop<?> loop =
                    place.index() == 0 ? head(place, loaded, meters) : relay(place, loaded, meters);
            meters.idle(loop::idleNanos);
            meters.gauge(
                    "assay.kv.cache.usage.perc",
                    "Share of the KV room that sequences hold, 0 to 1",
                    loop::kvUsageRatio);
            loop.start();
            running.put(Key.of(order), loop);
            return loop;
        }

        private RelayLoop relay(StagePlace place, LoadedStage loaded, StageMeters meters) {
            return new RelayLoop(place, loaded, meters, peers, config.head(), fatal);
        }

        private HeadLoop head(StagePlace place, LoadedStage loaded, StageMeters meters) {
            HeadLoop head =
                    new HeadLoop(
                            place,
                            loaded,
                            meters,
                            new HeadLoop.Surroundings(
                                    peers,
                                    new Backoff(random),
                                    config.head(),
                                    random,
                                    this::report,
                                    fatal));
            meters.gauge(
                    "assay.num.requests.running",
                    "Requests in the running batch",
                    () -> head.figures().requestsRunning());
            meters.gauge(
                    "assay.num.requests.waiting",
                    "Requests that wait for room",
                    () -> head.figures().requestsWaiting());
            meters.gauge(
                    "assay.pipeline.microbatches.in.flight",
                    "Micro-batches under way through the stages",
                    () -> head.figures().stepsInFlight());
            meters.count(
                    "assay.num.preemptions",
                    "Times that a request was put back because KV ran out",
                    () -> head.figures().preemptions());
            meters.count(
                    "assay.prefix.cache.queries",
                    "Tokens of prompts that were looked for among the KV that is there",
                    () -> head.figures().prefixQueriedTokens());
            meters.count(
                    "assay.prefix.cache.hits",
                    "Tokens of prompts whose KV was there",
                    () -> head.figures().prefixHitTokens());
            return head;
        }

        private void report(ChainReport report) {
            control.execute(() -> reports.chains().accept(report));
        }

        @Override
        public void moveLoop(StageLoop<?> loop, AssignStage order, LoadedStage loaded) {
            loop.rebind(StagePlace.of(order, loaded.spec().hiddenSize()));
        }

        @Override
        public void loopEnds(StageLoop<?> loop) {
            running.values().remove(loop);
        }

        @Override
        public void report(StageReport report) {
            reports.stages().accept(report);
        }

        @Override
        public void released(HostedStage stage) {
            reports.stages().accept(stage.report());
        }
    }
}
