package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A mapped file read from front to back. Every read is checked against the end first, so that a
 * count which a damaged file claims is refused before anything is allocated for it. Confined to one
 * thread.
 */
final class LittleEndian {
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment bytes;
    private long at;

    /**
     * Starts at the front.
     *
     * @param file for messages
     */
    LittleEndian(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    long position() {
        return at;
    }

    LittleEndian seek(long position) {
        if (position < 0 || position > bytes.byteSize()) {
            throw beyond(position);
        }
        at = position;
        return this;
    }

    /** Passes over so many bytes. */
    void skip(long count) {
        take(count);
    }

    int u8() {
        return bytes.get(ValueLayout.JAVA_BYTE, take(Byte.BYTES)) & 0xFF;
    }

    int u16() {
        return bytes.get(SHORT, take(Short.BYTES)) & 0xFFFF;
    }

    int i32() {
        return bytes.get(INT, take(Integer.BYTES));
    }

    long u32() {
        return Integer.toUnsignedLong(i32());
    }

    long i64() {
        return bytes.get(LONG, take(Long.BYTES));
    }

    double f64BigEndian() {
        return Double.longBitsToDouble(Long.reverseBytes(i64()));
    }

    /** So many bytes of UTF-8; what is malformed becomes U+FFFD. */
    String text(long byteCount) {
        long from = take(byteCount);
        byte[] utf8 = new byte[Math.toIntExact(byteCount)];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, from, utf8, 0, utf8.length);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private long take(long count) {
        if (count < 0 || count > bytes.byteSize() - at) {
            throw beyond(count < 0 ? count : at + count);
        }
        long from = at;
        at += count;
        return from;
    }

    private EngineException beyond(long end) {
        return new EngineException(
                ErrorCode.MODEL_INVALID,
                "%s: truncated: byte %s is needed (expected: within its %d bytes)"
                        .formatted(file, Long.toUnsignedString(end), bytes.byteSize()));
    }
}
