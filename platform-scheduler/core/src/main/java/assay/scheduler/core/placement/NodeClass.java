package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.placement.FleetDevice.Kind;
import assay.scheduler.core.placement.NodeTraits.DeviceTraits;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Nodes with equal {@link NodeTraits}, by who is there: nobody, anybody, or one that wants them for
 * itself. Confined to the control loop.
 */
final class NodeClass {
    final NodeTraits traits;

    /** What their devices are that may be given stages. */
    final List<Kind> shape;

    /** In words: an order of shapes that does not hang on which of them came first. */
    final String shapeName;

    final NodeGroup empty = new NodeGroup();
    final NodeGroup shared = new NodeGroup();
    private final NavigableMap<DeploymentId, NodeGroup> owned = new TreeMap<>();

    NodeClass(NodeTraits traits) {
        this.traits = traits;
        shape =
                traits.devices().stream()
                        .filter(device -> device.healthy() && traits.isOpen())
                        .map(DeviceTraits::kind)
                        .toList();
        shapeName = shape.toString();
    }

    void add(FleetNode node) {
        group(node).add(node);
    }

    void remove(FleetNode node) {
        group(node).remove(node);
        node.owner.filter(owner -> owned(owner).isEmpty()).ifPresent(owned::remove);
    }

    /** Where a node of it is. */
    NodeGroup group(FleetNode node) {
        if (node.owner.isPresent()) {
            return owned.computeIfAbsent(node.owner.get(), key -> new NodeGroup());
        }
        return node.isEmpty ? empty : shared;
    }

    /** Nodes that a deployment has for itself. */
    NodeGroup owned(DeploymentId owner) {
        return Optional.ofNullable(owned.get(owner)).orElseGet(NodeGroup::new);
    }

    /** All of its nodes. */
    List<NodeGroup> groups() {
        var all = new ArrayList<NodeGroup>(owned.values());
        all.add(empty);
        all.add(shared);
        return all;
    }

    /** How many nodes it has. */
    int size() {
        return groups().stream().mapToInt(group -> group.nodes().size()).sum();
    }

    boolean isEmpty() {
        return empty.isEmpty() && shared.isEmpty() && owned.isEmpty();
    }
}
