package assay.engine.kernel;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.List;

/**
 * The shape rules of {@link Backend}, in one place for all backends: after them a kernel may trust.
 */
public final class Shapes {
    private Shapes() {}

    public static void embed(Tensor table, int[] ids, Tensor out) {
        floats("out", out);
        equal("rows of out", out.rows(), ids.length);
        equal("width of out", out.width(), table.width());
        for (int id : ids) {
            if (id < 0 || id >= table.rows()) {
                throw new EngineException(
                        ErrorCode.REQUEST_INVALID,
                        "token id: %d (expected: 0..%d)".formatted(id, table.rows() - 1));
            }
        }
    }

    public static void rmsNorm(Tensor x, Tensor weight, Tensor out) {
        same("x", x, out);
        equal("rows of weight", weight.rows(), 1);
        equal("width of weight", weight.width(), x.width());
    }

    public static void matmul(Tensor x, List<Tensor> weights, List<Tensor> outs) {
        floats("x", x);
        equal("outs", outs.size(), weights.size());
        for (int i = 0; i < weights.size(); i++) {
            floats("out", outs.get(i));
            equal("width of weight", weights.get(i).width(), x.width());
            equal("rows of out", outs.get(i).rows(), x.rows());
            equal("width of out", outs.get(i).width(), weights.get(i).rows());
        }
    }

    public static void rotate(Tensor x, Tensor turns) {
        floats("x", x);
        floats("turns", turns);
        equal("rows of turns", turns.rows(), x.rows());
        equal("head size modulo 2", turns.width() % 2, 0);
        equal("width of x modulo head size", x.width() % turns.width(), 0);
    }

    public static void projectHeads(Tensor x, Tensor weight, int heads, Tensor out) {
        floats("x", x);
        floats("out", out);
        equal("rows of out", out.rows(), x.rows());
        equal("width of x", x.width(), (long) heads * weight.width());
        equal("width of out", out.width(), weight.rows());
        equal("rows of weight modulo heads", weight.rows() % heads, 0);
    }

    public static void addRow(Tensor x, Tensor row) {
        floats("x", x);
        equal("rows of row", row.rows(), 1);
        equal("width of row", row.width(), x.width());
    }

    public static void splitHeads(Tensor x, int heads, Tensor left, Tensor right) {
        floats("x", x);
        floats("left", left);
        floats("right", right);
        equal("rows of left", left.rows(), x.rows());
        equal("rows of right", right.rows(), x.rows());
        equal("width of left modulo heads", left.width() % heads, 0);
        equal("width of right modulo heads", right.width() % heads, 0);
        equal("width of both parts", (long) left.width() + right.width(), x.width());
    }

    public static void gatherRows(Tensor x, int[] rows, Tensor out) {
        floats("x", x);
        floats("out", out);
        equal("rows of out", out.rows(), rows.length);
        equal("width of out", out.width(), x.width());
        within(rows, x.rows());
    }

    public static void addScaledRows(Tensor x, int[] rows, float[] scales, Tensor out) {
        floats("x", x);
        floats("out", out);
        equal("rows of x", x.rows(), rows.length);
        equal("scales", scales.length, rows.length);
        equal("width of out", out.width(), x.width());
        within(rows, out.rows());
    }

    private static void within(int[] rows, int count) {
        for (int row : rows) {
            if (row < 0 || row >= count) {
                throw new EngineException(
                        ErrorCode.STEP_INVALID,
                        "row: %d (expected: 0..%d)".formatted(row, count - 1));
            }
        }
    }

    public static void storeKv(Tensor keys, Tensor values, KvBlocks cache, TokenPlaces places) {
        floats("keys", keys);
        floats("values", values);
        equal("rows of values", values.rows(), keys.rows());
        equal("width of keys", keys.width(), (long) cache.kvHeads() * cache.keyDim());
        equal("width of values", values.width(), (long) cache.kvHeads() * cache.valueDim());
        places(places, keys.rows(), cache);
    }

    public static void attend(Tensor queries, KvBlocks cache, TokenPlaces places, Tensor out) {
        floats("queries", queries);
        floats("out", out);
        equal("rows of out", out.rows(), queries.rows());
        int keyWidth = cache.kvHeads() * cache.keyDim();
        equal("width of queries modulo heads", queries.width() % keyWidth, 0);
        equal(
                "width of out",
                out.width(),
                (long) queries.width() / cache.keyDim() * cache.valueDim());
        places(places, queries.rows(), cache);
    }

    public static void siluMultiply(Tensor gate, Tensor up, Tensor out) {
        same("gate", gate, up);
        same("gate", gate, out);
    }

    private static void places(TokenPlaces places, int tokens, KvBlocks cache) {
        equal("places", places.tokens(), tokens);
        equal("block tables", places.blocks().length, tokens);
        equal("key bytes", cache.keys().byteSize(), cache.blockCount() * cache.keyBlockBytes());
        equal(
                "value bytes",
                cache.values().byteSize(),
                cache.blockCount() * cache.valueBlockBytes());
        for (int t = 0; t < tokens; t++) {
            int[] table = places.blocks()[t];
            int position = places.positions()[t];
            if (position < 0 || KvBlocks.blocksFor(position + 1) > table.length) {
                throw new EngineException(
                        ErrorCode.STEP_INVALID,
                        "position: %d (expected: within %d blocks)"
                                .formatted(position, table.length));
            }
            blocks(table, KvBlocks.blocksFor(position + 1), cache.blockCount());
        }
    }

    private static void blocks(int[] table, int used, int blockCount) {
        for (int i = 0; i < used; i++) {
            if (table[i] < 0 || table[i] >= blockCount) {
                throw new EngineException(
                        ErrorCode.STEP_INVALID,
                        "block: %d (expected: 0..%d)".formatted(table[i], blockCount - 1));
            }
        }
    }

    private static void same(String name, Tensor a, Tensor b) {
        floats(name, a);
        floats(name, b);
        equal("rows beside " + name, b.rows(), a.rows());
        equal("width beside " + name, b.width(), a.width());
    }

    private static void floats(String name, Tensor tensor) {
        if (tensor.type() != DType.F32) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "%s: %s (expected: F32)".formatted(name, tensor.type()));
        }
    }

    private static void equal(String name, long value, long expected) {
        if (value != expected) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "%s: %d (expected: %d)".formatted(name, value, expected));
        }
    }
}
