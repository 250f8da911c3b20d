package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key-value pairs of a GGUF file. Values stay in the mapping until they are asked for: a
 * vocabulary is large, and a stage in the middle of a model has no use for it. Valid until the
 * checkpoint is closed. Source: {@code docs/gguf.md} of ggml-org/ggml.
 */
public final class GgufMetadata {
    private static final int KEY_BYTES_MAX = 65_535;
    private static final int KEYS_MAX = 65_536;
    private static final int VALUE_HEAP_BYTES = 192;
    private static final int DEPTH_MAX = 4;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** Bytes of each value type by its number; 0 for those that say their own length. */
    private static final int[] BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private static final List<String> TYPES =
            List.of(
                    "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64",
                    "i64", "f64");

    /** Where a value stands; {@code at} is after its type, for an array after type and count. */
    private record Value(int type, int elementType, long count, long at) {}

    private final String file;
    private final MemorySegment mapping;
    private final Map<String, Value> values = new LinkedHashMap<>();

    private GgufMetadata(String file, MemorySegment mapping) {
        this.file = file;
        this.mapping = mapping;
    }

    /** Reads {@code count} pairs from where {@code in} stands, checking each to its end. */
    static GgufMetadata read(
            String file, MemorySegment mapping, LittleEndian in, long count, HeapBudget budget) {
        GgufMetadata metadata = new GgufMetadata(file, mapping);
        if (count < 0 || count > KEYS_MAX) {
            throw metadata.invalid(
                    "%s keys (expected: at most %d)"
                            .formatted(Long.toUnsignedString(count), KEYS_MAX));
        }
        for (long i = 0; i < count; i++) {
            long length = in.i64();
            if (length < 0 || length > KEY_BYTES_MAX) {
                throw metadata.invalid(
                        "key %d of %s bytes (expected: at most %d)"
                                .formatted(i, Long.toUnsignedString(length), KEY_BYTES_MAX));
            }
            budget.spend(VALUE_HEAP_BYTES + 2 * length);
            String key = in.text(length);
            if (metadata.values.put(key, metadata.value(key, in)) != null) {
                throw metadata.invalid("key %s is there twice".formatted(key));
            }
        }
        return metadata;
    }

    private Value value(String key, LittleEndian in) {
        int type = type(key, in);
        if (type != ARRAY) {
            Value value = new Value(type, type, 1, in.position());
            skip(key, type, 1, in);
            return value;
        }
        int elementType = type(key, in);
        long count = in.i64();
        Value value = new Value(ARRAY, elementType, count, in.position());
        skipArray(key, elementType, count, in, 1);
        return value;
    }

    private int type(String key, LittleEndian in) {
        int type = in.i32();
        if (type < 0 || type >= BYTES.length) {
            throw invalid("key %s: value type %d (expected: 0..12)".formatted(key, type));
        }
        return type;
    }

    private void skipArray(String key, int type, long count, LittleEndian in, int depth) {
        if (count < 0) {
            throw invalid("key %s: %s elements".formatted(key, Long.toUnsignedString(count)));
        }
        if (type != ARRAY) {
            skip(key, type, count, in);
            return;
        }
        if (depth > DEPTH_MAX) {
            throw invalid("key %s: arrays nested above %d".formatted(key, DEPTH_MAX));
        }
        for (long i = 0; i < count; i++) {
            skipArray(key, type(key, in), in.i64(), in, depth + 1);
        }
    }

    private void skip(String key, int type, long count, LittleEndian in) {
        if (BYTES[type] == 0) {
            for (long i = 0; i < count; i++) {
                in.skip(in.i64());
            }
        } else if (count > mapping.byteSize() / BYTES[type]) {
            throw invalid("key %s: %d elements (expected: within the file)".formatted(key, count));
        } else {
            in.skip(count * BYTES[type]);
        }
    }

    /** The name of the file, for messages. */
    public String file() {
        return file;
    }

    public Set<String> keys() {
        return java.util.Collections.unmodifiableSet(values.keySet());
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public String text(String key) {
        Value value = require(key, "a string");
        if (value.type() != STRING) {
            throw wrong(key, "a string");
        }
        return textAt(new LittleEndian(file, mapping).seek(value.at()));
    }

    public String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    public boolean flag(String key, boolean otherwise) {
        Value value = values.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value.type() != BOOL) {
            throw wrong(key, "a bool");
        }
        return mapping.get(ValueLayout.JAVA_BYTE, value.at()) != 0;
    }

