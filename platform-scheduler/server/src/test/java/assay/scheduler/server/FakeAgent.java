package assay.scheduler.server;

import assay.agent.v1.AssignStage;
import assay.agent.v1.ChainReport;
import assay.agent.v1.CheckerOffer;
import assay.agent.v1.Device;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.DeviceHealth;
import assay.agent.v1.DeviceKind;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.GpuFacts;
import assay.agent.v1.Heartbeat;
import assay.agent.v1.Hello;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.NodeSessionGrpc;
import assay.agent.v1.ProbeReport;
import assay.agent.v1.SchedulerMessage;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageState;
import assay.agent.v1.StageUse;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Keeps a session as an agent does: loads what it is told to, at once, and passes every probe. */
final class FakeAgent implements AutoCloseable {
    private static final long MEMORY = 1L << 30;

    private final Peer peer;
    private final String name;
    private final String address;
    private final Map<String, AssignStage> held = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    /** Every command of the newest session. */
    private Received<SchedulerMessage> commands = new Received<>();

    private volatile @Nullable Session session;
    private final List<ManagedChannel> channels = new CopyOnWriteArrayList<>();
    volatile boolean failsToLoad;
    volatile int requestsRunning;
    volatile DeviceHealth health = DeviceHealth.getDefaultInstance();
    volatile GpuFacts facts = GpuFacts.getDefaultInstance();

    FakeAgent(Peer peer, String name, String address) {
        this.peer = peer;
        this.name = name;
        this.address = address;
    }

    /** Opens a session, telling what is still held. */
    void connect(RunningScheduler scheduler) throws IOException {
        commands = new Received<>();
        ManagedChannel opened = peer.channel(scheduler);
        channels.add(opened);
        var begun = new Session(commands);
        session = begun;
        NodeSessionGrpc.newStub(opened).session(begun);
        begun.hello();
    }

    /** The connection breaks; what is loaded stays loaded. */
    void disconnect() {
        session = null;
        channels.forEach(ManagedChannel::shutdownNow);
        channels.clear();
    }

    /** The process dies: nothing stays. */
    void die() {
        disconnect();
        held.clear();
    }

    /** Tells that a stage of a replica does not answer. */
    void tell(ChainReport report) {
        Session open = session;
        if (open == null) {
            throw new AssertionError("no session is open");
        }
        open.send(NodeMessage.newBuilder().setChain(report).build());
    }

    /** Tells that something happened to the device. */
    void tell(DeviceEvent event) {
        Session open = session;
        if (open == null) {
            throw new AssertionError("no session is open");
        }
        open.send(NodeMessage.newBuilder().setDeviceEvent(event).build());
    }

    Received<SchedulerMessage> commands() {
        return commands;
    }

    AssignStage awaitAssignment(long epoch) {
        return commands.await(
                        "an assignment of epoch " + epoch,
                        message -> message.hasAssign() && message.getAssign().getEpoch() == epoch)
                .getAssign();
    }

    String identity() {
        return peer.identity();
    }

    String address() {
        return address;
    }

    Map<String, AssignStage> held() {
        return held;
    }

    @Override
    public void close() {
        disconnect();
        timer.shutdownNow();
    }

    private StageReport report(AssignStage stage, StageState state) {
        return StageReport.newBuilder()
                .setReplicaId(stage.getReplicaId())
                .setEpoch(stage.getEpoch())
                .setStageIndex(stage.getStageIndex())
                .setFirstLayer(stage.getFirstLayer())
                .setEndLayer(stage.getEndLayer())
                .setWeightBytes(stage.getWeightBytes())
                .setState(state)
                .build();
    }

    private final class Session implements ClientResponseObserver<NodeMessage, SchedulerMessage> {
        private final Received<SchedulerMessage> received;
        private @Nullable ClientCallStreamObserver<NodeMessage> out;
        private volatile @Nullable Future<?> beats;
        private long sequence;

        Session(Received<SchedulerMessage> received) {
            this.received = received;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<NodeMessage> requests) {
            out = requests;
        }

