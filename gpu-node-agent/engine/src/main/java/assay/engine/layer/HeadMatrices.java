package assay.engine.layer;

import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.StageWeights;
import assay.engine.weights.TensorNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The matrix that takes a latent to the keys and values of all heads, cut into the two that latent
 * attention multiplies queries and outcomes with instead: then the latent itself is key and value,
 * and is never expanded. Source: DeepSeek-V2 (arXiv 2405.04434), 2.1.3; files that hold the two
 * parts: {@code conversion/deepseek.py} of llama.cpp.
 *
 * @param toLatent (heads * latentRank, plainDim): a head's plain query to its query on the latent
 * @param toValue (heads * headValueDim, latentRank): a head's mean latent to its value
 */
public record HeadMatrices(Tensor toLatent, Tensor toValue) {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int MEMORY_ALIGNMENT = 64;

    /**
     * Those of the files where they hold them, else cut.
     *
     * @param arena of what is cut
     */
    public static HeadMatrices of(
            Arena arena, StageWeights weights, int layerIndex, AttentionSpec.Latent spec) {
        return of(arena, new LayerWeights(weights, layerIndex), spec);
    }

    /** The same of one layer. */
    static HeadMatrices of(Arena arena, LayerWeights weights, AttentionSpec.Latent spec) {
        int heads = spec.heads();
        int rank = spec.latentRank();
        int value = spec.headValueDim();
        boolean whole = weights.has(TensorNames.HEADS_OF_LATENT);
        if (!whole && weights.has(TensorNames.KEYS_OF_LATENT)) {
            return new HeadMatrices(
                    weights.ofHeads(TensorNames.KEYS_OF_LATENT, heads, rank, spec.plainDim()),
                    weights.ofHeads(TensorNames.VALUES_OF_LATENT, heads, value, rank));
        }
        int rows = heads * (spec.plainDim() + value);
        return weights.read(
                TensorNames.HEADS_OF_LATENT, tensor -> cut(arena, tensor, spec), rows, rank);
    }

    /**
     * Copies; exact.
     *
     * @param keysAndValues (heads * (plainDim + headValueDim), latentRank), any type
     */
    private static HeadMatrices cut(Arena arena, Tensor keysAndValues, AttentionSpec.Latent spec) {
        DType type = ModelLayout.cutType(keysAndValues.type());
        int rank = spec.latentRank();
        int plain = spec.plainDim();
        int value = spec.headValueDim();
        Tensor toLatent = allocate(arena, type, spec.heads() * rank, plain);
        Tensor toValue = allocate(arena, type, spec.heads() * value, rank);
        float[] row = new float[rank];
        for (int head = 0; head < spec.heads(); head++) {
            int first = head * (plain + value);
            for (int i = 0; i < plain; i++) {
                keysAndValues.readRow(first + i, row);
                for (int j = 0; j < rank; j++) {
                    set(toLatent, head * rank + j, i, row[j]);
                }
            }
            for (int i = 0; i < value; i++) {
                keysAndValues.readRow(first + plain + i, row);
                for (int j = 0; j < rank; j++) {
                    set(toValue, head * value + i, j, row[j]);
                }
            }
        }
        return new HeadMatrices(toLatent, toValue);
    }

    private static Tensor allocate(Arena arena, DType type, int rows, int width) {
        MemorySegment data = arena.allocate(rows * type.bytes(width), MEMORY_ALIGNMENT);
        return new Tensor(type, rows, width, data);
    }

    private static void set(Tensor to, int row, int column, float value) {
        long at = row * to.rowBytes() + to.type().bytes(column);
        switch (to.type()) {
            case F32 -> to.data().set(FLOAT, at, value);
            case F16 -> to.data().set(SHORT, at, Float.floatToFloat16(value));
            case BF16 ->
                    to.data()
                            .set(
                                    SHORT,
                                    at,
                                    (short) (Float.floatToRawIntBits(value) >>> Short.SIZE));
            case F8_E4M3, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K ->
                    throw new IllegalStateException("cut into " + to.type());
        }
    }
}
