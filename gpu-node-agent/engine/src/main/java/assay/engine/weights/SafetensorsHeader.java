package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The header of one safetensors file, checked wholly: a file that passes can be sliced without
 * looking again. Source: {@code safetensors/README.md} and {@code tensor.rs} of
 * huggingface/safetensors: u64 length N, N bytes of JSON, then the data; offsets are relative to
 * the data, without holes or overlap.
 */
final class SafetensorsHeader {
    static final long HEADER_BYTES_MAX = 100_000_000;
    private static final int LENGTH_BYTES = Long.BYTES;
    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    /** A tensor's place; {@code begin} and {@code end} are relative to the data. */
    record Entry(String name, PlainType type, List<Long> shape, long begin, long end) {}

    private final String file;

    private SafetensorsHeader(String file) {
        this.file = file;
    }

    /** Reads and checks; the views share the mapping's memory. */
    static Map<String, TensorView> read(String file, MemorySegment mapping) {
        return new SafetensorsHeader(file).views(mapping);
    }

    private Map<String, TensorView> views(MemorySegment mapping) {
        if (mapping.byteSize() < LENGTH_BYTES) {
            throw invalid(
                    "%d bytes (expected: at least %d)".formatted(mapping.byteSize(), LENGTH_BYTES));
        }
        long headerBytes = mapping.get(LENGTH, 0);
        long most = Math.min(HEADER_BYTES_MAX, mapping.byteSize() - LENGTH_BYTES);
        if (headerBytes < 2 || headerBytes > most) {
            throw invalid(
                    "header of %s bytes (expected: 2..%d)"
                            .formatted(Long.toUnsignedString(headerBytes), most));
        }
        HeapBudget budget = new HeapBudget(file, mapping.byteSize());
        List<Entry> entries = entries(mapping.asSlice(LENGTH_BYTES, headerBytes), budget);
        MemorySegment data = mapping.asSlice(LENGTH_BYTES + headerBytes);
        checkCover(entries, data.byteSize());
        Map<String, TensorView> views = new LinkedHashMap<>();
        for (Entry e : entries) {
            MemorySegment bytes = data.asSlice(e.begin(), e.end() - e.begin());
            views.put(e.name(), new TensorView(e.name(), file, e.type(), e.shape(), bytes));
        }
        return views;
    }

    private List<Entry> entries(MemorySegment header, HeapBudget budget) {
        byte[] json = header.toArray(ValueLayout.JAVA_BYTE);
        budget.spendOnJson(json);
        if (json[0] != '{') {
            throw invalid("header begins with byte %d (expected: '{')".formatted(json[0]));
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "%s: header is no JSON: %s".formatted(file, e.getOriginalMessage()),
                    e);
        }
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (!field.getKey().equals("__metadata__")) {
                entries.add(entry(field.getKey(), field.getValue()));
            }
        }
        return entries;
    }

    private Entry entry(String name, JsonNode node) {
        PlainType type =
                PlainType.named(node.path("dtype").asString(""))
                        .orElseThrow(() ->
                                invalid(
                                        "tensor %s: unknown dtype %s"
                                                .formatted(name, node.path("dtype"))));
        List<Long> shape = new ArrayList<>();
        if (!node.path("shape").isArray()) {
            throw invalid(
                    "tensor %s: shape %s (expected: a list)".formatted(name, node.path("shape")));
        }
        for (JsonNode size : node.path("shape")) {
            shape.add(natural(name, "shape", size));
        }
        JsonNode offsets = node.path("data_offsets");
        if (!offsets.isArray() || offsets.size() != 2) {
            throw invalid("tensor %s: data_offsets %s (expected: two)".formatted(name, offsets));
        }
        long begin = natural(name, "data_offsets", offsets.get(0));
        long end = natural(name, "data_offsets", offsets.get(1));
        long bytes = byteCount(name, type, shape);
        if (end < begin || end - begin != bytes) {
            throw invalid(
                    "tensor %s: bytes %d..%d (expected: %d bytes for %s %s)"
                            .formatted(name, begin, end, bytes, type, shape));
        }
        return new Entry(name, type, shape, begin, end);
    }

    private long natural(String name, String field, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw invalid(
                    "tensor %s: %s holds %s (expected: a whole number)"
                            .formatted(name, field, node));
        }
        return node.longValue();
    }

    private long byteCount(String name, PlainType type, List<Long> shape) {
        try {
            long bits = type.bits();
            for (long size : shape) {
                bits = Math.multiplyExact(bits, size);
            }
            if (bits % Byte.SIZE != 0) {
                throw invalid("tensor %s: %d bits (expected: whole bytes)".formatted(name, bits));
            }
            return bits / Byte.SIZE;
        } catch (ArithmeticException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "%s: tensor %s: shape %s overflows".formatted(file, name, shape),
                    e);
        }
    }

    /**
     * In order of place, each tensor begins where the one before ended, and the last ends the file.
     */
    private void checkCover(List<Entry> entries, long dataBytes) {
        List<Entry> byPlace = new ArrayList<>(entries);
        byPlace.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long reached = 0;
        for (Entry e : byPlace) {
            if (e.begin() != reached) {
                throw invalid(
                        "tensor %s begins at %d (expected: %d, without hole or overlap)"
                                .formatted(e.name(), e.begin(), reached));
            }
            reached = e.end();
        }
        if (reached != dataBytes) {
            throw invalid(
                    "tensors end at %d (expected: %d, the end of the file)"
                            .formatted(reached, dataBytes));
        }
    }

    private EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, file + ": " + message);
    }
}
