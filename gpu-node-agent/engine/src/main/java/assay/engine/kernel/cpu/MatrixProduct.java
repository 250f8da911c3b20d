package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.store;

import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.util.List;

/**
 * {@code out = x * transpose(weight)} for one or several weights over the same x.
 *
 * <p>Goals: a weight is read from memory once for all tokens of the micro-batch; the threads finish
 * together; no product depends on how many tokens there are. Algorithm: the rows of all weights are
 * cut into blocks that fit the second-level cache, and threads take block after block. Within a
 * block, sixteen inputs at a time stay in the first-level cache while the block's rows pass over
 * them, two rows by four inputs in registers; what is left over goes eight rows by one input. Rows
 * of a type without a kernel of its own are first turned into f32, eight at a time.
 */
final class MatrixProduct implements AutoCloseable {
    private static final int BLOCK_ROWS_MAX = 64;
    private static final int BLOCK_INPUTS = 16;
    private static final int EXPANDED_ROWS = 8;

    /** Rows whose lanes are summed at once. */
    private static final int SUMMED_ROWS = Lanes.COUNT;

    private static final int BLOCKS_PER_THREAD = 4;

    /** Below this many products, waking another thread costs more than it saves. */
    private static final long PARALLEL_MIN = 32_768;

    /** Room for eight accumulators, and a cache line between the workers'. */
    private static final int SUMS_BYTES = 8 * Lanes.BYTES + 64;

    private final WorkerPool pool;
    private final DotKernel bfloat16 = new Bfloat16Dot();
    private final DotKernel float32 = new Float32Dot();
    private final Scratch inputs = new Scratch();
    private final Scratch expanded = new Scratch();
    private final Scratch sums = new Scratch();

    /** One call: the inputs, laid out for a kernel, and where the products go. */
    private record Job(DotKernel kernel, long inputs, int tokens, int width, boolean add) {
        long input(int token) {
            return inputs + (long) token * width * Float.BYTES;
        }
    }

    /**
     * Some rows of a weight, as the job's kernel reads them, and the column of their first product.
     */
    private record Rows(long weight, int count, long out, long outStride) {}

    MatrixProduct(WorkerPool pool) {
        this.pool = pool;
        sums.reserve((long) pool.threads() * SUMS_BYTES);
    }

    /** Makes room for inputs of (tokens, width). */
    void reserve(int tokens, int width) {
        inputs.reserve((long) tokens * width * Float.BYTES);
        expanded.reserve(expandedBytes(width) * pool.threads());
    }

    private static long expandedBytes(int width) {
        return (long) EXPANDED_ROWS * width * Float.BYTES;
    }

    void run(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        reserve(x.rows(), x.width());
        DType type = weights.getFirst().type();
        for (Tensor weight : weights) {
            if (weight.type() != type) {
                for (int i = 0; i < weights.size(); i++) {
                    run(x, weights.subList(i, i + 1), outs.subList(i, i + 1), add);
                }
                return;
            }
        }
        DotKernel kernel = type == DType.BF16 ? bfloat16 : float32;
        Job job = new Job(kernel, inputs.address(), x.rows(), x.width(), add);
        prepare(x, job);
        multiply(job, type, weights, outs);
    }

    private void prepare(Tensor x, Job job) {
        long from = Memory.address(x.data());
        for (int t = 0; t < job.tokens(); t++) {
            job.kernel().prepare(from + t * x.rowBytes(), job.input(t), job.width());
        }
    }

    private void multiply(Job job, DType type, List<Tensor> weights, List<Tensor> outs) {
        int rows = 0;
        for (Tensor weight : weights) {
            rows += weight.rows();
        }
        boolean inPlace = type == DType.BF16 || type == DType.F32;
        int blockRows = inPlace ? blockRows(rows) : EXPANDED_ROWS;
        int[] firstBlock = new int[weights.size() + 1];
        long[] addresses = new long[weights.size()];
        long[] outAddresses = new long[weights.size()];
        for (int i = 0; i < addresses.length; i++) {
            firstBlock[i + 1] = firstBlock[i] + Math.ceilDiv(weights.get(i).rows(), blockRows);
            addresses[i] = Memory.address(weights.get(i).data());
            outAddresses[i] = Memory.address(outs.get(i).data());
        }
        WorkerPool.Body body =
                (worker, block) -> {
                    int w = 0;
                    while (block >= firstBlock[w + 1]) {
                        w++;
                    }
                    Tensor weight = weights.get(w);
                    int first = (block - firstBlock[w]) * blockRows;
                    int count = Math.min(blockRows, weight.rows() - first);
                    block(
                            job,
                            worker,
                            new Rows(
                                    readable(job, weight, first, count, worker, addresses[w]),
                                    count,
                                    outAddresses[w] + (long) first * Float.BYTES,
                                    outs.get(w).rowBytes()));
                };
        int blocks = firstBlock[addresses.length];
        if ((long) rows * job.width() * job.tokens() < PARALLEL_MIN) {
            for (int block = 0; block < blocks; block++) {
                body.run(0, block);
            }
        } else {
            pool.run(blocks, body);
        }
    }

