package assay.scheduler.core.cluster;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A node with what it has. Immutable.
 *
 * @param id of the node
 * @param name what people call it
 * @param address host:port of the agent's own server
 * @param agentVersion of its software
 * @param devices in the order announced
 * @param state how sure we are of it
 * @param duty what operators let it do
 * @param labels by which deployments choose nodes; {@link #RACK} says where it stands
 * @param taints that keep away what does not tolerate them
 * @param networkBytesPerSecond to other nodes in one direction; 0 where nobody told
 */
public record NodeSnapshot(
        NodeId id,
        String name,
        String address,
        String agentVersion,
        List<DeviceSnapshot> devices,
        NodeState state,
        NodeDuty duty,
        Map<String, String> labels,
        Set<String> taints,
        long networkBytesPerSecond) {
    /** The label that names the rack: nodes of one are near to each other, and fail together. */
    public static final String RACK = "rack";

    public NodeSnapshot {
        devices = List.copyOf(devices);
        labels = Map.copyOf(labels);
        taints = Set.copyOf(taints);
        if (networkBytesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "node %s: network of %d B/s (expected: 0 or more)"
                            .formatted(name, networkBytesPerSecond));
        }
    }

    /** A node of which operators have said nothing. */
    public NodeSnapshot(
            NodeId id,
            String name,
            String address,
            String agentVersion,
            List<DeviceSnapshot> devices,
            NodeState state) {
        this(id, name, address, agentVersion, devices, state, NodeDuty.OPEN, Map.of(), Set.of(), 0);
    }

    /** With one device well or not; unchanged where the node has no such device. */
    public NodeSnapshot with(String device, boolean healthy) {
        return having(
                devices.stream()
                        .map(it -> it.name().equals(device) ? it.turned(healthy) : it)
                        .toList());
    }

    public NodeSnapshot having(List<DeviceSnapshot> changed) {
        return new NodeSnapshot(
                id,
                name,
                address,
                agentVersion,
                changed,
                state,
                duty,
                labels,
                taints,
                networkBytesPerSecond);
    }

    public NodeSnapshot in(NodeState changed) {
        return new NodeSnapshot(
                id,
                name,
                address,
                agentVersion,
                devices,
                changed,
                duty,
                labels,
                taints,
                networkBytesPerSecond);
    }

    /** The same machine as operators want it. */
    public NodeSnapshot ruled(
            NodeDuty changed, Map<String, String> newLabels, Set<String> newTaints) {
        return new NodeSnapshot(
                id,
                name,
                address,
                agentVersion,
                devices,
                state,
                changed,
                newLabels,
                newTaints,
                networkBytesPerSecond);
    }

    /** What the node says of itself, with what operators said of it before. */
    public NodeSnapshot ruledAs(NodeSnapshot before) {
        return ruled(before.duty, before.labels, before.taints);
    }

    /** Where it stands; empty when no label says so. */
    public String rack() {
        return labels.getOrDefault(RACK, "");
    }
}
