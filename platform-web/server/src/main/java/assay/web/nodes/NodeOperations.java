package assay.web.nodes;

import assay.web.identity.Caller;
import assay.web.insight.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What operators do with nodes. Every call needs {@code node:manage}, is recorded, and returns when
 * the scheduler has stored it. Thread-safe.
 *
 * <p>All throw {@link assay.web.WebException}: PERMISSION_DENIED, NOT_FOUND for a node that is not
 * known, INVALID_REQUEST, SCHEDULER_AWAY.
 */
public interface NodeOperations {
    /** The node gets nothing new; what it has goes on. */
    Outcome cordon(Caller caller, String requestId, String nodeId, String reason);

    /** Open again, whether it was cordoned, draining or drained. */
    Outcome uncordon(Caller caller, String requestId, String nodeId);

    /**
     * Cordoned, and every replica on it moves away; running requests finish.
     *
     * @param bound how long they may take; null for the scheduler's own bound
     */
    Outcome drain(
            Caller caller,
            String requestId,
            String nodeId,
            String reason,
            @Nullable Duration bound);

    /**
     * @param labels all of them: what is not here is taken away
     */
    Outcome label(Caller caller, String requestId, String nodeId, Map<String, String> labels);

    /**
     * @param taints all of them
     */
    Outcome taint(Caller caller, String requestId, String nodeId, List<String> taints);

    /**
     * Forgets a lost node without stages.
     *
     * @throws assay.web.WebException NODE_IN_USE for any other
     */
    void forget(Caller caller, String requestId, String nodeId);

    /**
     * Ends the scheduler's doubt about a mass loss: the nodes that vanished are gone, and what they
     * had moves.
     *
     * @return how many nodes were waited for
     */
    int acceptLoss(Caller caller, String requestId);

    /**
     * How it stands afterwards.
     *
     * @param stages that have their place on the node
     */
    record Outcome(Node.Duty duty, int stages) {}
}
