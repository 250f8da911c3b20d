package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The state dict in a file of torch.save: a zip of a pickle, {@code data.pkl}, and one stored entry
 * for each storage. Tied tensors share one. A tensor that is not row-major and dense is refused
 * when it is asked for, not before. Source: {@code torch/serialization.py}.
 */
final class PyTorchFile {
    private static final String PICKLE = "data.pkl";
    private static final int ENTRY_HEAP_BYTES = 384;
    private static final List<String> NESTED = List.of("state_dict", "model_state_dict", "model");

    private final String file;
    private final MemorySegment mapping;
    private final HeapBudget budget;

    private PyTorchFile(String file, MemorySegment mapping) {
        this.file = file;
        this.mapping = mapping;
        this.budget = new HeapBudget(file, mapping.byteSize());
    }

    /** Reads and checks; the views share the mapping's memory. */
    static Map<String, Supplier<TensorView>> read(String file, MemorySegment mapping) {
        return new PyTorchFile(file, mapping).tensors();
    }

    private Map<String, Supplier<TensorView>> tensors() {
        refuseLegacy();
        Map<String, MemorySegment> entries = ZipDirectory.read(file, mapping, budget);
        String root =
                entries.keySet().stream()
                        .filter(name -> name.equals(PICKLE) || name.endsWith("/" + PICKLE))
                        .map(name -> name.substring(0, name.length() - PICKLE.length()))
                        .findFirst()
                        .orElseThrow(() -> invalid("no data.pkl (expected: one, by torch.save)"));
        MemorySegment order = entries.get(root + "byteorder");
        if (order != null && !text(order).equals("little")) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "%s: byteorder %s (expected: little)".formatted(file, text(order)));
        }
        MemorySegment pickle = java.util.Objects.requireNonNull(entries.get(root + PICKLE));
        Map<String, Supplier<TensorView>> tensors = new LinkedHashMap<>();
        stateDict(WeightsPickle.read(file, pickle, budget))
                .forEach((key, value) -> {
                    if (key instanceof String name && value instanceof WeightsPickle.Array array) {
                        budget.spend(ENTRY_HEAP_BYTES);
                        tensors.put(name, tensor(name, array, entries, root));
                    }
                });
        if (tensors.isEmpty()) {
            throw invalid("no tensors (expected: a state dict)");
        }
        return tensors;
    }

    private static String text(MemorySegment entry) {
        byte[] bytes =
                entry.asSlice(0, Math.min(entry.byteSize(), 16)).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private void refuseLegacy() {
        boolean pickled =
                mapping.byteSize() > 0 && mapping.get(ValueLayout.JAVA_BYTE, 0) == (byte) 0x80;
        boolean tar =
                mapping.byteSize() > 262
                        && mapping.get(ValueLayout.JAVA_BYTE, 257) == 'u'
                        && mapping.get(ValueLayout.JAVA_BYTE, 258) == 's';
        if (pickled || tar) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "%s: legacy %s of torch.save (expected: its zip format, default since 1.6)"
                            .formatted(file, pickled ? "pickle" : "tar"));
        }
    }

    /** The outermost dict, or the one that training scripts put inside under a usual name. */
    private Map<?, ?> stateDict(Object root) {
        if (!(root instanceof Map<?, ?> dict)) {
            throw invalid("holds no dict (expected: a state dict)");
        }
        for (String name : NESTED) {
            if (dict.get(name) instanceof Map<?, ?> inner) {
                return inner;
            }
        }
        return dict;
    }

    private Supplier<TensorView> tensor(
            String name,
            WeightsPickle.Array array,
            Map<String, MemorySegment> entries,
            String root) {
        PlainType type = type(name, array.type());
        MemorySegment storage = storage(name, array.storage(), entries, root);
        long elements = extent(name, array);
        long bytes = type.bits() / Byte.SIZE;
        long begin = times(name, array.offset(), bytes);
        long end = Math.addExact(begin, times(name, elements, bytes));
        if (begin < 0 || end > storage.byteSize()) {
            throw invalid(
                    "tensor %s takes bytes %d..%d of storage %s (expected: within its %d)"
                            .formatted(
                                    name, begin, end, array.storage().key(), storage.byteSize()));
        }
        if (!dense(array)) {
            return () -> {
                throw new EngineException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        "%s: tensor %s of shape %s has strides %s (expected: row-major and dense)"
                                .formatted(file, name, array.shape(), array.strides()));
            };
        }
        TensorView view =
                new TensorView(
                        name, file, type, array.shape(), storage.asSlice(begin, end - begin));
        return () -> view;
    }

    private PlainType type(String name, WeightsPickle.Global global) {
        return (TorchTypes.isStorage(global.name())
                        ? TorchTypes.ofStorage(global.name())
                        : TorchTypes.ofDtype(global.name()))
                .orElseThrow(() -> invalid("tensor %s: type %s".formatted(name, global)));
    }

    private MemorySegment storage(
            String name,
            WeightsPickle.Storage storage,
            Map<String, MemorySegment> entries,
            String root) {
        MemorySegment data = entries.get(root + "data/" + storage.key());
        if (data == null) {
            throw invalid(
                    "tensor %s: storage %s is absent (expected: entry %sdata/%s)"
                            .formatted(name, storage.key(), root, storage.key()));
        }
        long bytes = times(name, storage.elements(), type(name, storage.type()).bits() / Byte.SIZE);
        if (data.byteSize() != bytes) {
            throw invalid(
                    "tensor %s: storage %s has %d bytes (expected: %d)"
                            .formatted(name, storage.key(), data.byteSize(), bytes));
        }
        return data;
    }

    /** Elements from the first to the last that the tensor touches. */
    private long extent(String name, WeightsPickle.Array array) {
        long last = 0;
        for (int i = 0; i < array.shape().size(); i++) {
            if (array.shape().get(i) == 0) {
                return 0;
            }
            long reach = times(name, array.shape().get(i) - 1, array.strides().get(i));
            last = Math.addExact(last, reach);
        }
        return last + 1;
    }

    private static boolean dense(WeightsPickle.Array array) {
        long stride = 1;
        for (int i = array.shape().size() - 1; i >= 0; i--) {
            long size = array.shape().get(i);
            if (size == 0) {
                return true;
            }
            if (size != 1 && array.strides().get(i) != stride) {
                return false;
            }
            stride *= size;
        }
        return true;
    }

    /** Sizes above any file are as good as overflow, and sums of a few of them do not. */
    private long times(String name, long a, long b) {
        long high = Math.multiplyHigh(a, b);
        long product = a * b;
        if (high != 0 || product < 0 || product > 1L << 55) {
            throw invalid("tensor %s: size %d x %d overflows".formatted(name, a, b));
        }
        return product;
    }

    private EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, file + ": " + message);
    }
}
