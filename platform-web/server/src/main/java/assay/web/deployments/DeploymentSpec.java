package assay.web.deployments;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to run. The scheduler checks it; here only what has no other form is.
 * Immutable.
 *
 * @param replicas at least 1; where scaling is set, how many to begin with
 * @param stages 0 for as few as fit
 * @param kvTokens that the caches of a replica hold; 0 for the scheduler's default
 * @param maxSequences at a time; 0 for the scheduler's default
 * @param priority -1000..1000; a higher one goes first and may take the place of lower ones
 * @param scaling null for by hand
 */
public record DeploymentSpec(
        String name,
        String model,
        String version,
        int replicas,
        int stages,
        int kvTokens,
        int maxSequences,
        Weights weights,
        Activations activations,
        int priority,
        Rules rules,
        @Nullable Scaling scaling,
        Replacement replacement) {
    /** How stages keep their weights. */
    public enum Weights {
        STORED,
        INT8,
        INT4
    }

    /** What a stage sends to the next. */
    public enum Activations {
        F32,
        BF16
    }

    /** How replicas of a changed deployment are replaced. */
    public enum Replacement {
        /** New ones first; waits while there is no room for both. */
        SURGE,
        /** New ones first where there is room, else the old ones go first. */
        RECREATE_ALLOWED
    }

    /** How much replicas keep away from each other. */
    public enum Apart {
        NONE,
        PREFERRED,
        REQUIRED
    }

    /** What two replicas do not share. */
    public enum ApartScope {
        NODE,
        RACK
    }

    /**
     * Where replicas may be.
     *
     * @param requiredLabels a node must have all of them
     * @param toleratedTaints a node with another taint gets nothing
     * @param deviceTypes kinds or full names of devices; empty for any
     * @param exclusiveNodes no other deployment on its nodes
     * @param tenant whose quota of GPUs it uses up; empty for nobody's
     * @param tenantGpuQuota GPUs that all deployments of the tenant may hold; 0 for no bound
     */
    public record Rules(
            Map<String, String> requiredLabels,
            List<String> toleratedTaints,
            List<String> deviceTypes,
            boolean exclusiveNodes,
            Apart apart,
            ApartScope apartScope,
            String tenant,
            int tenantGpuQuota) {
        public static final Rules NONE =
                new Rules(
                        Map.of(),
                        List.of(),
                        List.of(),
                        false,
                        Apart.PREFERRED,
                        ApartScope.NODE,
                        "",
                        0);

        public Rules {
            requiredLabels = java.util.Collections.unmodifiableMap(new TreeMap<>(requiredLabels));
            toleratedTaints = List.copyOf(toleratedTaints);
            deviceTypes = List.copyOf(deviceTypes);
        }
    }

    /**
     * The number of replicas by rule.
     *
     * @param minReplicas 0: rests without any after the idle time, comes back on demand
     * @param queueWaitMillis up when requests wait longer; 0: not looked at
     * @param kvCacheUsageRatio up when the caches are fuller, 0..1; 0: not looked at
     * @param cooldownSeconds between two steps; 0 for the scheduler's default
     * @param idleSeconds without requests until it rests; 0 for the scheduler's default
     */
    public record Scaling(
            int minReplicas,
            int maxReplicas,
            int queueWaitMillis,
            double kvCacheUsageRatio,
            int cooldownSeconds,
            int idleSeconds) {}

    /** The same with another bound on the GPUs of its tenant. */
    public DeploymentSpec withTenantGpus(int gpus) {
        return new DeploymentSpec(
                name,
                model,
                version,
                replicas,
                stages,
                kvTokens,
                maxSequences,
                weights,
                activations,
                priority,
                new Rules(
                        rules.requiredLabels(),
                        rules.toleratedTaints(),
                        rules.deviceTypes(),
                        rules.exclusiveNodes(),
                        rules.apart(),
                        rules.apartScope(),
                        rules.tenant(),
                        gpus),
                scaling,
                replacement);
    }

    /** The same with another number of replicas. */
    public DeploymentSpec withReplicas(int count) {
        return new DeploymentSpec(
                name,
                model,
                version,
                count,
                stages,
                kvTokens,
                maxSequences,
                weights,
                activations,
                priority,
                rules,
                scaling,
                replacement);
    }
}
