package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.PanelKernel.CHUNK;
import static assay.engine.kernel.cpu.PanelKernel.GROUP;
import static assay.engine.kernel.cpu.PanelKernel.GROUP_BYTES;
import static assay.engine.kernel.cpu.PanelKernel.LANES;
import static assay.engine.kernel.cpu.PanelKernel.STRIDE_BYTES;
import static assay.engine.kernel.cpu.PanelKernel.SUMS_BYTES;

import assay.engine.kernel.Tensor;
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
    private static final long PANEL_SUMS_BYTES =
            PANEL_ROWS / GROUP * (PANEL_INPUTS / GROUP) * SUMS_BYTES;

    /** Room for the sums over the lanes of a group's products. */
    private static final long RESULT_BYTES = GROUP * GROUP * (long) Float.BYTES;

    private static final long WORKER_BYTES = PANEL_BYTES + PANEL_SUMS_BYTES + RESULT_BYTES;

    private static final PanelKernel KERNEL = PanelKernel.widest();

    private final WorkerPool pool;
    private final Scratch inputs = new Scratch();
    private final Scratch workers = new Scratch();
    private final float[][] spares;

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

        /** Bytes of a chunk with the zeros that fill its last lanes. */
        long paddedBytes(int chunk) {
            return Math.ceilDiv(length(chunk), LANES) * PanelKernel.LANES_BYTES;
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
        workers.reserve(pool.threads() * WORKER_BYTES);
        spares = new float[pool.threads()][CHUNK];
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
        run(
                job.groups(),
                (long) job.tokens() * job.width(),
                (worker, group) -> {
                    int first = group * GROUP;
                    int count = Math.min(GROUP, job.tokens() - first);
                    for (int chunk = 0; chunk < job.chunks(); chunk++) {
                        long to = job.input(group, chunk);
                        if (count > 1 && count < GROUP) {
                            Memory.zero(to, GROUP_BYTES);
                        }
                        for (int i = 0; i < count; i++) {
                            long row = from + (first + i) * x.rowBytes();
                            prepare(row, job, chunk, to + i * STRIDE_BYTES);
                        }
                    }
                });
    }

    private static void prepare(long row, Job job, int chunk, long to) {
        long bytes = job.length(chunk) * (long) Float.BYTES;
        Memory.copy(row + (long) chunk * CHUNK * Float.BYTES, to, bytes);
        pad(to, bytes, job.paddedBytes(chunk));
    }

    private static void pad(long at, long bytes, long paddedBytes) {
        for (long i = bytes; i < paddedBytes; i += Float.BYTES) {
            Memory.setFloat(at + i, 0);
        }
    }

    private void block(Job job, Rows rows, int worker) {
        long panel = workers.address() + worker * WORKER_BYTES;
        float[] spare = spares[worker];
        if (job.tokens() == 1) {
            column(job, rows, panel, spare);
            return;
        }
        int inputGroups = PANEL_INPUTS / GROUP;
        for (int from = 0; from < job.groups(); from += inputGroups) {
            tiles(job, rows, from, Math.min(job.groups(), from + inputGroups), panel, spare);
        }
    }

    /** The rows with the only input, a group of rows at a time. */
    private static void column(Job job, Rows rows, long panel, float[] spare) {
        long sums = panel + PANEL_BYTES;
        for (int row = 0; row < rows.count(); row += GROUP) {
            Memory.zero(sums, SUMS_BYTES / GROUP);
            for (int chunk = 0; chunk < job.chunks(); chunk++) {
                expand(job, rows, row, Math.min(GROUP, rows.count() - row), chunk, panel, spare);
                KERNEL.column(panel, job.input(0, chunk), job.paddedBytes(chunk), sums);
            }
            put(job, rows, row, 0, sums, panel + PANEL_BYTES + PANEL_SUMS_BYTES);
        }
    }

    /** The rows with the groups of inputs {@code from} to {@code to}. */
    private static void tiles(Job job, Rows rows, int from, int to, long panel, float[] spare) {
        long sums = panel + PANEL_BYTES;
        int rowGroups = rows.groups();
        Memory.zero(sums, (to - from) * rowGroups * SUMS_BYTES);
        for (int chunk = 0; chunk < job.chunks(); chunk++) {
            expand(job, rows, 0, rows.count(), chunk, panel, spare);
            long bytes = job.paddedBytes(chunk);
            long sum = sums;
            for (int group = from; group < to; group++) {
                long input = job.input(group, chunk);
                for (int r = 0; r < rowGroups; r++, sum += SUMS_BYTES) {
                    KERNEL.tile(panel + r * GROUP_BYTES, input, bytes, sum);
                }
            }
        }
        long sum = sums;
        for (int group = from; group < to; group++) {
            for (int r = 0; r < rowGroups; r++, sum += SUMS_BYTES) {
                put(
                        job,
                        rows,
                        r * GROUP,
                        group * GROUP,
                        sum,
                        panel + PANEL_BYTES + PANEL_SUMS_BYTES);
            }
        }
    }

    private static void expand(
            Job job, Rows rows, int row, int count, int chunk, long panel, float[] spare) {
        int length = job.length(chunk);
        long to = panel;
        for (int i = 0; i < count; i++, to += STRIDE_BYTES) {
            rows.expander()
                    .expand(
                            rows.source(),
                            rows.first() + row + i,
                            chunk * CHUNK,
                            length,
                            to,
                            spare);
            if (length % LANES != 0) {
                pad(to, length * (long) Float.BYTES, job.paddedBytes(chunk));
            }
        }
    }

    /** Finishes the products of a group and brings them to their places. */
    private static void put(Job job, Rows rows, int row, int token, long sums, long results) {
        int tokens = Math.min(GROUP, job.tokens() - token);
        int count = Math.min(GROUP, rows.count() - row);
        for (int t = 0; t < tokens; t++) {
            if (t % 2 == 0) {
                Lanes.store(Lanes.sums(sums + t * GROUP * PanelKernel.LANES_BYTES), results);
            }
            long from = results + t % 2 * GROUP * (long) Float.BYTES;
            long to = rows.out() + (token + t) * rows.outStride() + (long) row * Float.BYTES;
            for (long i = 0; i < count * (long) Float.BYTES; i += Float.BYTES) {
                float product = Memory.getFloat(from + i);
                Memory.setFloat(to + i, job.add() ? Memory.getFloat(to + i) + product : product);
            }
        }
    }

    @Override
    public void close() {
        inputs.close();
        workers.close();
    }
}
