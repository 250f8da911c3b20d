package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.Apart;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.VersionId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Nodes with cards and deployments for them, in gigabytes. */
final class ClusterOf {
    static final long GB = 1_000_000_000L;

    private ClusterOf() {}

    /** A node of so many cards of that name and size. */
    static NodeSnapshot cards(int number, String label, int count, long gigabytes) {
        var devices = new ArrayList<DeviceSnapshot>();
        for (int index = 0; index < count; index++) {
            devices.add(
                    new DeviceSnapshot(
                            "g" + index, "cuda", label, Bytes.of(gigabytes * GB), Bytes.ZERO));
        }
        return new NodeSnapshot(
                new NodeId(new UUID(1, number)),
                "node-" + number,
                "n" + number + ":1",
                "1",
                devices,
                NodeState.READY);
    }

    static NodeSnapshot labelled(NodeSnapshot node, Map<String, String> labels, String... taints) {
        return node.ruled(NodeDuty.OPEN, labels, Set.of(taints));
    }

    /** Ten layers that weigh so much together, and next to nothing besides. */
    static DeploymentSpec weighing(int number, double gigabytes, int stages) {
        var layout =
                new ModelLayout(
                        Bytes.ZERO,
                        Collections.nCopies(10, Bytes.of((long) (gigabytes * GB / 10))),
                        Bytes.ZERO,
                        new LayerCache(Bytes.of(20), Bytes.of(10), 0),
                        1,
                        1);
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, number)),
                "deployment-" + number,
                new VersionId(new UUID(4, number)),
                layout,
                1,
                stages,
                1_000,
                1,
                Precision.EXACT);
    }

    static DeploymentSpec ruled(DeploymentSpec spec, PlacementRules rules) {
        return spec.ruled(spec.priority(), rules);
    }

    static PlacementRules labels(Map<String, String> labels, String... tolerated) {
        return new PlacementRules(
                labels,
                Set.of(tolerated),
                Set.of(),
                false,
                PlacementRules.ANYWHERE.apart(),
                TenantQuota.NONE);
    }

    static PlacementRules types(String... types) {
        return new PlacementRules(
                Map.of(),
                Set.of(),
                Set.of(types),
                false,
                PlacementRules.ANYWHERE.apart(),
                TenantQuota.NONE);
    }

    static PlacementRules exclusive() {
        return new PlacementRules(
                Map.of(),
                Set.of(),
                Set.of(),
                true,
                PlacementRules.ANYWHERE.apart(),
                TenantQuota.NONE);
    }

    static PlacementRules apart(Apart.Scope scope) {
        return new PlacementRules(
                Map.of(),
                Set.of(),
                Set.of(),
                false,
                new Apart(Apart.Strength.REQUIRED, scope),
                TenantQuota.NONE);
    }

    static PlacementRules quota(String tenant, int gpus) {
        return new PlacementRules(
                Map.of(),
                Set.of(),
                Set.of(),
                false,
                PlacementRules.ANYWHERE.apart(),
                new TenantQuota(tenant, gpus));
    }
}
