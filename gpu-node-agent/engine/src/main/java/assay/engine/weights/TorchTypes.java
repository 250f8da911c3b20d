package assay.engine.weights;

import java.util.Map;
import java.util.Optional;

/** PyTorch's storage classes and dtypes by the names that a pickle has for them. */
final class TorchTypes {
    private static final String UNTYPED = "UntypedStorage";
    private static final Map<String, PlainType> STORAGES =
            Map.ofEntries(
                    Map.entry("FloatStorage", PlainType.F32),
                    Map.entry("HalfStorage", PlainType.F16),
                    Map.entry("BFloat16Storage", PlainType.BF16),
                    Map.entry("DoubleStorage", PlainType.F64),
                    Map.entry("LongStorage", PlainType.I64),
                    Map.entry("IntStorage", PlainType.I32),
                    Map.entry("ShortStorage", PlainType.I16),
                    Map.entry("CharStorage", PlainType.I8),
                    Map.entry("ByteStorage", PlainType.U8),
                    Map.entry("BoolStorage", PlainType.BOOL));
    private static final Map<String, PlainType> DTYPES =
            Map.ofEntries(
                    Map.entry("float32", PlainType.F32),
                    Map.entry("float16", PlainType.F16),
                    Map.entry("bfloat16", PlainType.BF16),
                    Map.entry("float64", PlainType.F64),
                    Map.entry("int64", PlainType.I64),
                    Map.entry("int32", PlainType.I32),
                    Map.entry("int16", PlainType.I16),
                    Map.entry("int8", PlainType.I8),
                    Map.entry("uint8", PlainType.U8),
                    Map.entry("bool", PlainType.BOOL),
                    Map.entry("float8_e4m3fn", PlainType.F8_E4M3),
                    Map.entry("float8_e5m2", PlainType.F8_E5M2));

    private TorchTypes() {}

    static boolean isStorage(String name) {
        return STORAGES.containsKey(name) || name.equals(UNTYPED);
    }

    /** Of an untyped storage, whose length is in bytes. */
    static Optional<PlainType> ofStorage(String name) {
        return name.equals(UNTYPED)
                ? Optional.of(PlainType.U8)
                : Optional.ofNullable(STORAGES.get(name));
    }

    static Optional<PlainType> ofDtype(String name) {
        return Optional.ofNullable(DTYPES.get(name));
    }
}
