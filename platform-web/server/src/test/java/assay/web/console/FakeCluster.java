package assay.web.console;

import assay.scheduler.v1.CheckerView;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.GpuLinkView;
import assay.scheduler.v1.GpuView;
import assay.scheduler.v1.NodeState;
import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.ReplicaState;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.StageView;
import assay.web.serving.ClusterWatch;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A cluster that is what a test says it is. Thread-safe. */
final class FakeCluster implements ClusterWatch {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
    private volatile ClusterSnapshot current = ClusterSnapshot.getDefaultInstance();
    private volatile boolean connected = true;

    @Override
    public ClusterSnapshot current() {
        return current;
    }

    @Override
    public boolean connected() {
        return connected;
    }

    @Override
    public AutoCloseable subscribe(Consumer<ClusterSnapshot> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    int listeners() {
        return listeners.size();
    }

    void connected(boolean now) {
        connected = now;
    }

    void become(ClusterSnapshot next) {
        current = next;
        listeners.forEach(each -> each.accept(next));
    }

    /** Two nodes, half a model each. */
    static ClusterSnapshot serving(long unixMillis, long tokens, int running) {
        return ClusterSnapshot.newBuilder()
                .setUnixMillis(unixMillis)
                .addNodes(node("left", unixMillis, running * 0.22, true))
                .addNodes(node("right", unixMillis, running * 0.19, false))
                .addReplicas(
                        replica(ReplicaState.REPLICA_STATE_SERVING)
                                .setPromptTokensTotal(tokens * 2 / 3)
                                .setGenerationTokensTotal(tokens)
                                .setRequestsRunning(running)
                                .setRequestsWaiting(Math.max(0, running - 3))
                                .setKvCacheUsageRatio(0.07 * running)
                                .addStages(stage(0, "left", "loaded", 1))
                                .addStages(stage(1, "right", "loaded", 1)))
                .build();
    }

    /** One stage is still coming. */
    static ClusterSnapshot loading(long unixMillis, double progress) {
        return ClusterSnapshot.newBuilder()
                .setUnixMillis(unixMillis)
                .addNodes(node("left", unixMillis, 0.4, true))
                .addNodes(
                        node("right", unixMillis, 0, false).toBuilder()
                                .setState(NodeState.NODE_STATE_SUSPECT))
                .addReplicas(
                        replica(ReplicaState.REPLICA_STATE_LOADING)
                                .setReason("stage 1 is fetching its files")
                                .addStages(stage(0, "left", "loaded", 1))
                                .addStages(stage(1, "right", "fetching", progress)))
                .build();
    }

    /** A node with a GPU on which nothing may be placed. */
    static ClusterSnapshot brokenGpu(long unixMillis) {
        var gpu =
                DeviceView.newBuilder()
                        .setId("GPU-1")
                        .setKind("cuda")
                        .setName("NVIDIA H200")
                        .setMemoryTotalBytes(140 * GIB)
                        .setMemoryUsedBytes(130 * GIB)
                        .setFault("DEVICE_XID")
                        .setFaultDetail("XID 79")
                        .setMemoryHigh(true)
                        .setGpu(
                                GpuView.newBuilder()
                                        .setDriverVersion("580.159.04")
                                        .setComputeCapability("9.0")
                                        .setPciBusId("00000000:00:06.0")
                                        .setTemperatureCelsius(46)
                                        .setPowerWatts(408.95)
                                        .addLinks(GpuLinkView.newBuilder().setPath("nvlink")));
        return ClusterSnapshot.newBuilder()
                .setUnixMillis(unixMillis)
                .addNodes(
                        node("left", unixMillis, 0, true).toBuilder()
                                .clearDevices()
                                .addDevices(gpu))
                .build();
    }

    static ClusterSnapshot empty(long unixMillis) {
        return ClusterSnapshot.newBuilder().setUnixMillis(unixMillis).build();
    }

    private static ReplicaView.Builder replica(ReplicaState state) {
        return ReplicaView.newBuilder()
                .setId("replica-1")
                .setDeployment("assay-reference")
                .setModel("assay-reference")
                .setVersion("1")
                .setEpoch(3)
                .setState(state);
    }

    private static NodeView node(String name, long unixMillis, double use, boolean coq) {
        var node =
                NodeView.newBuilder()
                        .setId("node-" + name)
                        .setName("agent-" + name)
                        .setAddress("127.0.0.1:" + (name.equals("left") ? 41873 : 42119))
                        .setState(NodeState.NODE_STATE_READY)
                        .setLastSeenUnixMillis(unixMillis)
                        .setAgentVersion("0.1.0")
                        .addDevices(
                                DeviceView.newBuilder()
                                        .setId("cpu")
                                        .setKind("cpu")
                                        .setName("Intel(R) Xeon(R) Platinum 8481C @ 2.70 GHz")
                                        .setMemoryTotalBytes(6 * GIB)
                                        .setMemoryUsedBytes(412 * MIB)
                                        .setMemoryBookedBytes(300 * MIB)
                                        .setUtilizationRatio(Math.min(1, use)));
        node.addCheckers(
                coq
                        ? CheckerView.newBuilder()
                                .setSystem("coq")
                                .setAvailable(true)
                                .setVersion("8.16.1")
                        : CheckerView.newBuilder()
                                .setSystem("coq")
                                .setReason(
                                        "coqc was not found; install it with: apt-get install"
                                                + " coq"));
        return node.build();
    }

    private static StageView.Builder stage(int index, String node, String state, double progress) {
        return StageView.newBuilder()
                .setIndex(index)
                .setNodeId("node-" + node)
                .setNodeName("agent-" + node)
                .setDeviceId("cpu")
                .setFirstLayer(index * 4)
                .setEndLayer(index * 4 + 4)
                .setWeightBytes(13_800_000)
                .setState(state)
                .setProgressRatio(progress);
    }
}
