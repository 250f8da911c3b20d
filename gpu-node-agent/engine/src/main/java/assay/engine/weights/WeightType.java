package assay.engine.weights;

import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.util.List;

/**
 * How a stage keeps its weights in memory.
 *
 * <p>What is made smaller, and why the rest is not: the matrices that activations are multiplied
 * with, since they are nearly all of the bytes. Norms and biases stay as they are stored, and so do
 * router matrices: they are small, and an error there sends a token to another expert. What latent
 * attention cuts in two is cut across blocks, so it stays too. Embedding and output get eight bits
 * where the others get four: every token passes both. A matrix that is stored in so few bits
 * already is left alone, and so is one whose width is no multiple of a block.
 */
public enum WeightType {
    /** Used where it is mapped, as the files have it. */
    STORED,
    /** Groups of 32 eight-bit integers under a 16-bit scale: 8.5 bits an element. */
    INT8,
    /** Groups of 32 four-bit integers under a 16-bit scale: 4.5 bits an element. */
    INT4;

    private static final List<String> AS_STORED =
            List.of(
                    ".gate.weight",
                    "." + TensorNames.HEADS_OF_LATENT + ".weight",
                    "." + TensorNames.KEYS_OF_LATENT + ".weight",
                    "." + TensorNames.VALUES_OF_LATENT + ".weight");
    private static final String OUTPUT = "lm_head.weight";

    /** What a stage keeps a tensor in. */
    public DType keeps(String name, Tensor stored) {
        DType type = stored.type();
        if (this == STORED || stored.rows() == 1 || AS_STORED.stream().anyMatch(name::endsWith)) {
            return type;
        }
        boolean end = name.equals(TensorNames.EMBEDDING) || name.equals(OUTPUT);
        DType wanted = this == INT8 || end ? DType.Q8_0 : DType.Q4_0;
        boolean smaller = bits(wanted) < bits(type);
        return smaller && stored.width() % wanted.blockElements() == 0 ? wanted : type;
    }

    private static double bits(DType type) {
        return (double) Byte.SIZE * type.blockBytes() / type.blockElements();
    }
}
