package assay.web.console;

import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.GpuView;
import assay.scheduler.v1.NetworkView;
import assay.scheduler.v1.NodeDuty;
import assay.scheduler.v1.NodeState;
import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.ReplicaState;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.StageView;

/** Pictures of a cluster with GPUs: one node serves, one drains, one is lost, one replica loads. */
final class FakeFleet {
    static final String SERVING = "7f1c2a90-0000-4000-8000-000000000001";
    static final String LOADING = "b3e8d411-0000-4000-8000-000000000002";
    private static final long GIB = 1L << 30;

    private FakeFleet() {}

    /**
     * @param tick moves the figures
     */
    static ClusterSnapshot at(long unixMillis, int tick) {
        return ClusterSnapshot.newBuilder()
                .setUnixMillis(unixMillis)
                .addNodes(
                        gpus(
                                "gpu-a1",
                                unixMillis,
                                tick,
                                "NVIDIA H200",
                                141,
                                NodeDuty.NODE_DUTY_OPEN,
                                3))
                .addNodes(
                        gpus(
                                        "gpu-b1",
                                        unixMillis,
                                        tick + 7,
                                        "NVIDIA A100-SXM4-80GB",
                                        80,
                                        NodeDuty.NODE_DUTY_DRAINING,
                                        2)
                                .toBuilder()
                                .setDutyReason("fan 2 is loud, swap on Tuesday"))
                .addNodes(lost(unixMillis))
                .addReplicas(serving(tick))
                .addReplicas(loading(tick))
                .addReplicas(
                        ReplicaView.newBuilder()
                                .setId("c0ffee00-0000-4000-8000-000000000003")
                                .setDeployment("night-batch")
                                .setModel("qwen3-32b")
                                .setVersion("2")
                                .setState(ReplicaState.REPLICA_STATE_WAITING)
                                .setReason(
                                        "gpu-a1/GPU-3 is short of memory: 12 GiB free, 53 GiB"
                                                + " missing"))
                .build();
    }

    /** So many nodes that they do not stand on one page. */
    static ClusterSnapshot many(long unixMillis, int count) {
        var snapshot = ClusterSnapshot.newBuilder().setUnixMillis(unixMillis);
        for (int i = 0; i < count; i++) {
            snapshot.addNodes(
                    gpus(
                            "rack-%03d".formatted(i),
                            unixMillis,
                            i,
                            "NVIDIA H200",
                            141,
                            NodeDuty.NODE_DUTY_OPEN,
                            0));
        }
        return snapshot.build();
    }

    private static NodeView gpus(
            String name,
            long unixMillis,
            int tick,
            String device,
            int gib,
            NodeDuty duty,
            int stages) {
        var node =
                NodeView.newBuilder()
                        .setId("node-" + name)
                        .setName(name)
                        .setAddress("10.0.4.17:7443")
                        .setState(NodeState.NODE_STATE_READY)
                        .setLastSeenUnixMillis(unixMillis)
                        .setAgentVersion("0.1.0")
                        .setDuty(duty)
                        .putLabels("rack", name.substring(4))
                        .putLabels("zone", "north")
                        .setStages(stages)
                        .setNetwork(
                                NetworkView.newBuilder()
                                        .setReceiveBytesPerSecond(wave(tick, 180e6))
                                        .setTransmitBytesPerSecond(wave(tick + 3, 95e6)));
        if (duty == NodeDuty.NODE_DUTY_DRAINING) {
            node.addTaints("maintenance");
        }
        for (int i = 0; i < 4; i++) {
            node.addDevices(
                    DeviceView.newBuilder()
                            .setId("GPU-" + i)
                            .setKind("cuda")
                            .setName(device)
                            .setMemoryTotalBytes(gib * GIB)
                            .setMemoryUsedBytes((long) (gib * GIB * (0.35 + 0.1 * i)))
                            .setMemoryBookedBytes((long) (gib * GIB * (0.3 + 0.1 * i)))
                            .setUtilizationRatio(Math.min(1, wave(tick + i, 0.8)))
                            .setGpu(
                                    GpuView.newBuilder()
                                            .setDriverVersion("580.159.04")
                                            .setComputeCapability("9.0")
                                            .setPciBusId("00000000:0" + i + ":00.0")
                                            .setMemoryBandwidthRatio(
                                                    Math.min(1, wave(tick + i, 0.6)))
                                            .setTemperatureCelsius(48 + (int) wave(tick, 20))
                                            .setPowerWatts(310 + wave(tick, 200))));
        }
        return node.build();
    }

    private static double wave(int tick, double most) {
        return most * (0.6 + 0.3 * Math.sin(tick / 9.0) + 0.1 * Math.sin(tick / 2.1));
    }

    private static NodeView lost(long unixMillis) {
        return NodeView.newBuilder()
                .setId("node-cpu-c1")
                .setName("cpu-c1")
                .setAddress("10.0.6.2:7443")
                .setState(NodeState.NODE_STATE_LOST)
                .setLastSeenUnixMillis(unixMillis - 240_000)
                .setAgentVersion("0.1.0")
                .setDuty(NodeDuty.NODE_DUTY_OPEN)
                .addDevices(
                        DeviceView.newBuilder()
                                .setId("cpu")
                                .setKind("cpu")
                                .setName("AMD EPYC 9654 96-Core Processor")
                                .setMemoryTotalBytes(384 * GIB))
                .build();
    }

    private static ReplicaView serving(int tick) {
        return ReplicaView.newBuilder()
                .setId(SERVING)
                .setDeployment("assistant")
                .setModel("qwen3-32b")
                .setVersion("2")
                .setEpoch(4)
                .setState(ReplicaState.REPLICA_STATE_SERVING)
                .setGenerationTokensTotal(1_204_331L + tick * 61L)
                .setRequestsRunning(5)
                .setKvCacheUsageRatio(0.41)
                .addStages(stage(0, "gpu-a1", "GPU-0", 0, 22, "loaded", 1))
                .addStages(stage(1, "gpu-a1", "GPU-1", 22, 44, "loaded", 1))
                .addStages(stage(2, "gpu-b1", "GPU-0", 44, 64, "loaded", 1))
                .build();
    }

    private static ReplicaView loading(int tick) {
        return ReplicaView.newBuilder()
                .setId(LOADING)
                .setDeployment("assistant")
                .setModel("qwen3-32b")
                .setVersion("2")
                .setEpoch(1)
                .setState(ReplicaState.REPLICA_STATE_LOADING)
                .setReason("stage 1 is fetching its files")
                .setReplaces(SERVING)
                .addStages(stage(0, "gpu-a1", "GPU-2", 0, 40, "fetching", tick % 20 / 20.0))
                .addStages(stage(1, "gpu-b1", "GPU-1", 40, 64, "assigned", 0))
                .build();
    }

    private static StageView stage(
            int index,
            String node,
            String device,
            int first,
            int end,
            String state,
            double progress) {
        long bytes = (end - first) * GIB;
        return StageView.newBuilder()
                .setIndex(index)
                .setNodeId("node-" + node)
                .setNodeName(node)
                .setDeviceId(device)
                .setDeviceName("NVIDIA H200")
                .setFirstLayer(first)
                .setEndLayer(end)
                .setWeightBytes(bytes)
                .setKvBytes(bytes / 4)
                .setWorkspaceBytes(GIB / 2)
                .setState(state)
                .setProgressRatio(progress)
                .setFetchedBytes((long) (bytes * progress))
                .setTotalBytes(bytes)
                .build();
    }
}
