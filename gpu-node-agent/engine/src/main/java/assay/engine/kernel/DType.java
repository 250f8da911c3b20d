package assay.engine.kernel;

/**
 * How the elements of a tensor's row are stored: little endian, in blocks of {@link
 * #blockElements}, without padding. Plain types have blocks of one element. The quantised ones are
 * laid out as ggml lays them out ({@code ggml-common.h}); {@link Dequantizer} says what they mean.
 */
public enum DType {
    F32(1, 4),
    F16(1, 2),
    BF16(1, 2),
    /** One byte an element, and a scale for each 128 x 128 of them beside it. */
    F8_E4M3(1, 1),
    Q8_0(32, 34),
    Q4_0(32, 18),
    Q4_K(256, 144),
    Q5_K(256, 176),
    Q6_K(256, 210);

    private final int blockElements;
    private final int blockBytes;

    DType(int blockElements, int blockBytes) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** Elements of one block; the width of a row is a multiple of it. */
    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes of so many elements, a whole number of blocks. */
    public long bytes(long elements) {
        return elements / blockElements * blockBytes;
    }
}
