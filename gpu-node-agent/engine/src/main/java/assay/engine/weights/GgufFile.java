package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One GGUF file, version 2 or 3: metadata, and tensors under the names that the file has for them.
 * Everything is checked against the file's size before anything is allocated for it. Source: {@code
 * docs/gguf.md} of ggml-org/ggml.
 */
record GgufFile(GgufMetadata metadata, Map<String, TensorView> tensors) {
    private static final int MAGIC = 0x46554747;
    private static final int RANK_MAX = 4;
    private static final int NAME_BYTES_MAX = 64;
    private static final int ALIGNMENT = 32;
    private static final String ALIGNMENT_KEY = "general.alignment";

    /** Name length, rank, one dimension, type and offset: the least that a tensor takes. */
    private static final int INFO_BYTES_MIN = 8 + 4 + 8 + 4 + 8;

    private static final int TENSOR_HEAP_BYTES = 512;

    private record Described(
            String name, GgmlType type, List<Long> shape, long offset, long bytes) {}

    /** Reads and checks; the views share the mapping's memory. */
    static GgufFile read(String file, MemorySegment mapping) {
        return new Reader(file, mapping).read();
    }

    private record Reader(String file, MemorySegment mapping, LittleEndian in, HeapBudget budget) {
        Reader(String file, MemorySegment mapping) {
            this(
                    file,
                    mapping,
                    new LittleEndian(file, mapping),
                    new HeapBudget(file, mapping.byteSize()));
        }

        GgufFile read() {
            if (in.i32() != MAGIC) {
                throw invalid("begins otherwise than with \"GGUF\"");
            }
            int version = in.i32();
            if (version != 2 && version != 3) {
                throw new EngineException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        "%s: GGUF version %s (expected: 2 or 3, little endian)"
                                .formatted(file, Integer.toUnsignedString(version)));
            }
            long tensorCount = in.i64();
            long keyCount = in.i64();
            if (tensorCount < 0 || tensorCount > mapping.byteSize() / INFO_BYTES_MIN) {
                throw invalid(
                        "%s tensors (expected: as many as fit into %d bytes)"
                                .formatted(Long.toUnsignedString(tensorCount), mapping.byteSize()));
            }
            GgufMetadata metadata = GgufMetadata.read(file, mapping, in, keyCount, budget);
            List<Described> infos = new ArrayList<>();
            for (long i = 0; i < tensorCount; i++) {
                budget.spend(TENSOR_HEAP_BYTES);
                infos.add(info());
            }
            return new GgufFile(metadata, views(infos, alignment(metadata)));
        }

        private int alignment(GgufMetadata metadata) {
            int alignment = metadata.count(ALIGNMENT_KEY, 1, ALIGNMENT);
            if (Integer.bitCount(alignment) != 1) {
                throw metadata.wrong(ALIGNMENT_KEY, "a power of two");
            }
            return alignment;
        }

        private Described info() {
            long nameBytes = in.i64();
            if (nameBytes < 1 || nameBytes > NAME_BYTES_MAX) {
                throw invalid(
                        "tensor name of %s bytes (expected: 1..%d)"
                                .formatted(Long.toUnsignedString(nameBytes), NAME_BYTES_MAX));
            }
            String name = in.text(nameBytes);
            int rank = in.i32();
            if (rank < 1 || rank > RANK_MAX) {
                throw invalid(
                        "tensor %s: %s dimensions (expected: 1..%d)"
                                .formatted(name, Integer.toUnsignedString(rank), RANK_MAX));
            }
            List<Long> shape = new ArrayList<>(rank);
            for (int i = 0; i < rank; i++) {
                shape.addFirst(in.i64());
            }
            int number = in.i32();
            GgmlType type =
                    GgmlType.numbered(number)
                            .orElseThrow(() ->
                                    new EngineException(
                                            ErrorCode.MODEL_UNSUPPORTED,
                                            "%s: tensor %s: unknown type %s"
                                                    .formatted(
                                                            file,
                                                            name,
                                                            Integer.toUnsignedString(number))));
            return new Described(name, type, shape, in.i64(), bytes(name, type, shape));
        }

        private long bytes(String name, GgmlType type, List<Long> shape) {
            long width = shape.getLast();
            long blocks = width / type.blockElements();
            for (long size : shape) {
                if (size < 1 || size > mapping.byteSize() * type.blockElements()) {
                    throw invalid(
                            "tensor %s has shape %s (expected: within the file)"
                                    .formatted(name, shape));
                }
            }
            if (width % type.blockElements() != 0) {
                throw invalid(
                        "tensor %s has rows of %d (expected: whole blocks of %d for %s)"
                                .formatted(name, width, type.blockElements(), type));
            }
            for (long size : shape.subList(0, shape.size() - 1)) {
                if (blocks > mapping.byteSize() / size) {
                    throw invalid(
                            "tensor %s of shape %s, %s is larger than the file"
                                    .formatted(name, shape, type));
                }
                blocks *= size;
            }
            return blocks * type.blockBytes();
        }

        /** Tensors stand one behind the other, each at the next multiple of the alignment. */
        private Map<String, TensorView> views(List<Described> infos, int alignment) {
            long data = in.position() + Math.floorMod(-in.position(), (long) alignment);
            Map<String, TensorView> views = new LinkedHashMap<>();
            long expected = 0;
            for (Described info : infos) {
                if (info.offset() != expected) {
                    throw invalid(
                            "tensor %s begins at %s (expected: %d, without hole or overlap)"
                                    .formatted(
                                            info.name(),
                                            Long.toUnsignedString(info.offset()),
                                            expected));
                }
                long end = data + expected + info.bytes();
                if (end > mapping.byteSize()) {
                    throw invalid(
                            "truncated: tensor %s ends at %d (expected: within its %d bytes)"
                                    .formatted(info.name(), end, mapping.byteSize()));
                }
                MemorySegment bytes = mapping.asSlice(data + expected, info.bytes());
                TensorView view =
                        new TensorView(info.name(), file, info.type(), info.shape(), bytes);
                if (views.put(info.name(), view) != null) {
                    throw invalid("tensor %s is there twice".formatted(info.name()));
                }
                expected += info.bytes() + Math.floorMod(-info.bytes(), (long) alignment);
            }
            return views;
        }

        private EngineException invalid(String message) {
            return new EngineException(ErrorCode.MODEL_INVALID, file + ": " + message);
        }
    }
}
