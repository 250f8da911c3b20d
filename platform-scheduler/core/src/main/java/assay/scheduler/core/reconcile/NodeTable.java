package assay.scheduler.core.reconcile;

import static assay.scheduler.core.cluster.NodeState.LOST;
import static assay.scheduler.core.cluster.NodeState.READY;
import static assay.scheduler.core.cluster.NodeState.SUSPECT;
import static assay.scheduler.core.reconcile.NodeEvent.GIVEN_UP;
import static assay.scheduler.core.reconcile.NodeEvent.HEARD;
import static assay.scheduler.core.reconcile.NodeEvent.JOINED;
import static assay.scheduler.core.reconcile.NodeEvent.SESSION_BROKE;
import static assay.scheduler.core.reconcile.NodeEvent.SILENT;

import assay.scheduler.core.cluster.NodeState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** How sure we are of a node, as a table. Immutable. */
public final class NodeTable {
    /** A place in the table. */
    public record Cell(NodeState state, NodeEvent event) {}

    private static final Map<Cell, NodeState> NEXT = table();

    private NodeTable() {}

    private static Map<Cell, NodeState> table() {
        var table = new LinkedHashMap<Cell, NodeState>();
        table.put(new Cell(READY, JOINED), READY);
        table.put(new Cell(READY, HEARD), READY);
        table.put(new Cell(READY, SILENT), SUSPECT);
        table.put(new Cell(READY, SESSION_BROKE), SUSPECT);
        table.put(new Cell(SUSPECT, JOINED), READY);
        table.put(new Cell(SUSPECT, HEARD), READY);
        table.put(new Cell(SUSPECT, SESSION_BROKE), SUSPECT);
        table.put(new Cell(SUSPECT, GIVEN_UP), LOST);
        table.put(new Cell(LOST, JOINED), READY);
        return Collections.unmodifiableMap(table);
    }

    /** Every cell that is filled. */
    public static Map<Cell, NodeState> cells() {
        return NEXT;
    }

    /**
     * The state after the event.
     *
     * @throws IllegalStateException when the event can not happen in that state: a broken invariant
     */
    public static NodeState next(NodeState state, NodeEvent event) {
        NodeState next = NEXT.get(new Cell(state, event));
        if (next == null) {
            throw new IllegalStateException("node " + state + " got " + event);
        }
        return next;
    }
}
