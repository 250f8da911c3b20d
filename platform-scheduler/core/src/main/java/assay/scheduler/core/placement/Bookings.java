package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.StageAssignment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is taken on each device, and whose it is. Confined to the caller. */
public final class Bookings {
    private final Map<DeviceId, Bytes> taken = new HashMap<>();
    private final Map<DeploymentId, Set<NodeId>> homes = new HashMap<>();

    public void book(DeploymentId deployment, List<StageAssignment> stages) {
        for (StageAssignment stage : stages) {
            taken.merge(stage.device(), stage.need(), Bytes::plus);
            homes.computeIfAbsent(deployment, key -> new HashSet<>()).add(stage.device().node());
        }
    }

    public Bytes on(DeviceId device) {
        return taken.getOrDefault(device, Bytes.ZERO);
    }

    /** Whether the node already holds a part of the deployment. */
    boolean isHome(DeploymentId deployment, NodeId node) {
        return homes.getOrDefault(deployment, Set.of()).contains(node);
    }
}