    private int blockRows(int rows) {
        int fair = Math.ceilDiv(rows, pool.threads() * BLOCKS_PER_THREAD);
        int whole = Math.ceilDiv(fair, SUMMED_ROWS) * SUMMED_ROWS;
        return Math.min(whole, BLOCK_ROWS_MAX);
    }

    /** Where a kernel can read the rows: in place, or expanded to f32. */
    private long readable(Job job, Tensor weight, int first, int count, int worker, long address) {
        if (weight.type() == DType.BF16 || weight.type() == DType.F32) {
            return address + first * weight.rowBytes();
        }
        long to = expanded.address() + worker * expandedBytes(job.width());
        float[] values = new float[job.width()];
        for (int row = 0; row < count; row++) {
            weight.readRow(first + row, values);
            RowKernels.copy(values, to + (long) row * job.width() * Float.BYTES);
        }
        return to;
    }

    private void block(Job job, int worker, Rows readable) {
        long sums = this.sums.address() + (long) worker * SUMS_BYTES;
        int tiled = job.tokens() - job.tokens() % DotKernel.TILE_INPUTS;
        for (int t = 0; t < tiled; t += BLOCK_INPUTS) {
            tiles(job, readable, t, Math.min(tiled, t + BLOCK_INPUTS), sums);
        }
        for (int t = tiled; t < job.tokens(); t++) {
            column(job, readable, t, sums);
        }
    }

    /** The block's rows with inputs {@code from} to {@code to}, a multiple of four of them. */
    private static void tiles(Job job, Rows rows, int from, int to, long sums) {
        DotKernel kernel = job.kernel();
        int width = job.width();
        long rowBytes = (long) width * kernel.bytes();
        int paired = rows.count() - rows.count() % DotKernel.TILE_ROWS;
        for (int row = 0; row < paired; row += DotKernel.TILE_ROWS) {
            long weight = rows.weight() + row * rowBytes;
            for (int t = from; t < to; t += DotKernel.TILE_INPUTS) {
                kernel.tile(weight, job.input(t), width, sums);
                store(Lanes.sums(sums), sums);
                for (int i = 0; i < DotKernel.TILE_INPUTS; i++) {
                    long sum = sums + (long) i * DotKernel.TILE_ROWS * Float.BYTES;
                    put(job, rows, row, t + i, Memory.getFloat(sum));
                    put(job, rows, row + 1, t + i, Memory.getFloat(sum + Float.BYTES));
                }
            }
        }
        if (paired < rows.count()) {
            long weight = rows.weight() + paired * rowBytes;
            for (int t = from; t < to; t++) {
                put(job, rows, paired, t, kernel.one(weight, job.input(t), width));
            }
        }
    }

    /** The block's rows with one input. */
    private static void column(Job job, Rows rows, int t, long sums) {
        DotKernel kernel = job.kernel();
        int width = job.width();
        long rowBytes = (long) width * kernel.bytes();
        long input = job.input(t);
        int row = 0;
        for (; row + SUMMED_ROWS <= rows.count(); row += SUMMED_ROWS) {
            for (int i = 0; i < SUMMED_ROWS; i += DotKernel.ROWS) {
                long weight = rows.weight() + (row + i) * rowBytes;
                kernel.rows(weight, input, width, sums + (long) i * Lanes.BYTES);
            }
            store(Lanes.sums(sums), sums);
            for (int i = 0; i < SUMMED_ROWS; i++) {
                put(job, rows, row + i, t, Memory.getFloat(sums + (long) i * Float.BYTES));
            }
        }
        for (; row < rows.count(); row++) {
            put(job, rows, row, t, kernel.one(rows.weight() + row * rowBytes, input, width));
        }
    }

    /** Finishes one product and brings it to its place. */
    private static void put(Job job, Rows rows, int row, int t, float sum) {
        float product = sum;
        if (job.width() % DotKernel.ROUND != 0) {
            long weight = rows.weight() + (long) row * job.width() * job.kernel().bytes();
            product = job.kernel().tail(sum, weight, job.input(t), job.width());
        }
        long out = rows.out() + t * rows.outStride() + (long) row * Float.BYTES;
        Memory.setFloat(out, job.add() ? Memory.getFloat(out) + product : product);
    }

    @Override
    public void close() {
        inputs.close();
        expanded.close();
        sums.close();
    }
}
