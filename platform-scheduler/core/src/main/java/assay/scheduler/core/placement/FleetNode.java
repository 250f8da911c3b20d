package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import java.util.ArrayList;
import java.util.List;

/** A node in a {@link Fleet}, which alone changes it. Confined to the control loop. */
final class FleetNode {
    final NodeSnapshot snapshot;

    /** In the order in which nodes first came: breaks ties, and is the place in memos. */
    final int sequence;

    final List<FleetDevice> devices = new ArrayList<>();

    /** Of all devices that may be given stages. */
    long free;

    private List<FleetDevice.Kind> shape = List.of();

    FleetNode(NodeSnapshot snapshot, int sequence) {
        this.snapshot = snapshot;
        this.sequence = sequence;
    }

    Slot slot() {
        return new Slot(free, sequence, 0);
    }

    boolean isOpen() {
        return snapshot.state() == NodeState.READY && snapshot.duty() == NodeDuty.OPEN;
    }

    void add(FleetDevice device) {
        devices.add(device);
        shape = devices.stream().filter(FleetDevice::isOpen).map(it -> it.kind).toList();
    }

    /** What its devices are that may be given stages. */
    List<FleetDevice.Kind> shape() {
        return shape;
    }

    /** Where it stands; a node without that label is a rack of its own. */
    String rack() {
        String rack = snapshot.rack();
        return rack.isEmpty() ? snapshot.id().toString() : rack;
    }
}
