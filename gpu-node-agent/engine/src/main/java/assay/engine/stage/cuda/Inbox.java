package assay.engine.stage.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuEvent;
import assay.engine.kernel.cuda.driver.GpuStream;
import java.util.HashSet;
import java.util.Set;

/**
 * Where a stage of the same process leaves hidden states for this one, on this one's device: a ring
 * of steps, taken in the order they came. Who delivers waits, on the device, until the place in the
 * ring is empty; who takes, until it is full; the host never does. The copy goes from device to
 * device where they can reach each other, else the driver takes it through the host. Confined to
 * the one thread that runs both stages.
 */
final class Inbox {
    private static final int PLACES = 4;

    private final GpuContext context;
    private final GpuStream stream;
    private final long address;
    private final long placeBytes;
    private final GpuEvent[] full = new GpuEvent[PLACES]; // of who delivers
    private final GpuEvent[] empty = new GpuEvent[PLACES];
    private final GpuEvent[] sent = new GpuEvent[PLACES];
    private final Set<Inbox> linked = new HashSet<>();
    private int sending;
    private int next;
    private int waiting;

    /**
     * @param placeBytes for the largest step; 0 where nothing is ever delivered
     */
    Inbox(GpuContext context, GpuStream stream, StageMemory memory, long placeBytes) {
        this.context = context;
        this.stream = stream;
        this.placeBytes = placeBytes;
        this.address = memory.take("hidden states that are delivered", PLACES * placeBytes);
        for (int i = 0; i < PLACES; i++) {
            empty[i] = context.event(false);
            sent[i] = context.event(false);
            full[i] = sent[i];
        }
    }

    /**
     * Copies to another stage, behind all that is in this one's stream.
     *
     * @throws EngineException STEP_INVALID when nothing was taken there for too long
     */
    void deliver(DeviceRows rows, Inbox to) {
        if (to.waiting == PLACES) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "steps delivered and not taken: %d (expected: below that)".formatted(PLACES));
        }
        boolean sameDevice = to.context.device().ordinal() == context.device().ordinal();
        if (!sameDevice && linked.add(to) && context.canReach(to.context)) {
            context.allowPeer(to.context);
        }
        int place = (to.next + to.waiting++) % PLACES;
        long at = to.address + place * to.placeBytes;
        long bytes = 2L * rows.count() * rows.width();
        stream.waitFor(to.empty[place]);
        if (sameDevice) {
            stream.copy(rows.address(), at, bytes);
        } else {
            stream.copyToPeer(context, rows.address(), to.context, at, bytes);
        }
        GpuEvent event = sent[sending++ % PLACES];
        stream.record(event);
        to.full[place] = event;
    }

    /**
     * Copies the oldest delivery to where the step has its hidden states.
     *
     * @throws EngineException STEP_INVALID when there is none
     */
    void take(DeviceRows rows) {
        if (waiting == 0) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID, "steps delivered: 0 (expected: at least 1)");
        }
        stream.waitFor(full[next]);
        stream.copy(address + next * placeBytes, rows.address(), 2L * rows.count() * rows.width());
        stream.record(empty[next]);
        next = (next + 1) % PLACES;
        waiting--;
    }

    /** Forgets what was delivered and not taken; both streams are at rest. */
    void clear() {
        waiting = 0;
    }
}
