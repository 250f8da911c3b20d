package assay.scheduler.core.reconcile;

import static assay.scheduler.core.reconcile.ReplicaEvent.ADOPTED;
import static assay.scheduler.core.reconcile.ReplicaEvent.ALL_LOADED;
import static assay.scheduler.core.reconcile.ReplicaEvent.DISMISSED;
import static assay.scheduler.core.reconcile.ReplicaEvent.LEASE_ENDED;
import static assay.scheduler.core.reconcile.ReplicaEvent.NODE_GONE;
import static assay.scheduler.core.reconcile.ReplicaEvent.PLACED;
import static assay.scheduler.core.reconcile.ReplicaEvent.PROBE_FAILED;
import static assay.scheduler.core.reconcile.ReplicaEvent.PROBE_PASSED;
import static assay.scheduler.core.reconcile.ReplicaEvent.RENEWED;
import static assay.scheduler.core.reconcile.ReplicaEvent.STAGES_MOVED;
import static assay.scheduler.core.reconcile.ReplicaEvent.STAGE_FAILED;
import static assay.scheduler.core.reconcile.ReplicaEvent.WITHDRAWN;
import static assay.scheduler.core.reconcile.ReplicaState.BROKEN;
import static assay.scheduler.core.reconcile.ReplicaState.DRAINING;
import static assay.scheduler.core.reconcile.ReplicaState.ENDED;
import static assay.scheduler.core.reconcile.ReplicaState.LOADING;
import static assay.scheduler.core.reconcile.ReplicaState.PROBING;
import static assay.scheduler.core.reconcile.ReplicaState.SERVING;
import static assay.scheduler.core.reconcile.ReplicaState.WAITING;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The life of a replica as a table. Immutable. */
public final class ReplicaTable {
    /** A place in the table. */
    public record Cell(ReplicaState state, ReplicaEvent event) {}

    private static final Map<Cell, ReplicaState> NEXT = table();

    private ReplicaTable() {}

    private static Map<Cell, ReplicaState> table() {
        var table = new LinkedHashMap<Cell, ReplicaState>();
        table.put(new Cell(WAITING, PLACED), LOADING);
        table.put(new Cell(LOADING, ALL_LOADED), PROBING);
        table.put(new Cell(LOADING, LEASE_ENDED), WAITING);
        table.put(new Cell(PROBING, PROBE_PASSED), SERVING);
        table.put(new Cell(PROBING, PROBE_FAILED), BROKEN);
        table.put(new Cell(SERVING, PROBE_PASSED), SERVING);
        table.put(new Cell(SERVING, PROBE_FAILED), BROKEN);
        table.put(new Cell(SERVING, WITHDRAWN), DRAINING);
        table.put(new Cell(SERVING, STAGES_MOVED), LOADING);
        table.put(new Cell(BROKEN, ADOPTED), LOADING);
        table.put(new Cell(BROKEN, RENEWED), LOADING);
        table.put(new Cell(BROKEN, STAGES_MOVED), LOADING);
        table.put(new Cell(BROKEN, PLACED), LOADING);
        for (ReplicaState placed : List.of(LOADING, PROBING, SERVING, BROKEN)) {
            table.put(new Cell(placed, STAGE_FAILED), BROKEN);
            table.put(new Cell(placed, NODE_GONE), BROKEN);
        }
        for (ReplicaState any : List.of(WAITING, LOADING, PROBING, BROKEN, DRAINING)) {
            table.put(new Cell(any, DISMISSED), ENDED);
        }
        return Collections.unmodifiableMap(table);
    }

    /** Every cell that is filled. */
    public static Map<Cell, ReplicaState> cells() {
        return NEXT;
    }

    /**
     * The state after the event.
     *
     * @throws IllegalStateException when the event can not happen in that state: a broken invariant
     */
    public static ReplicaState next(ReplicaState state, ReplicaEvent event) {
        ReplicaState next = NEXT.get(new Cell(state, event));
        if (next == null) {
            throw new IllegalStateException("replica " + state + " got " + event);
        }
        return next;
    }
}
