package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.placement.FleetDevice.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What rules look at on a node, apart from who is there: nodes with equal traits are turned away by
 * the same filters. Immutable.
 *
 * @param devices in the order announced
 * @param labels as far as anybody asked for them
 */
record NodeTraits(
        NodeState state,
        NodeDuty duty,
        Map<String, String> labels,
        Set<String> taints,
        List<DeviceTraits> devices) {
    NodeTraits {
        labels = Map.copyOf(labels);
        taints = Set.copyOf(taints);
        devices = List.copyOf(devices);
    }

    /**
     * What rules look at on a device.
     *
     * @param type "cpu" or "cuda"
     * @param label as the hardware names itself
     */
    record DeviceTraits(Kind kind, String type, String label, boolean healthy) {}

    /**
     * @param asked labels that matter
     */
    static NodeTraits of(NodeSnapshot node, Set<String> asked) {
        Map<String, String> labels =
                node.labels().entrySet().stream()
                        .filter(label -> asked.contains(label.getKey()))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new NodeTraits(
                node.state(),
                node.duty(),
                labels,
                node.taints(),
                node.devices().stream().map(NodeTraits::traits).toList());
    }

    private static DeviceTraits traits(DeviceSnapshot device) {
        return new DeviceTraits(
                new Kind(device.isGpu(), DeviceSpeed.of(device)),
                device.kind(),
                device.label(),
                device.healthy());
    }

    /** Whether its nodes may be given stages at all. */
    boolean isOpen() {
        return state == NodeState.READY && duty == NodeDuty.OPEN;
    }
}
