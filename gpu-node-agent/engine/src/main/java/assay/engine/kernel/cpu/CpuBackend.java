package assay.engine.kernel.cpu;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.Backend;
import assay.engine.kernel.DType;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.Shapes;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.TokenPlaces;
import java.util.List;

/**
 * The processor's backend. Weights are used where they are mapped, in the type they are stored in.
 * Vectors are as wide as the machine's, 256 or 512 bits; the order in which anything is added up
 * does not depend on that, so all machines give the same bits.
 */
public final class CpuBackend implements Backend {
    /** Elements of activations below which a loop over tokens stays on the caller's thread. */
    private static final long PARALLEL_MIN = 16_384;

    private final WorkerPool pool;
    private final Products products;
    private final Scratch scores = new Scratch();
    private final Scratch rowScratch = new Scratch();
    private final Scratch oneHead = new Scratch();
    private long scoreBytes;

    /**
     * Starts the pool.
     *
     * @param threads the caller's included, at least 1
     */
    public CpuBackend(int threads) {
        this(threads, PanelKernel.fastest(), true);
    }

    /** With the one kernel for all weights, and tiles for none. */
    CpuBackend(int threads, PanelKernel kernel) {
        this(threads, kernel, false);
    }

    private CpuBackend(int threads, PanelKernel kernel, boolean useTiles) {
        pool = new WorkerPool(threads);
        products = new Products(pool, kernel, useTiles);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public void reserve(int tokens, int width, int contextTokens) {
        products.reserve(tokens, width);
        rowScratch.reserve((long) width * Float.BYTES);
        reserveScores(contextTokens);
    }

    private void reserveScores(int contextTokens) {
        scoreBytes = Math.max(scoreBytes, AttentionKernel.scoreBytes(contextTokens));
        scores.reserve(AttentionKernel.GROUP * scoreBytes * pool.threads());
    }

    /** Runs the body for each token, on the pool when there is enough to do. */
    private void forEachToken(int tokens, long elementsPerToken, WorkerPool.Body body) {
        if (tokens * elementsPerToken < PARALLEL_MIN) {
            for (int t = 0; t < tokens; t++) {
                body.run(0, t);
            }
        } else {
            pool.run(tokens, body);
        }
    }

    @Override
    public void embed(Tensor table, int[] ids, Tensor out) {
        Shapes.embed(table, ids, out);
        long to = Memory.address(out.data());
        for (int t = 0; t < ids.length; t++) {
            RowKernels.toFloats(table, ids[t], to + t * out.rowBytes());
        }
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, Tensor out, float epsilon) {
        Shapes.rmsNorm(x, weight, out);
        int width = x.width();
        long scales = floats(weight);
        long from = Memory.address(x.data());
        long to = Memory.address(out.data());
        long bytes = x.rowBytes();
        forEachToken(
                x.rows(),
                width,
                (worker, t) ->
                        RowKernels.rmsNorm(
                                from + t * bytes, scales, to + t * bytes, width, epsilon));
    }

    /** Where one row stands as f32: in place, or in scratch until the next call. */
    private long floats(Tensor row) {
        if (row.type() == DType.F32) {
            return Memory.address(row.data());
        }
        rowScratch.reserve((long) row.width() * Float.BYTES);
        RowKernels.toFloats(row, 0, rowScratch.address());
        return rowScratch.address();
    }

    @Override
    public void matmul(Tensor x, List<Tensor> weights, List<Tensor> outs) {
        Shapes.matmul(x, weights, outs);
        products.run(x, weights, outs, false);
    }

    @Override
    public void addMatmul(Tensor x, Tensor weight, Tensor out) {
        List<Tensor> weights = List.of(weight);
        List<Tensor> outs = List.of(out);
        Shapes.matmul(x, weights, outs);
        products.run(x, weights, outs, true);
    }

    @Override
    public void projectHeads(Tensor x, Tensor weight, int heads, Tensor out) {
        Shapes.projectHeads(x, weight, heads, out);
        int rows = weight.rows() / heads;
        long xBytes = weight.width() * (long) Float.BYTES;
        long outBytes = rows * (long) Float.BYTES;
        oneHead.reserve(x.rows() * (xBytes + outBytes));
        Tensor input = scratch(oneHead.address(), x.rows(), weight.width());
        Tensor projected = scratch(oneHead.address() + x.rows() * xBytes, x.rows(), rows);
        for (int head = 0; head < heads; head++) {
            columns(x, head * xBytes, input, 0, xBytes);
            Tensor ofHead = weight.rows(head * rows, rows);
            products.run(input, List.of(ofHead), List.of(projected), false);
            columns(projected, 0, out, head * outBytes, outBytes);
        }
    }

    private static Tensor scratch(long address, int rows, int width) {
        long bytes = DType.F32.bytes((long) rows * width);
        return new Tensor(DType.F32, rows, width, Memory.ALL.asSlice(address, bytes));
    }

    @Override
    public void addRow(Tensor x, Tensor row) {
        Shapes.addRow(x, row);
        long values = floats(row);
        long to = Memory.address(x.data());
        forEachToken(
                x.rows(),
                x.width(),
                (worker, t) -> RowKernels.add(values, to + t * x.rowBytes(), x.width()));
    }

    @Override
    public void rotate(Tensor x, Tensor turns, RotaryPairing pairing) {
        Shapes.rotate(x, turns);
        long from = Memory.address(x.data());
        long angles = Memory.address(turns.data());
        int half = turns.width() / 2;
        long headBytes = turns.rowBytes();
        forEachToken(
                x.rows(),
                x.width(),
                (worker, t) -> {
                    long row = from + t * x.rowBytes();
                    long end = row + x.rowBytes();
                    for (long head = row; head < end; head += headBytes) {
                        switch (pairing) {
                            case HALVES -> RowKernels.rotate(head, angles + t * headBytes, half);
                            case PAIRS ->
                                    RowKernels.rotatePairs(head, angles + t * headBytes, half);
                        }
                    }
                });
    }

    @Override
    public void splitHeads(Tensor x, int heads, Tensor left, Tensor right) {
        Shapes.splitHeads(x, heads, left, right);
        long a = left.rowBytes() / heads;
        long b = right.rowBytes() / heads;
        for (int head = 0; head < heads; head++) {
            columns(x, head * (a + b), left, head * a, a);
            columns(x, head * (a + b) + a, right, head * b, b);
        }
    }

    @Override
    public void joinHeads(Tensor left, Tensor right, int heads, Tensor out) {
        Shapes.splitHeads(out, heads, left, right);
        long a = left.rowBytes() / heads;
        long b = right.rowBytes() / heads;
        for (int head = 0; head < heads; head++) {
            columns(left, head * a, out, head * (a + b), a);
            columns(right, head * b, out, head * (a + b) + a, b);
        }
    }

    /** Copies some columns of each row, by their offset and size in bytes. */
    private static void columns(Tensor from, long fromOffset, Tensor to, long toOffset, long size) {
        long source = Memory.address(from.data()) + fromOffset;
        long target = Memory.address(to.data()) + toOffset;
        for (int t = 0; t < from.rows(); t++) {
            Memory.copy(source + t * from.rowBytes(), target + t * to.rowBytes(), size);
        }
    }

    @Override
    public void gatherRows(Tensor x, int[] rows, Tensor out) {
        Shapes.gatherRows(x, rows, out);
        long from = Memory.address(x.data());
        long to = Memory.address(out.data());
        for (int i = 0; i < rows.length; i++) {
            Memory.copy(from + rows[i] * x.rowBytes(), to + i * x.rowBytes(), x.rowBytes());
        }
    }

    @Override
    public void addScaledRows(Tensor x, int[] rows, float[] scales, Tensor out) {
        Shapes.addScaledRows(x, rows, scales, out);
        long from = Memory.address(x.data());
        long to = Memory.address(out.data());
        for (int i = 0; i < rows.length; i++) {
            RowKernels.addScaled(
                    from + i * x.rowBytes(), scales[i], to + rows[i] * out.rowBytes(), x.width());
        }
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places) {
        Shapes.storeKv(keys, values, cache, places);
        AttentionKernel kernel = new AttentionKernel(cache, new AttentionRule(1, 0));
        long key = Memory.address(keys.data());
        long value = Memory.address(values.data());
        forEachToken(
                keys.rows(),
                keys.width(),
                (worker, t) ->
                        kernel.store(
                                key + t * keys.rowBytes(),
                                value + t * values.rowBytes(),
                                places.blocks()[t],
                                places.positions()[t]));
    }

    @Override
    public void attend(
            Tensor queries, KvBlocks cache, TokenPlaces places, AttentionRule rule, Tensor out) {
        Shapes.attend(queries, cache, places, out);
        long work = 0;
        int longest = 0;
        for (int position : places.positions()) {
            longest = Math.max(longest, position + 1);
            work += (long) (position + 1) * queries.width();
        }
        reserveScores(longest);
        AttentionKernel kernel = new AttentionKernel(cache, rule);
        long from = Memory.address(queries.data());
        long to = Memory.address(out.data());
        int kvHeads = cache.kvHeads();
        int group = queries.width() / cache.keyDim() / kvHeads;
        long queryBytes = (long) cache.keyDim() * Float.BYTES;
        long outBytes = (long) cache.valueDim() * Float.BYTES;
        WorkerPool.Body body =
                (worker, item) -> {
                    int t = item / kvHeads;
                    int kvHead = item % kvHeads;
                    int head = kvHead * group;
                    kernel.attend(
                            from + t * queries.rowBytes() + (long) head * queryBytes,
                            group,
                            places.blocks()[t],
                            places.positions()[t],
                            kvHead,
                            scores.address() + (long) worker * AttentionKernel.GROUP * scoreBytes,
                            scoreBytes,
                            to + t * out.rowBytes() + head * outBytes);
                };
        int items = queries.rows() * kvHeads;
        if (work < PARALLEL_MIN) {
            for (int item = 0; item < items; item++) {
                body.run(0, item);
            }
        } else {
            pool.run(items, body);
        }
    }

    @Override
    public void siluMultiply(Tensor gate, Tensor up, Tensor out) {
        Shapes.siluMultiply(gate, up, out);
        long a = Memory.address(gate.data());
        long b = Memory.address(up.data());
        long to = Memory.address(out.data());
        long bytes = gate.rowBytes();
        forEachToken(
                gate.rows(),
                gate.width(),
                (worker, t) ->
                        RowKernels.siluMultiply(
                                a + t * bytes, b + t * bytes, to + t * bytes, gate.width()));
    }

    @Override
    public void close() {
        pool.close();
        products.close();
        scores.close();
        rowScratch.close();
        oneHead.close();
    }
}
