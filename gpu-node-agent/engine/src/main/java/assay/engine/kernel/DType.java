package assay.engine.kernel;

/** How an element of a tensor is stored: little endian, without padding. */
public enum DType {
    F32(Float.BYTES),
    F16(Short.BYTES),
    BF16(Short.BYTES);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }
}