    /** A whole number that fits an int and is at least {@code least}. */
    public int count(String key, int least) {
        long number = whole(key);
        if (number < least || number > Integer.MAX_VALUE) {
            throw wrong(key, "a whole number, at least " + least);
        }
        return (int) number;
    }

    public int count(String key, int least, int otherwise) {
        return has(key) ? count(key, least) : otherwise;
    }

    private long whole(String key) {
        Value value = require(key, "a whole number");
        LittleEndian in = new LittleEndian(file, mapping).seek(value.at());
        return switch (value.type()) {
            case 0 -> in.u8();
            case 1 -> (byte) in.u8();
            case 2 -> in.u16();
            case 3 -> (short) in.u16();
            case 4 -> in.u32();
            case 5 -> in.i32();
            case 10, 11 -> in.i64();
            default -> throw wrong(key, "a whole number");
        };
    }

    /** A finite number. */
    public double number(String key) {
        Value value = require(key, "a number");
        LittleEndian in = new LittleEndian(file, mapping).seek(value.at());
        double number =
                switch (value.type()) {
                    case 6 -> Float.intBitsToFloat(in.i32());
                    case 12 -> Double.longBitsToDouble(in.i64());
                    default -> whole(key);
                };
        if (!Double.isFinite(number)) {
            throw wrong(key, "a finite number");
        }
        return number;
    }

    public double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    /** The strings of an array, read now. */
    public List<String> texts(String key) {
        Value value = array(key, STRING, "an array of strings");
        LittleEndian in = new LittleEndian(file, mapping).seek(value.at());
        List<String> texts = new ArrayList<>();
        for (long i = 0; i < value.count(); i++) {
            texts.add(textAt(in));
        }
        return texts;
    }

    /** The numbers of an array of i32 or u32, read now. */
    public int[] ints(String key) {
        Value value = require(key, "an array of i32");
        if (value.type() != ARRAY || (value.elementType() != 5 && value.elementType() != 4)) {
            throw wrong(key, "an array of i32");
        }
        return mapping.asSlice(value.at(), value.count() * Integer.BYTES).toArray(LittleEndian.INT);
    }

    /** The numbers of an array of f32, read now. */
    public float[] floats(String key) {
        Value value = array(key, 6, "an array of f32");
        return mapping.asSlice(value.at(), value.count() * Float.BYTES)
                .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private Value array(String key, int elementType, String expected) {
        Value value = require(key, expected);
        if (value.type() != ARRAY || value.elementType() != elementType) {
            throw wrong(key, expected);
        }
        return value;
    }

    private static String textAt(LittleEndian in) {
        return in.text(in.i64());
    }

    private Value require(String key, String expected) {
        Value value = values.get(key);
        if (value == null) {
            throw wrong(key, expected);
        }
        return value;
    }

    EngineException wrong(String key, String expected) {
        return invalid("%s is %s (expected: %s)".formatted(key, shown(key), expected));
    }

    EngineException unsupported(String key) {
        return new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "%s: %s is %s, which this engine does not compute"
                        .formatted(file, key, shown(key)));
    }

    /**
     * @param expected what would be computed
     */
    EngineException unsupported(String key, String expected) {
        return new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "%s: %s is %s (expected: %s)".formatted(file, key, shown(key), expected));
    }

    private String shown(String key) {
        @Nullable Value value = values.get(key);
        if (value == null) {
            return "absent";
        }
        return switch (value.type()) {
            case STRING -> {
                String text = text(key);
                yield "\"" + text.substring(0, Math.min(80, text.length())) + "\"";
            }
            case ARRAY -> "%d x %s".formatted(value.count(), TYPES.get(value.elementType()));
            case BOOL -> String.valueOf(flag(key, false));
            case 6, 12 -> {
                LittleEndian in = new LittleEndian(file, mapping).seek(value.at());
                yield value.type() == 6
                        ? String.valueOf(Float.intBitsToFloat(in.i32()))
                        : String.valueOf(Double.longBitsToDouble(in.i64()));
            }
            default -> String.valueOf(whole(key));
        };
    }

    private EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, file + ": " + message);
    }
}
