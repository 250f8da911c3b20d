package assay.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The reference: each operation as its definition reads, one element after the other, on the
 * caller's thread. Sums are taken in double, so its own rounding is far below the bounds it sets
 * for others.
 */
public final class ScalarBackend implements Backend {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void reserve(int tokens, int width, int contextTokens) {
        // Works on heap arrays made for each call: a reference is not in a hurry.
    }

    @Override
    public void embed(Tensor table, int[] ids, Tensor out) {
        Shapes.embed(table, ids, out);
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < out.width(); i++) {
                out.set(t, i, table.get(ids[t], i));
            }
        }
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, Tensor out, float epsilon) {
        Shapes.rmsNorm(x, weight, out);
        for (int t = 0; t < x.rows(); t++) {
            double squares = 0;
            for (int i = 0; i < x.width(); i++) {
                double value = x.get(t, i);
                squares += value * value;
            }
            double inverse = 1 / Math.sqrt(squares / x.width() + epsilon);
            for (int i = 0; i < x.width(); i++) {
                out.set(t, i, (float) (x.get(t, i) * inverse * weight.get(0, i)));
            }
        }
    }

    @Override
    public void matmul(Tensor x, List<Tensor> weights, List<Tensor> outs) {
        Shapes.matmul(x, weights, outs);
        for (int i = 0; i < weights.size(); i++) {
            product(x, weights.get(i), outs.get(i), false);
        }
    }

    @Override
    public void addMatmul(Tensor x, Tensor weight, Tensor out) {
        Shapes.matmul(x, List.of(weight), List.of(out));
        product(x, weight, out, true);
    }

    private static void product(Tensor x, Tensor weight, Tensor out, boolean add) {
        float[][] inputs = new float[x.rows()][x.width()];
        for (int t = 0; t < x.rows(); t++) {
            x.readRow(t, inputs[t]);
        }
        float[] row = new float[x.width()];
        for (int n = 0; n < weight.rows(); n++) {
            weight.readRow(n, row);
            for (int t = 0; t < x.rows(); t++) {
                double sum = dot(inputs[t], row);
                out.set(t, n, (float) (add ? out.get(t, n) + sum : sum));
            }
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void rotate(Tensor x, Tensor turns) {
        Shapes.rotate(x, turns);
        int half = turns.width() / 2;
        for (int t = 0; t < x.rows(); t++) {
            for (int head = 0; head < x.width(); head += turns.width()) {
                for (int i = 0; i < half; i++) {
                    double cosine = turns.get(t, i);
                    double sine = turns.get(t, half + i);
                    double low = x.get(t, head + i);
                    double high = x.get(t, head + half + i);
                    x.set(t, head + i, (float) (low * cosine - high * sine));
                    x.set(t, head + half + i, (float) (high * cosine + low * sine));
                }
            }
        }
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places) {
        Shapes.storeKv(keys, values, cache, places);
        for (int t = 0; t < places.tokens(); t++) {
            int[] table = places.blocks()[t];
            int position = places.positions()[t];
            for (int head = 0; head < cache.kvHeads(); head++) {
                for (int i = 0; i < cache.headDim(); i++) {
                    int column = head * cache.headDim() + i;
                    cache.keys()
                            .set(
                                    FLOAT,
                                    keyOffset(cache, table, position, head, i),
                                    keys.get(t, column));
                    cache.values()
                            .set(
                                    FLOAT,
                                    valueOffset(cache, table, position, head, i),
                                    values.get(t, column));
                }
            }
        }
    }

    @Override
    public void attend(
            Tensor queries, KvBlocks cache, TokenPlaces places, float scale, Tensor out) {
        Shapes.attend(queries, cache, places, out);
        int heads = queries.width() / cache.headDim();
        int group = heads / cache.kvHeads();
        for (int t = 0; t < queries.rows(); t++) {
            for (int head = 0; head < heads; head++) {
                attendHead(queries, cache, places, scale, out, t, head, head / group);
            }
        }
    }

    private static void attendHead(
            Tensor queries,
            KvBlocks cache,
            TokenPlaces places,
            float scale,
            Tensor out,
            int t,
            int head,
            int kvHead) {
        int[] table = places.blocks()[t];
        int size = cache.headDim();
        double[] weights = new double[places.positions()[t] + 1];
        double largest = Double.NEGATIVE_INFINITY;
        for (int p = 0; p < weights.length; p++) {
            for (int i = 0; i < size; i++) {
                weights[p] +=
                        (double) queries.get(t, head * size + i)
                                * at(cache.keys(), keyOffset(cache, table, p, kvHead, i));
            }
            weights[p] *= scale;
            largest = Math.max(largest, weights[p]);
        }
        double total = 0;
        for (int p = 0; p < weights.length; p++) {
            weights[p] = Math.exp(weights[p] - largest);
            total += weights[p];
        }
        for (int i = 0; i < size; i++) {
            double sum = 0;
            for (int p = 0; p < weights.length; p++) {
                sum += weights[p] * at(cache.values(), valueOffset(cache, table, p, kvHead, i));
            }
            out.set(t, head * size + i, (float) (sum / total));
        }
    }

    @Override
    public void siluMultiply(Tensor gate, Tensor up, Tensor out) {
        Shapes.siluMultiply(gate, up, out);
        for (int t = 0; t < gate.rows(); t++) {
            for (int i = 0; i < gate.width(); i++) {
                double value = gate.get(t, i);
                out.set(t, i, (float) (value / (1 + Math.exp(-value)) * up.get(t, i)));
            }
        }
    }

    @Override
    public void close() {
        // Holds nothing.
    }

    private static float at(MemorySegment segment, long offset) {
        return segment.get(FLOAT, offset);
    }

    private static long keyOffset(KvBlocks cache, int[] table, int position, int head, int i) {
        int slot = position % KvBlocks.BLOCK_TOKENS;
        long within = ((long) head * cache.headDim() + i) * KvBlocks.BLOCK_TOKENS + slot;
        return table[position / KvBlocks.BLOCK_TOKENS] * cache.blockBytes() + within * Float.BYTES;
    }

    private static long valueOffset(KvBlocks cache, int[] table, int position, int head, int i) {
        int slot = position % KvBlocks.BLOCK_TOKENS;
        long within = ((long) head * KvBlocks.BLOCK_TOKENS + slot) * cache.headDim() + i;
        return table[position / KvBlocks.BLOCK_TOKENS] * cache.blockBytes() + within * Float.BYTES;
    }
}
