package assay.agent.link;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.stage.v1.ElementType;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/** Rows of activations to bytes of the wire and back. Stateless. */
final class Activations {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HALF = 16;
    private static final int ROUND = 0x7fff;
    private static final int NAN_BITS = 0x7f80_0000;
    private static final int QUIET = 0x0040;

    private Activations() {}

    /**
     * A copy for the wire.
     *
     * @param hidden f32, little endian; the stage may write over it afterwards
     */
    static ByteString encode(MemorySegment hidden, ElementType type) {
        if (type == ElementType.ELEMENT_TYPE_F32) {
            return UnsafeByteOperations.unsafeWrap(hidden.toArray(ValueLayout.JAVA_BYTE));
        }
        long count = hidden.byteSize() / Float.BYTES;
        byte[] bytes = new byte[Math.toIntExact(count * Short.BYTES)];
        MemorySegment out = MemorySegment.ofArray(bytes);
        for (long i = 0; i < count; i++) {
            out.set(SHORT, i * Short.BYTES, bf16(hidden.get(INT, i * Float.BYTES)));
        }
        return UnsafeByteOperations.unsafeWrap(bytes);
    }

    /** To the nearest, ties to even; what is not a number stays none. */
    static short bf16(int bits) {
        if ((bits & 0x7fff_ffff) > NAN_BITS) {
            return (short) ((bits >>> HALF) | QUIET);
        }
        return (short) ((bits + ROUND + ((bits >>> HALF) & 1)) >>> HALF);
    }

    /**
     * What came, as f32, little endian. Not copied where it came in one piece of f32.
     *
     * @param floats that are expected
     */
    static MemorySegment decode(List<ByteString> pieces, ElementType type, long floats) {
        long width = elementBytes(type);
        long got = pieces.stream().mapToLong(ByteString::size).sum();
        if (got != floats * width) {
            throw new AgentException(
                    FaultCode.LINK_MISMATCH,
                    "activations: " + got + " bytes (expected: " + floats * width + ")");
        }
        ByteBuffer all = joined(pieces, got);
        MemorySegment bytes = MemorySegment.ofBuffer(all);
        if (type == ElementType.ELEMENT_TYPE_F32) {
            return bytes;
        }
        MemorySegment out = MemorySegment.ofArray(new byte[Math.toIntExact(floats * Float.BYTES)]);
        for (long i = 0; i < floats; i++) {
            out.set(INT, i * Float.BYTES, bytes.get(SHORT, i * Short.BYTES) << HALF);
        }
        return out;
    }

    private static ByteBuffer joined(List<ByteString> pieces, long size) {
        if (pieces.size() == 1) {
            return pieces.getFirst().asReadOnlyByteBuffer();
        }
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(size));
        pieces.forEach(piece -> piece.copyTo(all));
        return all.flip();
    }

    private static long elementBytes(ElementType type) {
        return switch (type) {
            case ELEMENT_TYPE_F32 -> Float.BYTES;
            case ELEMENT_TYPE_BF16 -> Short.BYTES;
            case ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                    throw new AgentException(
                            FaultCode.LINK_MISMATCH,
                            "element type: " + type + " (expected: F32 or BF16)");
        };
    }

    static int crc32c(ByteString bytes) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer piece : bytes.asReadOnlyByteBufferList()) {
            crc.update(piece);
        }
        return (int) crc.getValue();
    }
}
