package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceTokens;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuEvent;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.cuda.StepFrame.Runs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * What a step tells the device: ids, positions and tiles, written to pinned memory and copied in
 * one piece; and the block tables of the sequences that hold KV, which stay on the device and get
 * what is new alone. The pinned memory is written between steps: after one has been waited for.
 */
final class StepInputs {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int NO_TOKEN = -1;

    /** Steps that may be under way on the device while the next is written. */
    private static final int SLOTS = 4;

    private final int maxTokens;
    private final int tableWidth;
    private final MemorySegment[] ring = new MemorySegment[SLOTS];
    private final GpuEvent[] read = new GpuEvent[SLOTS];
    private final long device;
    private final MemorySegment hostTables;
    private final long deviceTables;
    private final int[] written; // blocks of a row that are on the device
    private final Map<Long, Integer> rows = new HashMap<>();
    private final Deque<Integer> free = new ArrayDeque<>();
    private int slot;

    /**
     * @param maxTokens of the largest step, filled up to its bucket
     * @param tableWidth blocks of the longest sequence
     */
    StepInputs(
            GpuContext context,
            StageMemory memory,
            int maxTokens,
            int maxSequences,
            int tableWidth) {
        this.maxTokens = maxTokens;
        this.tableWidth = tableWidth;
        for (int i = 0; i < SLOTS; i++) {
            ring[i] = memory.pin(bytes(maxTokens));
            read[i] = context.event(false);
        }
        this.device = memory.take("inputs of a step", bytes(maxTokens));
        long tableBytes = (long) Integer.BYTES * maxSequences * tableWidth;
        this.hostTables = memory.pin(tableBytes);
        this.deviceTables = memory.take("block tables", tableBytes);
        this.written = new int[maxSequences];
        reset();
    }

    /** Ids, positions, sequences, and two numbers for each tile. */
    private static long bytes(int tokens) {
        return (long) Integer.BYTES * tokens * 5;
    }

    private long place(int array) {
        return (long) Integer.BYTES * maxTokens * array;
    }

    /** Begins a step: waits for room in the ring. */
    void begin() {
        slot = (slot + 1) % SLOTS;
        read[slot].await();
    }

    /** Address of the ids of a step. */
    long ids() {
        return device;
    }

    /** The tokens of a step as kernels see them. */
    DeviceTokens tokens(int count) {
        return new DeviceTokens(
                count, device + place(1), device + place(2), deviceTables, tableWidth);
    }

    /**
     * Writes down a step, without its ids, and brings new blocks to the tables on the device.
     *
     * @param tables of each slice
     * @param count tokens and what fills them up
     */
    Runs write(GpuStream stream, MicroBatch batch, int[][] tables, int count) {
        StepPlan plan = StepPlan.of(batch, count);
        MemorySegment host = ring[slot];
        int t = 0;
        for (int i = 0; i < tables.length; i++) {
            Slice slice = batch.slices().get(i);
            int row = row(slice.sequenceId());
            bring(stream, row, tables[i]);
            for (int p = slice.position(); p < slice.end(); p++, t++) {
                host.set(INT, place(1) + (long) Integer.BYTES * t, p);
                host.set(INT, place(2) + (long) Integer.BYTES * t, row);
            }
        }
        for (; t < count; t++) {
            host.set(INT, (long) Integer.BYTES * t, 0);
            host.set(INT, place(1) + (long) Integer.BYTES * t, NO_TOKEN);
            host.set(INT, place(2) + (long) Integer.BYTES * t, 0);
        }
        MemorySegment.copy(plan.tiles(), 0, host, INT, place(3), plan.tiles().length);
        return new Runs(plan.singles(), device + place(3), plan.tileCount());
    }

    /** Writes down the ids of a step. */
    void writeIds(int[] ids) {
        MemorySegment.copy(ids, 0, ring[slot], INT, 0, ids.length);
    }

    /** Copies what was written: outside of graphs, which would read the same slot for ever. */
    void upload(GpuStream stream) {
        stream.upload(ring[slot], device);
        stream.record(read[slot]);
    }

    private int row(long sequenceId) {
        return rows.computeIfAbsent(sequenceId, id -> free.remove());
    }

    /** Tables grow at their end for the most part: only what differs is copied. */
    private void bring(GpuStream stream, int at, int[] table) {
        long row = (long) Integer.BYTES * at * tableWidth;
        int length = Math.min(table.length, tableWidth);
        int same = 0;
        while (same < Math.min(length, written[at])
                && hostTables.get(INT, row + (long) Integer.BYTES * same) == table[same]) {
            same++;
        }
        if (same < length) {
            long from = row + (long) Integer.BYTES * same;
            MemorySegment.copy(table, same, hostTables, INT, from, length - same);
            stream.upload(
                    hostTables.asSlice(from, (long) Integer.BYTES * (length - same)),
                    deviceTables + from);
        }
        written[at] = length;
    }

    /** Forgets sequences; unknown ones are passed over. */
    void release(Collection<Long> sequenceIds) {
        for (long id : sequenceIds) {
            Integer row = rows.remove(id);
            if (row != null) {
                free.push(row);
            }
        }
    }

    /** Forgets all sequences. */
    void reset() {
        rows.clear();
        free.clear();
        for (int i = 0; i < written.length; i++) {
            free.add(i);
        }
        Arrays.fill(written, 0);
    }
}
