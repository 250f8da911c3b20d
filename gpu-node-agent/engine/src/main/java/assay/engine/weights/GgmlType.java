package assay.engine.weights;

import assay.engine.kernel.DType;
import java.util.Arrays;
import java.util.Optional;

/**
 * Tensor types by the numbers that GGUF files give them, so that one which no kernel reads can be
 * refused by its name. Source: {@code include/ggml.h} and {@code src/ggml-common.h} of
 * ggml-org/ggml; the numbers left out were withdrawn from the format.
 */
public enum GgmlType implements StoredType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9, 32, 36),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36);

    private final int id;
    private final int blockElements;
    private final int blockBytes;

    GgmlType(int id, int blockElements, int blockBytes) {
        this.id = id;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The number in the file. */
    public int id() {
        return id;
    }

    /** Elements of a row that are stored together; a row is whole blocks. */
    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    @Override
    public Optional<DType> readable() {
        return Arrays.stream(DType.values())
                .filter(type -> type != DType.F8_E4M3 && type.name().equals(name()))
                .findFirst();
    }

    static Optional<GgmlType> numbered(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }
}
