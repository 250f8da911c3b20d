package assay.engine.kernel.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@code cuLaunchKernelEx} is told of a launch, in memory that is allocated once and written
 * anew for each: a CUlaunchConfig with one attribute, and the list that says where the packed
 * arguments are. Confined to the thread of its context.
 */
final class LaunchConfig {
    /** CUlaunchConfig: seven ints, padding, the stream, the attributes, their number. */
    static final int CONFIG_BYTES = 56;

    static final int CONFIG_STREAM = 32;
    static final int CONFIG_ATTRIBUTES = 40;
    static final int CONFIG_ATTRIBUTE_COUNT = 48;

    /** CUlaunchAttribute: an enum, padding to 8, a union of 64 bytes. */
    static final int ATTRIBUTE_BYTES = 72;

    private static final int ATTRIBUTE_VALUE = 8;
    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    /** Of the list of extras: a buffer, its size, the end. */
    private static final long EXTRA_END = 0;

    private static final long EXTRA_BUFFER = 1;
    private static final long EXTRA_SIZE = 2;

    private final MemorySegment config;
    private final MemorySegment extra;
    private final MemorySegment size;

    LaunchConfig() {
        Arena arena = Arena.ofAuto();
        config = arena.allocate(CONFIG_BYTES + ATTRIBUTE_BYTES, Long.BYTES);
        config.set(ValueLayout.JAVA_LONG, CONFIG_ATTRIBUTES, config.address() + CONFIG_BYTES);
        config.set(ValueLayout.JAVA_INT, CONFIG_BYTES, PROGRAMMATIC_STREAM_SERIALIZATION);
        config.set(ValueLayout.JAVA_INT, CONFIG_BYTES + ATTRIBUTE_VALUE, 1);
        size = arena.allocate(ValueLayout.JAVA_LONG);
        extra =
                arena.allocateFrom(
                        ValueLayout.JAVA_LONG,
                        EXTRA_BUFFER,
                        0,
                        EXTRA_SIZE,
                        size.address(),
                        EXTRA_END);
    }

    void write(
            long stream,
            GpuKernel.Blocks blocks,
            int threads,
            int sharedBytes,
            boolean early,
            MemorySegment arguments) {
        config.setAtIndex(ValueLayout.JAVA_INT, 0, blocks.x());
        config.setAtIndex(ValueLayout.JAVA_INT, 1, blocks.y());
        config.setAtIndex(ValueLayout.JAVA_INT, 2, blocks.z());
        config.setAtIndex(ValueLayout.JAVA_INT, 3, threads);
        config.setAtIndex(ValueLayout.JAVA_INT, 4, 1);
        config.setAtIndex(ValueLayout.JAVA_INT, 5, 1);
        config.setAtIndex(ValueLayout.JAVA_INT, 6, sharedBytes);
        config.set(ValueLayout.JAVA_LONG, CONFIG_STREAM, stream);
        config.set(ValueLayout.JAVA_INT, CONFIG_ATTRIBUTE_COUNT, early ? 1 : 0);
        extra.setAtIndex(ValueLayout.JAVA_LONG, 1, arguments.address());
        size.set(ValueLayout.JAVA_LONG, 0, arguments.byteSize());
    }

    long address() {
        return config.address();
    }

    long extraAddress() {
        return extra.address();
    }

    /** The bytes of the structure, for tests. */
    MemorySegment config() {
        return config;
    }
}