        void hello() {
            var hello =
                    Hello.newBuilder()
                            .setName(name)
                            .setAgentVersion("fake")
                            .setAddress(address)
                            .addCheckers(
                                    CheckerOffer.newBuilder()
                                            .setSystem("coq")
                                            .setAvailable(true)
                                            .setVersion("8.16.1"))
                            .addDevices(
                                    Device.newBuilder()
                                            .setId("cpu")
                                            .setKind(DeviceKind.DEVICE_KIND_CPU)
                                            .setName("a CPU")
                                            .setGpu(facts)
                                            .setHealth(health)
                                            .setMemoryTotalBytes(MEMORY)
                                            .setMemoryFreeBytes(MEMORY));
            held.values()
                    .forEach(
                            stage -> hello.addStages(report(stage, StageState.STAGE_STATE_LOADED)));
            send(NodeMessage.newBuilder().setHello(hello).build());
        }

        @Override
        public void onNext(SchedulerMessage message) {
            switch (message.getMessageCase()) {
                case WELCOME ->
                        beats =
                                timer.scheduleAtFixedRate(
                                        this::beat,
                                        0,
                                        message.getWelcome().getHeartbeatIntervalMillis(),
                                        TimeUnit.MILLISECONDS);
                case ASSIGN -> load(message.getAssign());
                case RELEASE ->
                        held.values()
                                .removeIf(stage ->
                                        stage.getReplicaId()
                                                        .equals(message.getRelease().getReplicaId())
                                                && stage.getEpoch()
                                                        <= message.getRelease().getEpoch());
                case PROBE ->
                        send(
                                NodeMessage.newBuilder()
                                        .setProbe(
                                                ProbeReport.newBuilder()
                                                        .setReplicaId(
                                                                message.getProbe().getReplicaId())
                                                        .setEpoch(message.getProbe().getEpoch())
                                                        .setPassed(true))
                                        .build());
                case MESSAGE_NOT_SET -> throw new AssertionError("an empty message");
            }
            received.onNext(message);
        }

        private void load(AssignStage stage) {
            if (failsToLoad) {
                send(
                        NodeMessage.newBuilder()
                                .setStage(
                                        report(stage, StageState.STAGE_STATE_FAILED).toBuilder()
                                                .setErrorCode("HASH_MISMATCH"))
                                .build());
                return;
            }
            held.put(stage.getReplicaId() + "/" + stage.getStageIndex(), stage);
            send(message(report(stage, StageState.STAGE_STATE_FETCHING)));
            send(message(report(stage, StageState.STAGE_STATE_LOADED)));
        }

        private static NodeMessage message(StageReport report) {
            return NodeMessage.newBuilder().setStage(report).build();
        }

        private void beat() {
            Future<?> timed = beats;
            if (session != this && timed != null) {
                timed.cancel(false);
                return;
            }
            sequence++;
            var beat = Heartbeat.newBuilder().setSequence(sequence);
            beat.addDevices(
                    DeviceUse.newBuilder()
                            .setDeviceId("cpu")
                            .setMemoryUsedBytes(1000)
                            .setHealth(health)
                            .setUtilizationRatio(0.5));
            for (AssignStage stage : held.values()) {
                boolean head = stage.getStageIndex() == 0;
                beat.addStages(
                        StageUse.newBuilder()
                                .setReplicaId(stage.getReplicaId())
                                .setEpoch(stage.getEpoch())
                                .setPromptTokensTotal(head ? 11 : 0)
                                .setGenerationTokensTotal(head ? 7 : 0)
                                .setRequestsRunning(head ? requestsRunning : 0)
                                .setLastTokenAgeMillis(head ? 10 : -1));
            }
            send(NodeMessage.newBuilder().setHeartbeat(beat).build());
        }

        private synchronized void send(NodeMessage message) {
            var requests = out;
            if (session == this && requests != null) {
                try {
                    requests.onNext(message);
                } catch (IllegalStateException over) {
                    received.onError(over);
                }
            }
        }

        @Override
        public void onError(Throwable failure) {
            received.onError(failure);
        }

        @Override
        public void onCompleted() {
            received.onCompleted();
        }
    }
}
