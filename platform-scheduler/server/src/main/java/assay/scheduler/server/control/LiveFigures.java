package assay.scheduler.server.control;

import assay.agent.v1.Device;
import assay.agent.v1.DeviceHealth;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.GpuFacts;
import assay.agent.v1.Heartbeat;
import assay.agent.v1.NetworkUse;
import assay.agent.v1.StageUse;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.v1.NetworkView;
import java.time.Duration;
import java.time.Instant;
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

    /** A total that grows, and how fast. */
    private record Pace(long total, Instant at, double perSecond) {
        Pace next(long now, Instant time) {
            double seconds = Duration.between(at, time).toNanos() / 1e9;
            double pace = seconds > 0 && now >= total ? (now - total) / seconds : 0;
            return new Pace(now, time, pace);
        }
    }

    /** What came and went over a node's network. */
    private record Network(Pace received, Pace sent) {}

    private final Map<DeviceId, Device> announced = new HashMap<>();
    private final Map<DeviceId, DeviceUse> devices = new HashMap<>();
    private final Map<Where, StageUse> stages = new HashMap<>();
    private final Map<NodeId, Network> networks = new HashMap<>();
    private final Map<Where, Pace> tokens = new HashMap<>();

    /** Of a hello; what was said before is void. */
    void take(NodeId node, List<Device> hello) {
        forget(node);
        hello.forEach(device -> announced.put(new DeviceId(node, device.getId()), device));
    }

    void take(NodeId node, Heartbeat heartbeat, Instant now) {
        forgetUse(node);
        if (heartbeat.hasNetwork()) {
            NetworkUse use = heartbeat.getNetwork();
            long received = use.getReceiveBytesTotal();
            long sent = use.getTransmitBytesTotal();
            networks.merge(
                    node,
                    new Network(new Pace(received, now, 0), new Pace(sent, now, 0)),
                    (old, first) ->
                            new Network(
                                    old.received().next(received, now),
                                    old.sent().next(sent, now)));
        }
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
        stages.forEach((where, use) -> {
            if (where.node().equals(node)) {
                long total = use.getGenerationTokensTotal();
                tokens.merge(where, new Pace(total, now, 0), (old, first) -> old.next(total, now));
            }
        });
    }

    /** Of a node that tells. */
    Optional<NetworkView> network(NodeId node) {
        return Optional.ofNullable(networks.get(node))
                .map(it ->
                        NetworkView.newBuilder()
                                .setReceiveBytesTotal(it.received().total())
                                .setTransmitBytesTotal(it.sent().total())
                                .setReceiveBytesPerSecond(it.received().perSecond())
                                .setTransmitBytesPerSecond(it.sent().perSecond())
                                .build());
    }

    /** What a head makes; 0 where it does not tell. */
    double tokensPerSecond(NodeId head, ReplicaId replica) {
        Pace pace = tokens.get(new Where(head, replica));
        return pace == null ? 0 : pace.perSecond();
    }

    private static long tokens(StageUse use) {
        return use.getPromptTokensTotal() + use.getGenerationTokensTotal();
    }

    void forget(NodeId node) {
        announced.keySet().removeIf(device -> device.node().equals(node));
        networks.remove(node);
        tokens.keySet().removeIf(where -> where.node().equals(node));
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
