package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.PanelKernel.CHUNK;
import static assay.engine.kernel.cpu.PanelKernel.COLUMN_CHUNK;
import static assay.engine.kernel.cpu.PanelKernel.COLUMN_STRIDE_BYTES;
import static assay.engine.kernel.cpu.PanelKernel.GROUP;
import static assay.engine.kernel.cpu.PanelKernel.GROUP_BYTES;
import static assay.engine.kernel.cpu.PanelKernel.LANES;
import static assay.engine.kernel.cpu.PanelKernel.STRIDE_BYTES;
import static assay.engine.kernel.cpu.PanelKernel.SUMS;

import assay.engine.kernel.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * {@code out = x * transpose(weight)} for one or several weights over the same x.
 *
 * <p>Goals: a weight is read from memory once for all tokens of the micro-batch; the threads finish
 * together; no product depends on how many tokens there are. Algorithm: the rows of all weights are
 * cut into blocks, and threads take block after block. Of a block, a chunk of each row at a time is
 * turned into f32 (a panel, which stays in the nearest caches), and all inputs' chunks pass over
 * it, four rows by four inputs in registers. So every type of weight has one kernel that expands
 * it, and all share those that multiply; with one input the expansion costs a store and a load
 * beside what a fused kernel would do, neither of which the vector units see.
 */
final class MatrixProduct implements AutoCloseable {
    /** Rows of a panel that several inputs pass over. */
    private static final int PANEL_ROWS = 16;

    /** Inputs that pass over a panel before the next: their sums stay in the second-level cache. */
    private static final int PANEL_INPUTS = 128;

    /** Rows that a thread takes at once when there is one input, at most. */
    private static final int COLUMN_ROWS_MAX = 64;

    private static final int BLOCKS_PER_THREAD = 4;

    /** Below this many products, waking another thread costs more than it saves. */
    private static final long PARALLEL_MIN = 32_768;

    private static final long PANEL_BYTES = PANEL_ROWS / GROUP * GROUP_BYTES;
    private static final int PANEL_SUMS = PANEL_ROWS / GROUP * (PANEL_INPUTS / GROUP) * SUMS;

    private static final PanelKernel KERNEL = PanelKernel.widest();

    private final WorkerPool pool;
    private final Scratch inputs = new Scratch();
    private final Scratch panels = new Scratch();
    private final Room[] rooms;

    /**
     * What one thread works in.
     *
     * @param panel address of {@link #PANEL_BYTES}
     * @param sums of the products of a panel
     * @param ended sums over their lanes, of two inputs with a group of rows
     * @param spare lent to expanders
     */
    @SuppressWarnings("ArrayRecordComponent") // scratch memory, never compared
    private record Room(long panel, float[] sums, float[] ended, Expander.Spare spare) {}

    /** One call: its inputs, in groups of four, a group's chunks one after the other. */
    private record Job(long inputs, int tokens, int width, boolean add) {
        int chunks() {
            return Math.ceilDiv(width, CHUNK);
        }

        int groups() {
            return Math.ceilDiv(tokens, GROUP);
        }

        long input(int group, int chunk) {
            return inputs + ((long) group * chunks() + chunk) * GROUP_BYTES;
        }

        /** Elements of a chunk. */
        int length(int chunk) {
            return Math.min(CHUNK, width - chunk * CHUNK);
        }
    }

    /** Some rows of a weight, and where the product of the first with the first input goes. */
    private record Rows(
            Expander expander,
            Expander.Source source,
            int first,
            int count,
            long out,
            long outStride) {
        int groups() {
            return Math.ceilDiv(count, GROUP);
        }
    }

    MatrixProduct(WorkerPool pool) {
        this.pool = pool;
        panels.reserve(pool.threads() * PANEL_BYTES);
        rooms = new Room[pool.threads()];
        for (int i = 0; i < rooms.length; i++) {
            long panel = panels.address() + i * PANEL_BYTES;
            rooms[i] =
                    new Room(
                            panel,
                            new float[PANEL_SUMS],
                            new float[2 * GROUP],
                            new Expander.Spare());
        }
    }

    /** Makes room for inputs of (tokens, width). */
    void reserve(int tokens, int width) {
        long groups = (long) Math.ceilDiv(tokens, GROUP) * Math.ceilDiv(width, CHUNK);
        inputs.reserve(groups * GROUP_BYTES);
    }

    void run(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        reserve(x.rows(), x.width());
        Job job = new Job(inputs.address(), x.rows(), x.width(), add);
        prepare(x, job);
        int rows = 0;
        for (Tensor weight : weights) {
            rows += weight.rows();
        }
        int blockRows = job.tokens() == 1 ? columnRows(rows) : PANEL_ROWS;
        int[] firstBlock = new int[weights.size() + 1];
        Rows[] whole = new Rows[weights.size()];
        for (int i = 0; i < whole.length; i++) {
            Tensor weight = weights.get(i);
            Tensor out = outs.get(i);
            firstBlock[i + 1] = firstBlock[i] + Math.ceilDiv(weight.rows(), blockRows);
            whole[i] =
                    new Rows(
                            Expander.of(weight.type()),
                            Expander.Source.of(weight),
                            0,
                            weight.rows(),
                            Memory.address(out.data()),
                            out.rowBytes());
        }
        WorkerPool.Body body =
                (worker, block) -> {
                    int w = 0;
                    while (block >= firstBlock[w + 1]) {
                        w++;
                    }
                    block(
                            job,
                            part(whole[w], (block - firstBlock[w]) * blockRows, blockRows),
                            worker);
                };
        run(firstBlock[whole.length], (long) rows * job.width() * job.tokens(), body);
    }

