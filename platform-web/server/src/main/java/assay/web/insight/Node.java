package assay.web.insight;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A machine as the scheduler sees it. Immutable.
 *
 * @param labels by name, sorted
 * @param network null of a node that is away or does not tell
 * @param stages how many have their place on it
 * @param dutyReason what the operator gave who cordoned or drains it; empty when none
 * @param drainedUnixMillis since when a draining node is free of stages; 0 while it is not
 */
public record Node(
        String id,
        String name,
        String address,
        State state,
        Duty duty,
        String dutyReason,
        long drainedUnixMillis,
        Map<String, String> labels,
        List<String> taints,
        int stages,
        List<Device> devices,
        List<Checker> checkers,
        @Nullable Network network,
        long lastSeenUnixMillis,
        String agentVersion) {
    /** Whether it answers. */
    public enum State {
        READY,
        SUSPECT,
        LOST,
        UNKNOWN
    }

    /** What an operator wants of it. */
    public enum Duty {
        /** Takes stages. */
        OPEN,
        /** Gets nothing new; what it has goes on. */
        CORDONED,
        /** Gets nothing new, and what it has moves away. */
        DRAINING
    }

    /** Of all its interfaces but the loopback. */
    public record Network(
            double receiveBytesPerSecond,
            double transmitBytesPerSecond,
            long receiveBytesTotal,
            long transmitBytesTotal) {}

    /**
     * A tool that decides about proofs.
     *
     * @param reason why it is not available, in the agent's words
     */
    public record Checker(String system, boolean available, String version, String reason) {}

    public Node {
        labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
        taints = List.copyOf(taints);
        devices = List.copyOf(devices);
        checkers = List.copyOf(checkers);
    }

    /** Whether a draining node has nothing left on it. */
    public boolean drained() {
        return duty == Duty.DRAINING && stages == 0;
    }
}
