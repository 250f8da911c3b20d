package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.AttentionKernels;
import assay.engine.kernel.cuda.DeviceTokens;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.cuda.StepFrame.Runs;
import assay.engine.stage.cuda.StepFrame.Singles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a step tells the device: ids, positions and tiles, written to pinned memory and copied in
 * one piece; and the block tables of the sequences that hold KV, which stay on the device and get
 * what is new alone. The pinned memory is written between steps: after one has been waited for.
 */
final class StepInputs {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int NO_TOKEN = -1;

    private final int maxTokens;
    private final int tableWidth;
    private final MemorySegment host;
    private final long device;
    private final MemorySegment hostTables;
    private final long deviceTables;
    private final int[] written; // blocks of a row that are on the device
    private final Map<Long, Integer> slots = new HashMap<>();
    private final Deque<Integer> free = new ArrayDeque<>();

    /**
     * @param maxTokens of the largest step, filled up to its bucket
     * @param tableWidth blocks of the longest sequence
     */
    StepInputs(StageMemory memory, int maxTokens, int maxSequences, int tableWidth) {
        this.maxTokens = maxTokens;
        this.tableWidth = tableWidth;
        this.host = memory.pin(bytes(maxTokens));
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
        List<Singles> singles = new ArrayList<>();
        int tiles = 0;
        int t = 0;
        for (int i = 0; i < tables.length; i++) {
            Slice slice = batch.slices().get(i);
            int slot = slot(slice.sequenceId());
            bring(stream, slot, tables[i]);
            if (slice.tokens() == 1) {
                single(singles, t);
            } else {
                tiles = tile(tiles, t, slice.tokens());
            }
            for (int p = slice.position(); p < slice.end(); p++, t++) {
                host.set(INT, place(1) + (long) Integer.BYTES * t, p);
                host.set(INT, place(2) + (long) Integer.BYTES * t, slot);
            }
        }
        for (; t < count; t++) {
            host.set(INT, (long) Integer.BYTES * t, 0);
            host.set(INT, place(1) + (long) Integer.BYTES * t, NO_TOKEN);
            host.set(INT, place(2) + (long) Integer.BYTES * t, 0);
            single(singles, t);
        }
        return new Runs(singles, device + place(3), tiles);
    }

    /** Writes down the ids of a step. */
    void writeIds(int[] ids) {
        MemorySegment.copy(ids, 0, host, INT, 0, ids.length);
    }

    /** Copies what was written; may be captured. */
    void upload(GpuStream stream) {
        stream.upload(host, device);
    }

    private static void single(List<Singles> singles, int token) {
        Singles last = singles.isEmpty() ? null : singles.getLast();
        if (last != null && last.first() + last.count() == token) {
            singles.set(singles.size() - 1, new Singles(last.first(), last.count() + 1));
        } else {
            singles.add(new Singles(token, 1));
        }
    }

    private int tile(int tiles, int first, int tokens) {
        int next = tiles;
        for (int at = 0; at < tokens; at += AttentionKernels.TILE_TOKENS, next++) {
            long to = place(3) + 2L * Integer.BYTES * next;
            host.set(INT, to, first + at);
            host.set(
                    INT,
                    to + Integer.BYTES,
                    Math.min(AttentionKernels.TILE_TOKENS, tokens - at));
        }
        return next;
    }

    private int slot(long sequenceId) {
        return slots.computeIfAbsent(sequenceId, id -> free.remove());
    }

    /** Tables grow at their end for the most part: only what differs is copied. */
    private void bring(GpuStream stream, int slot, int[] table) {
        long row = (long) Integer.BYTES * slot * tableWidth;
        int length = Math.min(table.length, tableWidth);
        int same = 0;
        while (same < Math.min(length, written[slot])
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
        written[slot] = length;
    }

    /** Forgets sequences; unknown ones are passed over. */
    void release(Collection<Long> sequenceIds) {
        for (long id : sequenceIds) {
            Integer slot = slots.remove(id);
            if (slot != null) {
                free.push(slot);
            }
        }
    }

    /** Forgets all sequences. */
    void reset() {
        slots.clear();
        free.clear();
        for (int i = 0; i < written.length; i++) {
            free.add(i);
        }
        Arrays.fill(written, 0);
    }
}
