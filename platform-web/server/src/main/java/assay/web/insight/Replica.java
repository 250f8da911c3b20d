package assay.web.insight;

import java.util.List;

/**
 * A running copy of a model. Immutable.
 *
 * @param epoch grows each time its stages are given out anew
 * @param reason why it is not serving; empty when it is
 * @param sinceUnixMillis in this state; 0 when that is not known
 * @param replaces the replica that goes when this one serves; empty for none
 * @param failures in a row
 * @param tokensPerSecond generated over the last interval
 */
public record Replica(
        String id,
        String deployment,
        String model,
        String version,
        long epoch,
        State state,
        Reason reason,
        long sinceUnixMillis,
        int priority,
        String replaces,
        int failures,
        List<Stage> stages,
        long promptTokensTotal,
        long generationTokensTotal,
        double tokensPerSecond,
        int requestsRunning,
        int requestsWaiting,
        double kvCacheUsageRatio) {
    /** What it is doing. */
    public enum State {
        /** There is no place for it yet. */
        WAITING,
        LOADING,
        /** Loaded; a first token is on its way through all stages. */
        PROBING,
        SERVING,
        /** Served before; its head keeps its requests while a stage is replaced. */
        RECOVERING,
        /** Gets no new requests, finishes those that run, then goes. */
        DRAINING,
        /** A stage is gone. */
        BROKEN,
        UNKNOWN
    }

    /**
     * A run of layers on a device.
     *
     * @param endLayer the first that it does not hold
     * @param state "assigned", "fetching", "loading", "loaded", "failed", "lost"
     * @param progressRatio 0..1 of fetching
     * @param totalBytes to fetch; 0 when that is not known
     */
    public record Stage(
            int index,
            String nodeId,
            String nodeName,
            String deviceId,
            String deviceName,
            int firstLayer,
            int endLayer,
            long weightBytes,
            long kvBytes,
            long workspaceBytes,
            String state,
            double progressRatio,
            long fetchedBytes,
            long totalBytes) {
        /** All that it needs of its device. */
        public long bytes() {
            return weightBytes + kvBytes + workspaceBytes;
        }
    }

    public Replica {
        stages = List.copyOf(stages);
    }
}
