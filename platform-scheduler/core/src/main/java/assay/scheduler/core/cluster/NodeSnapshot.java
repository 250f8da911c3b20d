package assay.scheduler.core.cluster;

import java.util.List;

/**
 * A node with what it has. Immutable.
 *
 * @param id of the node
 * @param name what people call it
 * @param address host:port of the agent's own server
 * @param agentVersion of its software
 * @param devices in the order announced
 * @param state how sure we are of it
 */
public record NodeSnapshot(
        NodeId id,
        String name,
        String address,
        String agentVersion,
        List<DeviceSnapshot> devices,
        NodeState state) {
    public NodeSnapshot {
        devices = List.copyOf(devices);
    }

    /** With one device well or not; unchanged where the node has no such device. */
    public NodeSnapshot with(String device, boolean healthy) {
        List<DeviceSnapshot> changed =
                devices.stream()
                        .map(it -> it.name().equals(device) ? it.turned(healthy) : it)
                        .toList();
        return new NodeSnapshot(id, name, address, agentVersion, changed, state);
    }

    public NodeSnapshot in(NodeState changed) {
        return new NodeSnapshot(id, name, address, agentVersion, devices, changed);
    }
}
