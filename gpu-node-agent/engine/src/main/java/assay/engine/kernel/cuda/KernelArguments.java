package assay.engine.kernel.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The arguments of one launch, packed as the driver's {@code CU_LAUNCH_PARAM_BUFFER_POINTER} wants
 * them: each at a multiple of its size. Written anew for each launch, so that none allocates.
 * Confined to one thread.
 */
public final class KernelArguments {
    private static final int CAPACITY = 256;

    private final MemorySegment buffer = Arena.ofAuto().allocate(CAPACITY, Long.BYTES);
    private int size;

    /** Forgets what was written. */
    public KernelArguments clear() {
        size = 0;
        return this;
    }

    /** A device address, or a 64-bit integer. */
    public KernelArguments address(long value) {
        int at = aligned(Long.BYTES);
        buffer.set(ValueLayout.JAVA_LONG, at, value);
        size = at + Long.BYTES;
        return this;
    }

    public KernelArguments integer(int value) {
        int at = aligned(Integer.BYTES);
        buffer.set(ValueLayout.JAVA_INT, at, value);
        size = at + Integer.BYTES;
        return this;
    }

    public KernelArguments real(float value) {
        return integer(Float.floatToRawIntBits(value));
    }

    private int aligned(int bytes) {
        return (size + bytes - 1) / bytes * bytes;
    }

    /** What was written, from the start of the buffer. */
    public MemorySegment packed() {
        return buffer.asSlice(0, size);
    }
}
