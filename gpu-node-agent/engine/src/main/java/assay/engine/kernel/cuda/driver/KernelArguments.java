package assay.engine.kernel.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The arguments of one launch after the other, in the order of the kernel's parameters. A fixed
 * array of pointers, each to a slot of its own, so that a launch writes values and allocates
 * nothing; the driver copies them before it returns. The types must be those of the kernel: neither
 * side can check them. Confined to one thread.
 */
public final class KernelArguments {
    private static final int COUNT_MAX = 32;
    private static final int SLOT_BYTES = 8;

    private final MemorySegment slots;
    private final MemorySegment pointers;
    private int count;

    /** Lives as long as the arena. */
    public KernelArguments(Arena arena) {
        slots = arena.allocate((long) COUNT_MAX * SLOT_BYTES, SLOT_BYTES);
        pointers = arena.allocate((long) COUNT_MAX * SLOT_BYTES, SLOT_BYTES);
        for (int i = 0; i < COUNT_MAX; i++) {
            pointers.setAtIndex(ValueLayout.JAVA_LONG, i, slots.address() + (long) i * SLOT_BYTES);
        }
    }

    /** Begins the arguments of the next launch. */
    public KernelArguments begin() {
        count = 0;
        return this;
    }

    /** A pointer, or another 64-bit integer. */
    public KernelArguments add(long value) {
        slots.setAtIndex(ValueLayout.JAVA_LONG, next(), value);
        return this;
    }

    /** An {@code int} or {@code unsigned}. */
    public KernelArguments add(int value) {
        slots.set(ValueLayout.JAVA_INT, (long) next() * SLOT_BYTES, value);
        return this;
    }

    /** A {@code float}. */
    public KernelArguments add(float value) {
        slots.set(ValueLayout.JAVA_FLOAT, (long) next() * SLOT_BYTES, value);
        return this;
    }

    /** How many there are since {@link #begin}. */
    public int count() {
        return count;
    }

    private int next() {
        if (count == COUNT_MAX) {
            throw new IllegalStateException(
                    "kernel arguments: more than " + COUNT_MAX + " (expected: at most that)");
        }
        return count++;
    }

    /** Of the array of pointers. */
    long address() {
        return pointers.address();
    }

    /** The bytes that a kernel finds in the place of an argument. */
    MemorySegment slot(int index) {
        return slots.asSlice((long) index * SLOT_BYTES, SLOT_BYTES);
    }
}
