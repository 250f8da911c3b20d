package assay.engine.kernel.cpu;

import assay.engine.kernel.Backend;
import assay.engine.kernel.DType;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.Shapes;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.TokenPlaces;
import java.util.List;

/**
 * The processor's backend. Weights are used where they are mapped, in the type they are stored in.
 * Vectors of 256 bits: every x86 server since 2013 has them with fused multiply-add, wider ones are
 * not everywhere, and with one width all machines give the same bits.
 */
public final class CpuBackend implements Backend {
    /** Elements of activations below which a loop over tokens stays on the caller's thread. */
    private static final long PARALLEL_MIN = 16_384;

    private final WorkerPool pool;
    private final MatrixProduct product;
    private final Scratch scores = new Scratch();
    private final Scratch normWeight = new Scratch();
    private long scoreBytes;

    /**
     * Starts the pool.
     *
     * @param threads the caller's included, at least 1
     */
    public CpuBackend(int threads) {
        pool = new WorkerPool(threads);
        product = new MatrixProduct(pool);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public void reserve(int tokens, int width, int contextTokens) {
        product.reserve(tokens, width);
        normWeight.reserve((long) width * Float.BYTES);
        reserveScores(contextTokens);
    }

    private void reserveScores(int contextTokens) {
        scoreBytes = Math.max(scoreBytes, AttentionKernel.scoreBytes(contextTokens));
        scores.reserve(scoreBytes * pool.threads());
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
        long from = Memory.address(table.data());
        long to = Memory.address(out.data());
        for (int t = 0; t < ids.length; t++) {
            RowKernels.toFloats(
                    table.type(),
                    from + ids[t] * table.rowBytes(),
                    to + t * out.rowBytes(),
                    out.width());
        }
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, Tensor out, float epsilon) {
        Shapes.rmsNorm(x, weight, out);
        int width = x.width();
        long scale = Memory.address(weight.data());
        if (weight.type() != DType.F32) {
            normWeight.reserve((long) width * Float.BYTES);
            RowKernels.toFloats(weight.type(), scale, normWeight.address(), width);
            scale = normWeight.address();
        }
        long scales = scale;
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

    @Override
    public void matmul(Tensor x, List<Tensor> weights, List<Tensor> outs) {
        Shapes.matmul(x, weights, outs);
        product.run(x, weights, outs, false);
    }

    @Override
    public void addMatmul(Tensor x, Tensor weight, Tensor out) {
        List<Tensor> weights = List.of(weight);
        List<Tensor> outs = List.of(out);
        Shapes.matmul(x, weights, outs);
        product.run(x, weights, outs, true);
    }

    @Override
    public void rotate(Tensor x, Tensor turns) {
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
                        RowKernels.rotate(head, angles + t * headBytes, half);
                    }
                });
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places) {
        Shapes.storeKv(keys, values, cache, places);
        AttentionKernel kernel = new AttentionKernel(cache, 1);
        long key = Memory.address(keys.data());
        long value = Memory.address(values.data());
        long headBytes = (long) cache.headDim() * Float.BYTES;
        forEachToken(
                keys.rows(),
                keys.width(),
                (worker, t) -> {
                    long row = t * keys.rowBytes();
                    for (int head = 0; head < cache.kvHeads(); head++, row += headBytes) {
                        kernel.store(
                                key + row,
                                value + row,
                                places.blocks()[t],
                                places.positions()[t],
                                head);
                    }
                });
    }

    @Override
    public void attend(
            Tensor queries, KvBlocks cache, TokenPlaces places, float scale, Tensor out) {
        Shapes.attend(queries, cache, places, out);
        long work = 0;
        int longest = 0;
        for (int position : places.positions()) {
            longest = Math.max(longest, position + 1);
            work += (long) (position + 1) * queries.width();
        }
        reserveScores(longest);
        AttentionKernel kernel = new AttentionKernel(cache, scale);
        long from = Memory.address(queries.data());
        long to = Memory.address(out.data());
        int kvHeads = cache.kvHeads();
        int group = queries.width() / cache.headDim() / kvHeads;
        long headBytes = (long) cache.headDim() * Float.BYTES;
        WorkerPool.Body body =
                (worker, item) -> {
                    int t = item / kvHeads;
                    int kvHead = item % kvHeads;
                    long at = t * queries.rowBytes() + (long) kvHead * group * headBytes;
                    for (int i = 0; i < group; i++, at += headBytes) {
                        kernel.attend(
                                from + at,
                                places.blocks()[t],
                                places.positions()[t],
                                kvHead,
                                scores.address() + worker * scoreBytes,
                                to + at);
                    }
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
        product.close();
        scores.close();
        normWeight.close();
    }
}
