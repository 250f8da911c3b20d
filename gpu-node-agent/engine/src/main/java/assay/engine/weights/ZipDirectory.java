package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The entries of a zip or zip64 archive as slices of its mapping; stored entries only, since a
 * deflated one cannot be mapped. Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header),
 * 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end) and 4.5.3 (zip64 extra field).
 */
final class ZipDirectory {
    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END64 = 0x06064b50;
    private static final int LOCATOR64 = 0x07064b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int ZIP64_EXTRA = 1;
    private static final long IN_ZIP64 = 0xFFFFFFFFL;
    private static final int COUNT_IN_ZIP64 = 0xFFFF;
    private static final int ENCRYPTED = 1;
    private static final int ENTRY_HEAP_BYTES = 256;

    private record Directory(long at, long bytes, long count) {}

    private record Central(String name, long bytes, long localAt) {}

    private final String file;
    private final MemorySegment mapping;
    private final HeapBudget budget;

    private ZipDirectory(String file, MemorySegment mapping, HeapBudget budget) {
        this.file = file;
        this.mapping = mapping;
        this.budget = budget;
    }

    /**
     * Reads the directory and every local header.
     *
     * @throws EngineException MODEL_INVALID when entries are damaged or overlap, MODEL_UNSUPPORTED
     *     when one is compressed or encrypted
     */
    static Map<String, MemorySegment> read(String file, MemorySegment mapping, HeapBudget budget) {
        return new ZipDirectory(file, mapping, budget).entries();
    }

    private Map<String, MemorySegment> entries() {
        Directory directory = directory();
        LittleEndian in = new LittleEndian(file, mapping).seek(directory.at());
        Map<String, MemorySegment> entries = new LinkedHashMap<>();
        TreeMap<Long, Long> covered = new TreeMap<>();
        for (long i = 0; i < directory.count(); i++) {
            budget.spend(ENTRY_HEAP_BYTES);
            Central entry = central(in);
            long begin = dataAt(entry);
            long end = begin + entry.bytes();
            if (end > directory.at()) {
                throw invalid(
                        "entry %s ends at %d (expected: before the directory at %d)"
                                .formatted(entry.name(), end, directory.at()));
            }
            Map.Entry<Long, Long> before = covered.lowerEntry(end);
            if (before != null && before.getValue() > entry.localAt()) {
                throw invalid("entry %s overlaps another".formatted(entry.name()));
            }
            covered.put(entry.localAt(), end);
            if (entries.put(entry.name(), mapping.asSlice(begin, entry.bytes())) != null) {
                throw invalid("entry %s is there twice".formatted(entry.name()));
            }
        }
        return entries;
    }

    private Directory directory() {
        long at = endAt();
        LittleEndian in = new LittleEndian(file, mapping).seek(at + 4);
        int disk = in.u16();
        in.skip(4);
        int count = in.u16();
        long bytes = in.u32();
        long begin = in.u32();
        boolean wide =
                count == COUNT_IN_ZIP64
                        || bytes == IN_ZIP64
                        || begin == IN_ZIP64
                        || disk == COUNT_IN_ZIP64;
        Directory directory =
                wide ? directory64(at - LOCATOR_BYTES) : new Directory(begin, bytes, count);
        boolean fits =
                directory.at() >= 0
                        && directory.bytes() >= 0
                        && directory.at() <= at - directory.bytes()
                        && directory.count() >= 0
                        && directory.count() <= directory.bytes() / CENTRAL_BYTES;
        if (!fits) {
            throw invalid(
                    "directory of %d entries, %d bytes at %d (expected: before its end at %d)"
                            .formatted(directory.count(), directory.bytes(), directory.at(), at));
        }
        return directory;
    }

    /** The end record stands last but for a comment of at most 65535 bytes. */
    private long endAt() {
        long size = mapping.byteSize();
        for (long at = size - END_BYTES; at >= Math.max(0, size - END_BYTES - 0xFFFF); at--) {
            if (mapping.get(LittleEndian.INT, at) == END) {
                return at;
            }
        }
        throw invalid("no zip directory (expected: a zip archive, as torch.save writes it)");
    }

    private Directory directory64(long locatorAt) {
        LittleEndian in = new LittleEndian(file, mapping).seek(locatorAt);
        require(in.i32() == LOCATOR64, "zip64 locator");
        in.skip(4);
        in.seek(in.i64());
        require(in.i32() == END64, "zip64 end of directory");
        in.skip(28);
        long count = in.i64();
        long bytes = in.i64();
        return new Directory(in.i64(), bytes, count);
    }

    private Central central(LittleEndian in) {
        require(in.i32() == CENTRAL, "entry of the directory");
        in.skip(4);
        int flags = in.u16();
        int method = in.u16();
        in.skip(8);
        long packed = in.u32();
        long bytes = in.u32();
        int nameBytes = in.u16();
        int extraBytes = in.u16();
        int commentBytes = in.u16();
        in.skip(8);
        long localAt = in.u32();
        budget.spend(2L * nameBytes);
        String name = in.text(nameBytes);
        long extraEnd = in.position() + extraBytes;
        long[] wide = {bytes, packed, localAt};
        readZip64(in, extraEnd, wide);
        in.seek(extraEnd).skip(commentBytes);
        if (method != 0 || (flags & ENCRYPTED) != 0 || wide[0] != wide[1]) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "%s: entry %s is compressed (method %d) or encrypted (expected: stored)"
                            .formatted(file, name, method));
        }
        return new Central(name, wide[0], wide[2]);
    }

    /** Replaces those of size, packed size and place that were too large for 32 bits, in order. */
    private static void readZip64(LittleEndian in, long end, long[] wide) {
        while (in.position() + 4 <= end) {
            int id = in.u16();
            int bytes = in.u16();
            long next = in.position() + bytes;
            for (int i = 0; i < wide.length && id == ZIP64_EXTRA; i++) {
                if (wide[i] == IN_ZIP64) {
                    wide[i] = in.i64();
                }
            }
            in.seek(next);
        }
    }

    /** The local header has a name and an extra field of its own, whose lengths count. */
    private long dataAt(Central entry) {
        LittleEndian in = new LittleEndian(file, mapping).seek(entry.localAt());
        require(in.i32() == LOCAL, "local header of " + entry.name());
        in.seek(entry.localAt() + LOCAL_BYTES - 4);
        int nameBytes = in.u16();
        int extraBytes = in.u16();
        in.skip(nameBytes + extraBytes);
        long at = in.position();
        in.skip(entry.bytes());
        return at;
    }

    private void require(boolean there, String what) {
        if (!there) {
            throw invalid(what + " is absent (expected: by the zip directory)");
        }
    }

    private EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, file + ": " + message);
    }
}
