package assay.scheduler.server.control;

import assay.agent.v1.Device;
import assay.agent.v1.DeviceHealth;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.GpuFacts;
import assay.agent.v1.Heartbeat;
import assay.agent.v1.StageUse;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What hellos and heartbeats said last. Confined to the control loop; nothing here decides
 * anything.
 */
final class LiveFigures {
    private record Where(NodeId node, ReplicaId replica) {}

    private final Map<DeviceId, Device> announced = new HashMap<>();
    private final Map<DeviceId, DeviceUse> devices = new HashMap<>();
    private final Map<Where, StageUse> stages = new HashMap<>();

    /** Of a hello; what was said before is void. */
    void take(NodeId node, List<Device> hello) {
        forget(node);
        hello.forEach(device -> announced.put(new DeviceId(node, device.getId()), device));
    }

    void take(NodeId node, Heartbeat heartbeat) {
        forgetUse(node);
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
        announced.keySet().removeIf(device -> device.node().equals(node));
        forgetUse(node);
    }

    private void forgetUse(NodeId node) {
        devices.keySet().removeIf(device -> device.node().equals(node));
        stages.keySet().removeIf(where -> where.node().equals(node));
    }

    Optional<DeviceUse> device(DeviceId device) {
        return Optional.ofNullable(devices.get(device));
    }

    /** What a GPU is; empty of other devices, and of a node that is away. */
    Optional<GpuFacts> gpu(DeviceId device) {
        return Optional.ofNullable(announced.get(device))
                .filter(Device::hasGpu)
                .map(Device::getGpu);
    }

    /** As the newest heartbeat says, before one the hello. */
    DeviceHealth health(DeviceId device) {
        return device(device)
                .map(DeviceUse::getHealth)
                .or(() -> Optional.ofNullable(announced.get(device)).map(Device::getHealth))
                .orElse(DeviceHealth.getDefaultInstance());
    }

    Optional<StageUse> stage(NodeId node, ReplicaId replica) {
        return Optional.ofNullable(stages.get(new Where(node, replica)));
    }
}
