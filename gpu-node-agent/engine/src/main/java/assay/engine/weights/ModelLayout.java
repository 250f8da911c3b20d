package assay.engine.weights;

import assay.engine.kernel.DType;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.Tensor;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What each part of a model weighs, exactly, as a stage holds it: as stored, scales included, but
 * for what latent attention copies. Immutable.
 *
 * @param layerBytes one for each layer; layers of one model may differ
 * @param headBytes final norm and output; the output of a tied model is the embedding, which a
 *     stage that is not the first holds once more
 * @param kvBytesPerTokenPerLayer keys and values of one position in one layer, the same in each
 */
public record ModelLayout(
        long embeddingBytes,
        List<Long> layerBytes,
        long headBytes,
        boolean tiedEmbeddings,
        long kvBytesPerTokenPerLayer) {

    public ModelLayout {
        layerBytes = List.copyOf(layerBytes);
    }

    /**
     * Adds up the tensors that the architecture asks for, checking name, shape and type of each.
     *
     * @param type that stages keep the weights in
     * @throws assay.engine.EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor
     */
    public static ModelLayout of(ModelSpec spec, Checkpoint checkpoint, WeightType type) {
        List<Long> layers =
                IntStream.range(0, spec.layerCount())
                        .mapToObj(i -> bytes(checkpoint, type, TensorNames.layer(spec, i)))
                        .toList();
        return new ModelLayout(
                bytes(checkpoint, type, List.of(TensorNames.embedding(spec))),
                layers,
                bytes(checkpoint, type, TensorNames.head(spec)),
                spec.tiedEmbeddings(),
                KvBlocks.TYPE.bytes(spec.layer(0).attention().cachedWidth()));
    }

    /** The same with weights as they are stored. */
    public static ModelLayout of(ModelSpec spec, Checkpoint checkpoint) {
        return of(spec, checkpoint, WeightType.STORED);
    }

    /** Numbers that training has found, as the architecture asks for them; a tied output once. */
    public static long parameters(ModelSpec spec) {
        List<TensorNames.Expected> tensors = new ArrayList<>();
        tensors.add(TensorNames.embedding(spec));
        for (int i = 0; i < spec.layerCount(); i++) {
            tensors.addAll(TensorNames.layer(spec, i));
        }
        TensorNames.head(spec).stream()
                .filter(t -> !t.name().equals(TensorNames.EMBEDDING))
                .forEach(tensors::add);
        return tensors.stream()
                .mapToLong(t ->
                        t.shape().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b))
                .sum();
    }

    /** Bytes of a stage's own tensors, of which only the files need be here. */
    public static long weightBytes(
            ModelSpec spec, Checkpoint checkpoint, WeightType type, LayerRange range) {
        boolean first = range.first() == 0;
        List<TensorNames.Expected> tensors = new ArrayList<>();
        if (first) {
            tensors.add(TensorNames.embedding(spec));
        }
        for (int i = range.first(); i < range.end(); i++) {
            tensors.addAll(TensorNames.layer(spec, i));
        }
        if (range.end() == spec.layerCount()) {
            TensorNames.head(spec).stream()
                    .filter(t -> !(first && t.name().equals(TensorNames.EMBEDDING)))
                    .forEach(tensors::add);
        }
        return bytes(checkpoint, type, tensors);
    }

    private static long bytes(
            Checkpoint checkpoint, WeightType type, List<TensorNames.Expected> tensors) {
        long sum = 0;
        for (TensorNames.Expected expected : tensors) {
            if (expected.halves().isEmpty()) {
                Tensor tensor = tensor(checkpoint, expected);
                sum += bytes(tensor, type.keeps(expected.name(), tensor));
            } else if (TensorNames.standsInHalves(expected, checkpoint::has)) {
                sum += bytes(checkpoint, type, expected.halves());
            } else {
                Tensor tensor = tensor(checkpoint, expected);
                sum += bytes(tensor, cutType(tensor.type()));
            }
        }
        return sum;
    }

    private static Tensor tensor(Checkpoint checkpoint, TensorNames.Expected expected) {
        int[] shape = expected.shape().stream().mapToInt(Integer::intValue).toArray();
        return checkpoint.tensor(expected.name()).matrix(shape);
    }

    private static long bytes(Tensor tensor, DType kept) {
        return kept == tensor.type() ? tensor.bytes() : tensor.rows() * kept.bytes(tensor.width());
    }

    /**
     * What latent attention keeps the two parts of a matrix in that is stored as {@code type}: they
     * are cut across the blocks of a type that has any.
     */
    public static DType cutType(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> type;
            case F8_E4M3, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K -> DType.F32;
        };
    }

    /** Bytes of one layer. */
    public long layerBytes(int layerIndex) {
        return layerBytes.get(layerIndex);
    }

    /**
     * Bytes of the weights that a stage holds.
     *
     * @param first the stage embeds
     * @param last the stage samples
     */
    public long weightBytes(LayerRange range, boolean first, boolean last) {
        long sum = 0;
        for (int i = range.first(); i < range.end(); i++) {
            sum += layerBytes.get(i);
        }
        if (first) {
            sum += embeddingBytes;
        }
        if (last) {
            sum += first && tiedEmbeddings ? headBytes - embeddingBytes : headBytes;
        }
        return sum;
    }

    /** Bytes of KV for so many positions, in whole blocks as the cache takes them. */
    public long kvBytes(LayerRange range, int tokens) {
        long stored = (long) KvBlocks.blocksFor(tokens) * KvBlocks.BLOCK_TOKENS;
        return stored * kvBytesPerTokenPerLayer * range.layerCount();
    }
}
