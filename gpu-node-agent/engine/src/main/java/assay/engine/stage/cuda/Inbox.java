package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuEvent;
import assay.engine.kernel.cuda.driver.GpuStream;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a stage of the same process leaves hidden states for this one, on this one's device. There
 * is room for one step: who delivers waits, on the device, until the step before was taken out. The
 * copy goes from device to device where they can reach each other, else the driver takes it through
 * the host. Confined to the one thread that runs both stages.
 */
final class Inbox {
    private final GpuContext context;
    private final GpuStream stream;
    private final long address;
    private final GpuEvent emptied;
    private final GpuEvent sent;
    private final Set<Inbox> linked = new HashSet<>();
    private @Nullable GpuEvent delivery; // under way

    /**
     * @param bytes for the largest step; 0 where nothing is ever delivered
     */
    Inbox(GpuContext context, GpuStream stream, StageMemory memory, long bytes) {
        this.context = context;
        this.stream = stream;
        this.address = memory.take("hidden states that are delivered", bytes);
        stream.fill(address, 0, Math.max(1, bytes)); // rows that fill a step up are numbers, too
        this.emptied = context.event(false);
        this.sent = context.event(false);
    }

    /** What is put into the stream from now on finds what was delivered. */
    void arrived() {
        if (delivery != null) {
            stream.waitFor(delivery);
            delivery = null;
        }
    }

    long address() {
        return address;
    }

    /** Puts into the stream that what was delivered has been taken out by now. */
    void emptied() {
        stream.record(emptied);
    }

    /**
     * Copies to another stage, behind all that is in this one's stream and before what the other
     * puts into its own once it has {@link #arrived}.
     */
    void deliver(DeviceRows rows, Inbox to) {
        long bytes = 2L * rows.count() * rows.width();
        if (to.stream == stream) {
            stream.copy(rows.address(), to.address, bytes);
            return;
        }
        if (linked.add(to) && to.context.device().ordinal() != context.device().ordinal()) {
            link(to);
        }
        stream.waitFor(to.emptied);
        if (to.context.device().ordinal() == context.device().ordinal()) {
            stream.copy(rows.address(), to.address, bytes);
        } else {
            stream.copyToPeer(context, rows.address(), to.context, to.address, bytes);
        }
        stream.record(sent);
        to.delivery = sent;
    }

    private void link(Inbox to) {
        if (context.canReach(to.context)) {
            context.allowPeer(to.context);
        }
    }
}
