package assay.engine.kernel;

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
            copy(row(table, ids[t]), out, t);
        }
    }

    private static float[] row(Tensor tensor, int row) {
        float[] values = new float[tensor.width()];
        tensor.readRow(row, values);
        return values;
    }

    private static void copy(float[] values, Tensor out, int row) {
        for (int i = 0; i < values.length; i++) {
            out.set(row, i, values[i]);
        }
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, Tensor out, float epsilon) {
        Shapes.rmsNorm(x, weight, out);
        float[] weights = row(weight, 0);
        for (int t = 0; t < x.rows(); t++) {
            double squares = 0;
            for (int i = 0; i < x.width(); i++) {
                double value = x.get(t, i);
                squares += value * value;
            }
            double inverse = 1 / Math.sqrt(squares / x.width() + epsilon);
            for (int i = 0; i < x.width(); i++) {
                out.set(t, i, (float) (x.get(t, i) * inverse * weights[i]));
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
    public void projectHeads(Tensor x, Tensor weight, int heads, Tensor out) {
        Shapes.projectHeads(x, weight, heads, out);
        int headRows = weight.rows() / heads;
        for (int n = 0; n < weight.rows(); n++) {
            float[] row = row(weight, n);
            int first = n / headRows * weight.width();
            for (int t = 0; t < x.rows(); t++) {
                double sum = 0;
                for (int i = 0; i < row.length; i++) {
                    sum += (double) x.get(t, first + i) * row[i];
                }
                out.set(t, n, (float) sum);
            }
        }
    }

    @Override
    public void addRow(Tensor x, Tensor row) {
        Shapes.addRow(x, row);
        float[] values = row(row, 0);
        for (int t = 0; t < x.rows(); t++) {
            for (int i = 0; i < values.length; i++) {
                x.set(t, i, x.get(t, i) + values[i]);
            }
        }
    }

    @Override
    public void rotate(Tensor x, Tensor turns, RotaryPairing pairing) {
        Shapes.rotate(x, turns);
        int half = turns.width() / 2;
        int step = pairing == RotaryPairing.HALVES ? 1 : 2;
        int apart = pairing == RotaryPairing.HALVES ? half : 1;
        for (int t = 0; t < x.rows(); t++) {
            for (int head = 0; head < x.width(); head += turns.width()) {
                for (int i = 0; i < half; i++) {
                    int at = head + i * step;
                    double cosine = turns.get(t, i);
                    double sine = turns.get(t, half + i);
                    double low = x.get(t, at);
                    double high = x.get(t, at + apart);
                    x.set(t, at, (float) (low * cosine - high * sine));
                    x.set(t, at + apart, (float) (high * cosine + low * sine));
                }
            }
        }
    }

    @Override
    public void splitHeads(Tensor x, int heads, Tensor left, Tensor right) {
        Shapes.splitHeads(x, heads, left, right);
        int a = left.width() / heads;
        int b = right.width() / heads;
        for (int t = 0; t < x.rows(); t++) {
            for (int i = 0; i < x.width(); i++) {
                int head = i / (a + b);
                int within = i % (a + b);
                if (within < a) {
                    left.set(t, head * a + within, x.get(t, i));
                } else {
                    right.set(t, head * b + within - a, x.get(t, i));
                }
            }
        }
    }

    @Override
    public void joinHeads(Tensor left, Tensor right, int heads, Tensor out) {
        Shapes.splitHeads(out, heads, left, right);
        int a = left.width() / heads;
        int b = right.width() / heads;
        for (int t = 0; t < out.rows(); t++) {
            for (int i = 0; i < out.width(); i++) {
                int head = i / (a + b);
                int within = i % (a + b);
                out.set(
                        t,
                        i,
                        within < a
                                ? left.get(t, head * a + within)
                                : right.get(t, head * b + within - a));
            }
        }
    }

    @Override
    public void gatherRows(Tensor x, int[] rows, Tensor out) {
        Shapes.gatherRows(x, rows, out);
        for (int i = 0; i < rows.length; i++) {
            copy(row(x, rows[i]), out, i);
        }
    }

    @Override
    public void addScaledRows(Tensor x, int[] rows, float[] scales, Tensor out) {
        Shapes.addScaledRows(x, rows, scales, out);
        for (int r = 0; r < rows.length; r++) {
            for (int i = 0; i < x.width(); i++) {
                out.set(rows[r], i, Math.fma(scales[r], x.get(r, i), out.get(rows[r], i)));
            }
        }
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places) {
        Shapes.storeKv(keys, values, cache, places);
        for (int t = 0; t < places.tokens(); t++) {
            int[] table = places.blocks()[t];
            int position = places.positions()[t];
            for (int i = 0; i < keys.width(); i++) {
                long at = keyOffset(cache, table, position, i);
                cache.keys().set(FLOAT, at, keys.get(t, i));
            }
            for (int i = 0; i < values.width(); i++) {
                int head = i / cache.valueDim();
                long at = valueOffset(cache, table, position, head, i % cache.valueDim());
                cache.values().set(FLOAT, at, values.get(t, i));
            }
        }
    }

    @Override
    public void attend(
            Tensor queries, KvBlocks cache, TokenPlaces places, AttentionRule rule, Tensor out) {
        Shapes.attend(queries, cache, places, out);
        int heads = queries.width() / cache.keyDim();
        for (int t = 0; t < queries.rows(); t++) {
            int[] table = places.blocks()[t];
            int position = places.positions()[t];
            for (int head = 0; head < heads; head++) {
                int kvHead = head / (heads / cache.kvHeads());
                float[] query = new float[cache.keyDim()];
                for (int i = 0; i < query.length; i++) {
                    query[i] = queries.get(t, head * query.length + i);
                }
                double[] weights = weights(query, cache, table, kvHead, position, rule);
                int first = rule.first(position);
                for (int i = 0; i < cache.valueDim(); i++) {
                    double sum = 0;
                    for (int p = 0; p < weights.length; p++) {
                        long at = valueOffset(cache, table, first + p, kvHead, i);
                        sum += weights[p] * cache.values().get(FLOAT, at);
                    }
                    out.set(t, head * cache.valueDim() + i, (float) sum);
                }
            }
        }
    }

    /** The share of each position that the rule lets the query see; their sum is 1. */
    private static double[] weights(
            float[] query,
            KvBlocks cache,
            int[] table,
            int kvHead,
            int position,
            AttentionRule rule) {
        int first = rule.first(position);
        double[] weights = new double[position + 1 - first];
        double largest = Double.NEGATIVE_INFINITY;
        for (int p = 0; p < weights.length; p++) {
            for (int i = 0; i < query.length; i++) {
                long at = keyOffset(cache, table, first + p, kvHead * query.length + i);
                weights[p] += (double) query[i] * cache.keys().get(FLOAT, at);
            }
            weights[p] *= rule.scale();
            largest = Math.max(largest, weights[p]);
        }
        double total = 0;
        for (int p = 0; p < weights.length; p++) {
            weights[p] = Math.exp(weights[p] - largest);
            total += weights[p];
        }
        for (int p = 0; p < weights.length; p++) {
            weights[p] /= total;
        }
        return weights;
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

    /** Of one element of all heads' keys side by side. */
    private static long keyOffset(KvBlocks cache, int[] table, int position, int i) {
        int slot = position % KvBlocks.BLOCK_TOKENS;
        long within = (long) i * KvBlocks.BLOCK_TOKENS + slot;
        return table[position / KvBlocks.BLOCK_TOKENS] * cache.keyBlockBytes()
                + within * Float.BYTES;
    }

    private static long valueOffset(KvBlocks cache, int[] table, int position, int head, int i) {
        int slot = position % KvBlocks.BLOCK_TOKENS;
        long within = ((long) head * KvBlocks.BLOCK_TOKENS + slot) * cache.valueDim() + i;
        return table[position / KvBlocks.BLOCK_TOKENS] * cache.valueBlockBytes()
                + within * Float.BYTES;
    }
}
