package assay.scheduler.server.control;

import assay.scheduler.core.cluster.NodeSnapshot;
import java.util.List;

/**
 * A node with what only the gateways want to know of it. Immutable.
 *
 * @param snapshot what placement looks at
 * @param checkers what it can check, or why it can not
 */
record NodeRecord(NodeSnapshot snapshot, List<Checker> checkers) {
    NodeRecord {
        checkers = List.copyOf(checkers);
    }

    /** A checker on a node. */
    record Checker(String system, boolean available, String version, String reason) {}
}
