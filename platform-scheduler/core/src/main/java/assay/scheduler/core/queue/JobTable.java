package assay.scheduler.core.queue;

import static assay.scheduler.core.queue.JobEvent.ALL_ENDED;
import static assay.scheduler.core.queue.JobEvent.CANCEL;
import static assay.scheduler.core.queue.JobEvent.EXPIRE;
import static assay.scheduler.core.queue.JobEvent.PAUSE;
import static assay.scheduler.core.queue.JobEvent.RESUME;
import static assay.scheduler.core.queue.JobEvent.REVIVE;
import static assay.scheduler.core.queue.JobState.ACTIVE;
import static assay.scheduler.core.queue.JobState.CANCELLED;
import static assay.scheduler.core.queue.JobState.EXPIRED;
import static assay.scheduler.core.queue.JobState.FINISHED;
import static assay.scheduler.core.queue.JobState.PAUSED;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The life of a job as a table. Immutable. */
public final class JobTable {
    /** A place in the table. */
    public record Cell(JobState state, JobEvent event) {}

    private static final Map<Cell, JobState> NEXT = table();

    private JobTable() {}

    private static Map<Cell, JobState> table() {
        var table = new LinkedHashMap<Cell, JobState>();
        table.put(new Cell(ACTIVE, PAUSE), PAUSED);
        table.put(new Cell(ACTIVE, RESUME), ACTIVE);
        table.put(new Cell(ACTIVE, CANCEL), CANCELLED);
        table.put(new Cell(ACTIVE, EXPIRE), EXPIRED);
        table.put(new Cell(ACTIVE, ALL_ENDED), FINISHED);
        table.put(new Cell(ACTIVE, REVIVE), ACTIVE);
        table.put(new Cell(PAUSED, PAUSE), PAUSED);
        table.put(new Cell(PAUSED, RESUME), ACTIVE);
        table.put(new Cell(PAUSED, CANCEL), CANCELLED);
        table.put(new Cell(PAUSED, EXPIRE), EXPIRED);
        table.put(new Cell(PAUSED, ALL_ENDED), FINISHED);
        table.put(new Cell(PAUSED, REVIVE), PAUSED);
        table.put(new Cell(FINISHED, REVIVE), ACTIVE);
        table.put(new Cell(CANCELLED, CANCEL), CANCELLED);
        return Collections.unmodifiableMap(table);
    }

    /** Every cell that is filled. */
    public static Map<Cell, JobState> cells() {
        return NEXT;
    }

    /** The state after the event; empty where the event is refused. */
    public static Optional<JobState> next(JobState state, JobEvent event) {
        return Optional.ofNullable(NEXT.get(new Cell(state, event)));
    }
}
