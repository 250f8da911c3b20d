package assay.scheduler.server.control;

import assay.agent.v1.DeviceUse;
import assay.agent.v1.Heartbeat;
import assay.agent.v1.StageUse;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What heartbeats said last. Confined to the control loop; nothing here decides anything. */
final class LiveFigures {
    private record Where(NodeId node, ReplicaId replica) {}

    private final Map<DeviceId, DeviceUse> devices = new HashMap<>();
    private final Map<Where, StageUse> stages = new HashMap<>();

    void take(NodeId node, Heartbeat heartbeat) {
        forget(node);
        for (DeviceUse use : heartbeat.getDevicesList()) {
            devices.put(new DeviceId(node, use.getDeviceId()), use);
        }
        for (StageUse use : heartbeat.getStagesList()) {
            Where where = new Where(node, NodeMessages.replica(use.getReplicaId()));
            StageUse other = stages.get(where);
            // One node may hold several stages of a replica; the head is the one that counts
            // tokens.
            if (other == null || tokens(use) >= tokens(other)) {
                stages.put(where, use);
            }
        }
    }

    private static long tokens(StageUse use) {
        return use.getPromptTokensTotal() + use.getGenerationTokensTotal();
    }

    void forget(NodeId node) {
        devices.keySet().removeIf(device -> device.node().equals(node));
        stages.keySet().removeIf(where -> where.node().equals(node));
    }

    Optional<DeviceUse> device(DeviceId device) {
        return Optional.ofNullable(devices.get(device));
    }

    Optional<StageUse> stage(NodeId node, ReplicaId replica) {
        return Optional.ofNullable(stages.get(new Where(node, replica)));
    }
}
