package assay.web.insight;

import assay.scheduler.v1.CheckerView;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.GpuView;
import assay.scheduler.v1.NetworkView;
import assay.scheduler.v1.NodeDuty;
import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.StageView;
import java.util.Comparator;
import java.util.List;

/** The scheduler's messages as our own records. Stateless. */
final class Pictures {
    private Pictures() {}

    /** By name, so that a list of them stands still. */
    static List<Node> nodes(ClusterSnapshot snapshot) {
        return snapshot.getNodesList().stream()
                .map(Pictures::node)
                .sorted(Comparator.comparing(Node::name).thenComparing(Node::id))
                .toList();
    }

    static List<Replica> replicas(ClusterSnapshot snapshot) {
        return snapshot.getReplicasList().stream().map(Pictures::replica).toList();
    }

    private static Node node(NodeView view) {
        return new Node(
                view.getId(),
                view.getName(),
                view.getAddress(),
                switch (view.getState()) {
                    case NODE_STATE_READY -> Node.State.READY;
                    case NODE_STATE_SUSPECT -> Node.State.SUSPECT;
                    case NODE_STATE_LOST -> Node.State.LOST;
                    case NODE_STATE_UNSPECIFIED, UNRECOGNIZED -> Node.State.UNKNOWN;
                },
                duty(view.getDuty()),
                view.getDutyReason(),
                view.getDrainedUnixMillis(),
                view.getLabelsMap(),
                view.getTaintsList(),
                view.getStages(),
                view.getDevicesList().stream().map(Pictures::device).toList(),
                view.getCheckersList().stream().map(Pictures::checker).toList(),
                view.hasNetwork() ? network(view.getNetwork()) : null,
                view.getLastSeenUnixMillis(),
                view.getAgentVersion());
    }

    /** A scheduler that does not know of duties leaves it unset: then every node is open. */
    static Node.Duty duty(NodeDuty duty) {
        return switch (duty) {
            case NODE_DUTY_UNSPECIFIED, NODE_DUTY_OPEN, UNRECOGNIZED -> Node.Duty.OPEN;
            case NODE_DUTY_CORDONED -> Node.Duty.CORDONED;
            case NODE_DUTY_DRAINING -> Node.Duty.DRAINING;
        };
    }

    private static Node.Network network(NetworkView view) {
        return new Node.Network(
                view.getReceiveBytesPerSecond(),
                view.getTransmitBytesPerSecond(),
                view.getReceiveBytesTotal(),
                view.getTransmitBytesTotal());
    }

    private static Node.Checker checker(CheckerView view) {
        return new Node.Checker(
                view.getSystem(), view.getAvailable(), view.getVersion(), view.getReason());
    }

    private static Device device(DeviceView view) {
        return new Device(
                view.getId(),
                view.getKind(),
                view.getName(),
                view.getMemoryTotalBytes(),
                view.getMemoryUsedBytes(),
                view.getMemoryBookedBytes(),
                view.getUtilizationRatio(),
                view.getFault(),
                view.getFaultDetail(),
                view.getMemoryHigh(),
                view.hasGpu() ? gpu(view.getGpu()) : null);
    }

    private static Device.Gpu gpu(GpuView view) {
        return new Device.Gpu(
                view.getDriverVersion(),
                view.getComputeCapability(),
                view.getPciBusId(),
                view.getCardId(),
                view.getLinksList().stream()
                        .map(each ->
                                new Device.Link(
                                        each.getDeviceId(), each.getPath(), each.getNvlinkCount()))
                        .toList(),
                view.hasMemoryBandwidthRatio() ? view.getMemoryBandwidthRatio() : null,
                view.hasTemperatureCelsius() ? view.getTemperatureCelsius() : null,
                view.hasPowerWatts() ? view.getPowerWatts() : null);
    }

    private static Replica replica(ReplicaView view) {
        return new Replica(
                view.getId(),
                view.getDeployment(),
                view.getModel(),
                view.getVersion(),
                view.getEpoch(),
                switch (view.getState()) {
                    case REPLICA_STATE_WAITING -> Replica.State.WAITING;
                    case REPLICA_STATE_LOADING -> Replica.State.LOADING;
                    case REPLICA_STATE_PROBING -> Replica.State.PROBING;
                    case REPLICA_STATE_SERVING -> Replica.State.SERVING;
                    case REPLICA_STATE_RECOVERING -> Replica.State.RECOVERING;
                    case REPLICA_STATE_DRAINING -> Replica.State.DRAINING;
                    case REPLICA_STATE_BROKEN -> Replica.State.BROKEN;
                    case REPLICA_STATE_UNSPECIFIED, UNRECOGNIZED -> Replica.State.UNKNOWN;
                },
                Reason.of(view.getReason(), view.getReasonPartsList()),
                view.getSinceUnixMillis(),
                view.getPriority(),
                view.getReplaces(),
                view.getFailures(),
                view.getStagesList().stream().map(Pictures::stage).toList(),
                view.getPromptTokensTotal(),
                view.getGenerationTokensTotal(),
                view.getGenerationTokensPerSecond(),
                view.getRequestsRunning(),
                view.getRequestsWaiting(),
                view.getKvCacheUsageRatio());
    }

    private static Replica.Stage stage(StageView view) {
        return new Replica.Stage(
                view.getIndex(),
                view.getNodeId(),
                view.getNodeName(),
                view.getDeviceId(),
                view.getDeviceName(),
                view.getFirstLayer(),
                view.getEndLayer(),
                view.getWeightBytes(),
                view.getKvBytes(),
                view.getWorkspaceBytes(),
                view.getState(),
                view.getProgressRatio(),
                view.getFetchedBytes(),
                view.getTotalBytes());
    }
}