    private void run(int items, long work, WorkerPool.Body body) {
        if (work < PARALLEL_MIN) {
            for (int item = 0; item < items; item++) {
                body.run(0, item);
            }
        } else {
            pool.run(items, body);
        }
    }

    private static Rows part(Rows whole, int first, int count) {
        return new Rows(
                whole.expander(),
                whole.source(),
                first,
                Math.min(count, whole.count() - first),
                whole.out() + (long) first * Float.BYTES,
                whole.outStride());
    }

    private int columnRows(int rows) {
        int fair = Math.ceilDiv(rows, pool.threads() * BLOCKS_PER_THREAD);
        return Math.min(Math.ceilDiv(fair, GROUP) * GROUP, COLUMN_ROWS_MAX);
    }

    private void prepare(Tensor x, Job job) {
        long from = Memory.address(x.data());
        if (job.tokens() == 1) {
            copy(from, job.inputs(), job.width());
            return;
        }
        run(
                job.groups(),
                (long) job.tokens() * job.width(),
                (worker, group) -> {
                    int first = group * GROUP;
                    int count = Math.min(GROUP, job.tokens() - first);
                    for (int chunk = 0; chunk < job.chunks(); chunk++) {
                        long to = job.input(group, chunk);
                        if (count < GROUP) {
                            Memory.zero(to, GROUP_BYTES);
                        }
                        for (int i = 0; i < count; i++) {
                            long row = from + (first + i) * x.rowBytes();
                            long part = row + (long) chunk * CHUNK * Float.BYTES;
                            copy(part, to + i * STRIDE_BYTES, job.length(chunk));
                        }
                    }
                });
    }

    private static void copy(long from, long to, int length) {
        Memory.copy(from, to, length * (long) Float.BYTES);
        pad(to, length);
    }

    /** Bytes of so many elements with the zeros that fill their last lanes. */
    private static long paddedBytes(int length) {
        return Math.ceilDiv(length, LANES) * PanelKernel.LANES_BYTES;
    }

    private static void pad(long at, int length) {
        for (long i = length * (long) Float.BYTES; i < paddedBytes(length); i += Float.BYTES) {
            Memory.setFloat(at + i, 0);
        }
    }

    private void block(Job job, Rows rows, int worker) {
        Room room = rooms[worker];
        if (job.tokens() == 1) {
            column(job, rows, room);
            return;
        }
        int inputGroups = PANEL_INPUTS / GROUP;
        for (int from = 0; from < job.groups(); from += inputGroups) {
            tiles(job, rows, from, Math.min(job.groups(), from + inputGroups), room);
        }
    }

    /** The rows with the only input, a group of rows at a time. */
    private static void column(Job job, Rows rows, Room room) {
        for (int row = 0; row < rows.count(); row += GROUP) {
            Arrays.fill(room.sums(), 0, GROUP * LANES, 0);
            int count = Math.min(GROUP, rows.count() - row);
            for (int from = 0; from < job.width(); from += COLUMN_CHUNK) {
                int length = Math.min(COLUMN_CHUNK, job.width() - from);
                expand(rows, row, count, from, length, COLUMN_STRIDE_BYTES, room);
                long input = job.inputs() + from * (long) Float.BYTES;
                KERNEL.column(room.panel(), input, paddedBytes(length), room.sums(), 0);
            }
            put(job, rows, row, 0, room, 0);
        }
    }

    /** The rows with the groups of inputs {@code from} to {@code to}. */
    private static void tiles(Job job, Rows rows, int from, int to, Room room) {
        int rowGroups = rows.groups();
        Arrays.fill(room.sums(), 0, (to - from) * rowGroups * SUMS, 0);
        for (int chunk = 0; chunk < job.chunks(); chunk++) {
            int length = job.length(chunk);
            expand(rows, 0, rows.count(), chunk * CHUNK, length, STRIDE_BYTES, room);
            long bytes = paddedBytes(length);
            int at = 0;
            for (int group = from; group < to; group++) {
                long input = job.input(group, chunk);
                for (int r = 0; r < rowGroups; r++, at += SUMS) {
                    KERNEL.tile(room.panel() + r * GROUP_BYTES, input, bytes, room.sums(), at);
                }
            }
        }
        int at = 0;
        for (int group = from; group < to; group++) {
            for (int r = 0; r < rowGroups; r++, at += SUMS) {
                put(job, rows, r * GROUP, group * GROUP, room, at);
            }
        }
    }

    /** Part of some rows into the panel, {@code stride} bytes apart. */
    private static void expand(
            Rows rows, int row, int count, int from, int length, long stride, Room room) {
        long to = room.panel();
        for (int i = 0; i < count; i++, to += stride) {
            int of = rows.first() + row + i;
            rows.expander().expand(rows.source(), of, from, length, to, room.spare());
            if (length % LANES != 0) {
                pad(to, length);
            }
        }
    }

    /** Finishes the products of a group, whose sums begin at {@code at}, and puts them in place. */
    private static void put(Job job, Rows rows, int row, int token, Room room, int at) {
        int tokens = Math.min(GROUP, job.tokens() - token);
        int count = Math.min(GROUP, rows.count() - row);
        for (int t = 0; t < tokens; t++) {
            if (t % 2 == 0) {
                Lanes.sums(room.sums(), at + t * GROUP * LANES).intoArray(room.ended(), 0);
            }
            long to = rows.out() + (token + t) * rows.outStride() + (long) row * Float.BYTES;
            for (int i = 0; i < count; i++, to += Float.BYTES) {
                float product = room.ended()[t % 2 * GROUP + i];
                Memory.setFloat(to, job.add() ? Memory.getFloat(to) + product : product);
            }
        }
    }

    @Override
    public void close() {
        inputs.close();
        panels.close();
    }
}
