package assay.engine.kernel.cuda.driver;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** NVIDIA's run-time compiler, with the names of {@code nvrtc.h}. Thread-safe. */
final class Nvrtc {
    private static final List<String> NAMES =
            List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so");
    private static final MethodHandle TEXT_OF_STATUS = textOfStatus();

    private final NativeLibrary library;
    private final NativeFunction getErrorString;

    private Nvrtc(NativeLibrary library) {
        this.library = library;
        this.getErrorString = library.function("nvrtcGetErrorString");
    }

    /**
     * @throws EngineException BACKEND_UNAVAILABLE says where it was looked for
     */
    static Nvrtc load(LibrarySearch search) {
        return new Nvrtc(search.load(NAMES));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle textOfStatus() {
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    }

    private String errorText(int status) {
        try {
            return NativeLibrary.text(
                    (long) TEXT_OF_STATUS.invokeExact(getErrorString.address(), status));
        } catch (Throwable e) {
            throw new IllegalStateException("nvrtcGetErrorString: the call could not be made", e);
        }
    }

    private void check(int status, String name) {
        if (status != 0) {
            throw new EngineException(
                    ErrorCode.DEVICE_FAILED,
                    "%s: %s (expected: success)".formatted(name, errorText(status)));
        }
    }

    /** 1300 for release 13.0. */
    int nvrtcVersion() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_INT, 2);
            check(
                    library.function("nvrtcVersion")
                            .call(out.address(), out.address() + Integer.BYTES),
                    "nvrtcVersion");
            return 100 * out.getAtIndex(ValueLayout.JAVA_INT, 0)
                    + 10 * out.getAtIndex(ValueLayout.JAVA_INT, 1);
        }
    }

    /**
     * Machine code of a program.
     *
     * @param name for the compiler's messages
     * @param options as for nvcc
     * @throws EngineException DEVICE_FAILED with the compiler's log
     */
    byte[] compile(String source, String name, List<String> options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(
                    library.function("nvrtcCreateProgram")
                            .call(
                                    out.address(),
                                    arena.allocateFrom(source).address(),
                                    arena.allocateFrom(name).address(),
                                    0,
                                    0,
                                    0),
                    "nvrtcCreateProgram");
            long program = NativeLibrary.word(out);
            try {
                MemorySegment list = arena.allocate(ValueLayout.JAVA_LONG, options.size());
                for (int i = 0; i < options.size(); i++) {
                    list.setAtIndex(
                            ValueLayout.JAVA_LONG, i, arena.allocateFrom(options.get(i)).address());
                }
                int status =
                        library.function("nvrtcCompileProgram")
                                .call(program, options.size(), list.address());
                if (status != 0) {
                    throw new EngineException(
                            ErrorCode.DEVICE_FAILED,
                            "nvrtcCompileProgram: %s for %s: %s\n%s"
                                    .formatted(
                                            errorText(status),
                                            name,
                                            options,
                                            read(arena, program, "ProgramLog")));
                }
                return bytes(arena, program, "CUBIN").toArray(ValueLayout.JAVA_BYTE);
            } finally {
                out.set(ValueLayout.JAVA_LONG, 0, program);
                check(
                        library.function("nvrtcDestroyProgram").call(out.address()),
                        "nvrtcDestroyProgram");
            }
        }
    }

    private String read(Arena arena, long program, String what) {
        return bytes(arena, program, what).getString(0);
    }

    private MemorySegment bytes(Arena arena, long program, String what) {
        MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
        String sizeName = "nvrtcGet" + what + "Size";
        check(library.function(sizeName).call(program, size.address()), sizeName);
        MemorySegment data = arena.allocate(Math.max(1, NativeLibrary.word(size)));
        String name = "nvrtcGet" + what;
        check(library.function(name).call(program, data.address()), name);
        return data;
    }
}
