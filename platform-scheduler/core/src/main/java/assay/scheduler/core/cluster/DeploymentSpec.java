package assay.scheduler.core.cluster;

/**
 * What shall run. Immutable.
 *
 * @param id of the deployment
 * @param name what people call it
 * @param version whose files
 * @param layout of that version, in the precision it is deployed in
 * @param replicas at least 1
 * @param stages for each replica; 0 means as few as fit
 * @param kvTokens cache room of a replica, in tokens of all sequences together
 * @param maxSequences running at once in a replica
 * @param precision of weights and activations
 * @param priority higher goes first, and may take the place of lower ones
 * @param rules where replicas may go
 */
public record DeploymentSpec(
        DeploymentId id,
        String name,
        VersionId version,
        ModelLayout layout,
        int replicas,
        int stages,
        int kvTokens,
        int maxSequences,
        Precision precision,
        int priority,
        PlacementRules rules) {
    public DeploymentSpec {
        if (replicas < 1 || stages < 0 || kvTokens < 1 || maxSequences < 1) {
            throw new IllegalArgumentException(
                    "deployment: replicas %d, stages %d, kv tokens %d, sequences %d"
                                    .formatted(replicas, stages, kvTokens, maxSequences)
                            + " (expected: stages 0 or more, the others 1 or more)");
        }
    }

    /** Of the usual priority, anywhere. */
    public DeploymentSpec(
            DeploymentId id,
            String name,
            VersionId version,
            ModelLayout layout,
            int replicas,
            int stages,
            int kvTokens,
            int maxSequences,
            Precision precision) {
        this(
                id,
                name,
                version,
                layout,
                replicas,
                stages,
                kvTokens,
                maxSequences,
                precision,
                0,
                PlacementRules.ANYWHERE);
    }

    /** The same with another promise of cache and concurrency. */
    public DeploymentSpec promising(int tokens, int sequences) {
        return new DeploymentSpec(
                id, name, version, layout, replicas, stages, tokens, sequences, precision, priority,
                rules);
    }

    /** The same under other rules. */
    public DeploymentSpec ruled(int newPriority, PlacementRules newRules) {
        return new DeploymentSpec(
                id,
                name,
                version,
                layout,
                replicas,
                stages,
                kvTokens,
                maxSequences,
                precision,
                newPriority,
                newRules);
    }

    /**
     * Whether a replica made for {@code other} is as good a replica of this one. Priority and rules
     * only say where the next one goes.
     */
    public boolean runsTheSameAs(DeploymentSpec other) {
        return version.equals(other.version)
                && layout.equals(other.layout)
                && stages == other.stages
                && kvTokens == other.kvTokens
                && maxSequences == other.maxSequences
                && precision.equals(other.precision);
    }
}
