package assay.engine.kernel.cpu.x86;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.function.Function;

/**
 * Functions of machine code on Linux: in memory that is first written and then, no longer writable,
 * executed; it is kept for as long as the process runs.
 */
final class MachineCode {
    private static final long BYTES = 1 << 16;
    private static final int ALIGNMENT = 64;

    // From sys/mman.h.
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final long MAP_FAILED = -1;

    private static final Linker LINKER = Linker.nativeLinker();

    private final MemorySegment memory;
    private long used;

    private MachineCode(MemorySegment memory) {
        this.memory = memory;
    }

    /**
     * Memory for code, which is executable when the maker has written to it.
     *
     * @return empty where the system refuses it
     */
    @SuppressWarnings("restricted")
    static <T> Optional<T> map(Function<MachineCode, T> maker) {
        long address = map();
        if (address == MAP_FAILED) {
            return Optional.empty();
        }
        T made = maker.apply(new MachineCode(MemorySegment.ofAddress(address).reinterpret(BYTES)));
        return protect(address) ? Optional.of(made) : Optional.empty();
    }

    /**
     * A function. It may be given arrays, and keeps the garbage collector from work while it runs,
     * so it must be short.
     */
    @SuppressWarnings("restricted")
    MethodHandle function(byte[] code, FunctionDescriptor type) {
        MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, used, code.length);
        MemorySegment start = memory.asSlice(used);
        used += Math.ceilDiv(code.length, ALIGNMENT) * (long) ALIGNMENT;
        return LINKER.downcallHandle(start, type, Linker.Option.critical(true));
    }

    /** Constants beside the functions. */
    long constants(byte[] bytes) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, used, bytes.length);
        long address = memory.address() + used;
        used += Math.ceilDiv(bytes.length, ALIGNMENT) * (long) ALIGNMENT;
        return address;
    }

    private static long map() {
        MethodHandle mmap =
                system(
                        "mmap",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG));
        try {
            return (long)
                    mmap.invokeExact(
                            0L, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static boolean protect(long address) {
        MethodHandle mprotect =
                system(
                        "mprotect",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));
        try {
            return (int) mprotect.invokeExact(address, BYTES, PROT_READ | PROT_EXEC) == 0;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("restricted")
    static MethodHandle system(String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().find(name).orElseThrow(), type, options);
    }
}
