package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A node in a {@link Fleet}, which alone changes it. Confined to the control loop. */
final class FleetNode {
    final NodeSnapshot snapshot;

    /** In the order in which nodes first came: breaks ties, and is the place in memos. */
    final int sequence;

    final List<FleetDevice> devices = new ArrayList<>();

    /** Of all devices that may be given stages. */
    long free;

    /** Whether nothing is booked there. */
    boolean isEmpty = true;

    /** A deployment there that wants its nodes for itself. */
    Optional<DeploymentId> owner = Optional.empty();

    /** Those that it can be told apart from by its occupants alone. */
    NodeClass alike;

    private final String rack;

    FleetNode(NodeSnapshot snapshot, int sequence, NodeClass alike) {
        this.snapshot = snapshot;
        this.sequence = sequence;
        this.alike = alike;
        rack = snapshot.rack().isEmpty() ? snapshot.id().toString() : snapshot.rack();
    }

    Slot slot() {
        return new Slot(free, sequence, 0);
    }

    boolean isOpen() {
        return snapshot.state() == NodeState.READY && snapshot.duty() == NodeDuty.OPEN;
    }

    void add(FleetDevice device) {
        devices.add(device);
        free += device.isOpen() ? device.free() : 0;
    }

    /** Where it stands; a node without that label is a rack of its own. */
    String rack() {
        return rack;
    }
}
