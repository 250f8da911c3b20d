package assay.scheduler.core.cluster;

import java.util.Map;
import java.util.Set;

/**
 * Where replicas may go. Heeded whenever one is placed; what runs already is left. Immutable.
 *
 * @param nodeLabels each must be on the node with this value
 * @param toleratedTaints taints of nodes that do not keep it away
 * @param deviceTypes kinds or labels of devices, of which one must be the device's; empty for any.
 *     "cuda" is every card
 * @param exclusiveNodes no other deployment may be on its nodes
 * @param apart how far its replicas are from each other
 * @param tenant whose it is, and how many GPUs that tenant may hold
 */
public record PlacementRules(
        Map<String, String> nodeLabels,
        Set<String> toleratedTaints,
        Set<String> deviceTypes,
        boolean exclusiveNodes,
        Apart apart,
        TenantQuota tenant) {
    /** Anywhere; replicas on nodes of their own where that can be. */
    public static final PlacementRules ANYWHERE =
            new PlacementRules(
                    Map.of(),
                    Set.of(),
                    Set.of(),
                    false,
                    new Apart(Apart.Strength.PREFERRED, Apart.Scope.NODE),
                    TenantQuota.NONE);

    public PlacementRules {
        nodeLabels = Map.copyOf(nodeLabels);
        toleratedTaints = Set.copyOf(toleratedTaints);
        deviceTypes = Set.copyOf(deviceTypes);
    }

    /**
     * The distance between replicas of one deployment.
     *
     * @param strength how much it matters
     * @param scope what two of them must not share
     */
    public record Apart(Strength strength, Scope scope) {
        /** How much it matters. */
        public enum Strength {
            NONE,
            /** Where there is a choice. */
            PREFERRED,
            /** Or it waits. */
            REQUIRED
        }

        /** What two replicas must not share. */
        public enum Scope {
            NODE,
            /** The rack of the label; a node without that label is a rack of its own. */
            RACK
        }

        public boolean isRequired() {
            return strength == Strength.REQUIRED;
        }
    }

    /**
     * A tenant's share of the cluster.
     *
     * @param tenant whose the deployment is; empty for nobody's
     * @param gpus distinct cards that stages of all of its deployments may stand on
     */
    public record TenantQuota(String tenant, int gpus) {
        public static final TenantQuota NONE = new TenantQuota("", Integer.MAX_VALUE);

        public TenantQuota {
            if (gpus < 0) {
                throw new IllegalArgumentException("gpus: " + gpus + " (expected: 0 or more)");
            }
        }
    }

    /** Whether such a device is one of those listed. */
    public boolean takes(DeviceSnapshot device) {
        return takes(device.kind(), device.label());
    }

    /** Whether a device of that kind that names itself so is one of those listed. */
    public boolean takes(String kind, String label) {
        return deviceTypes.isEmpty() || deviceTypes.contains(kind) || deviceTypes.contains(label);
    }
}
