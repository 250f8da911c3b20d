package assay.engine.weights;

import assay.engine.kernel.DType;
import java.util.Arrays;
import java.util.Optional;

/**
 * Element types as a safetensors header names them; PyTorch's storages are given these names too.
 */
enum PlainType implements StoredType {
    BOOL(8),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    F64(64),
    I64(64),
    U64(64),
    C64(64),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6);

    private final int bits;

    PlainType(int bits) {
        this.bits = bits;
    }

    int bits() {
        return bits;
    }

    static Optional<PlainType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    @Override
    public Optional<DType> readable() {
        return switch (this) {
            case F32 -> Optional.of(DType.F32);
            case F16 -> Optional.of(DType.F16);
            case BF16 -> Optional.of(DType.BF16);
            case F8_E4M3 -> Optional.of(DType.F8_E4M3);
            case BOOL, U8, I8, F8_E5M2, F8_E8M0, I16, U16, I32, U32, F64, I64, U64, C64 ->
                    Optional.empty();
            case F4, F6_E2M3, F6_E3M2 -> Optional.empty();
        };
    }
}
