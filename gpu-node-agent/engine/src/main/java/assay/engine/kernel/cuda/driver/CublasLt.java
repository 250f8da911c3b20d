package assay.engine.kernel.cuda.driver;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * NVIDIA's matrix products, with the names and numbers of {@code cublasLt.h}. Each call is checked.
 * Thread-safe as the library is.
 */
final class CublasLt {
    /** Of enum cudaDataType. */
    static final int R_32F = 0;

    static final int R_16BF = 14;

    /** Of enum cublasComputeType_t. */
    static final int COMPUTE_32F = 68;

    /** Of enum cublasLtMatmulDescAttributes_t. */
    static final int DESC_TRANSA = 3;

    /** Of enum cublasOperation_t. */
    static final int OP_T = 1;

    /** Of enum cublasLtMatmulPreferenceAttributes_t. */
    static final int PREF_MAX_WORKSPACE_BYTES = 1;

    /** cublasLtMatmulHeuristicResult_t: 64 of the algorithm, its workspace, a status, and more. */
    static final int RESULT_BYTES = 96;

    static final int RESULT_STATUS = 72;

    private static final List<String> NAMES =
            List.of("libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11");

    private final NativeLibrary library;
    private final NativeFunction matmul;

    private CublasLt(NativeLibrary library) {
        this.library = library;
        this.matmul = library.function("cublasLtMatmul");
    }

    /**
     * @throws EngineException BACKEND_UNAVAILABLE says where it was looked for
     */
    static CublasLt load(LibrarySearch search) {
        return new CublasLt(search.load(NAMES));
    }

    private static void check(int status, String name) {
        if (status != 0) {
            throw new EngineException(
                    ErrorCode.DEVICE_FAILED,
                    "%s: status %d (expected: 0, success)".formatted(name, status));
        }
    }

    long cublasLtCreate() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(library.function("cublasLtCreate").call(out.address()), "cublasLtCreate");
            return NativeLibrary.word(out);
        }
    }

    void cublasLtDestroy(long handle) {
        check(library.function("cublasLtDestroy").call(handle), "cublasLtDestroy");
    }

    long cublasLtMatmulDescCreate(int computeType, int scaleType) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(
                    library.function("cublasLtMatmulDescCreate")
                            .call(out.address(), computeType, scaleType),
                    "cublasLtMatmulDescCreate");
            return NativeLibrary.word(out);
        }
    }

    void cublasLtMatmulDescSetAttribute(long description, int attribute, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_INT, value);
            check(
                    library.function("cublasLtMatmulDescSetAttribute")
                            .call(description, attribute, in.address(), Integer.BYTES),
                    "cublasLtMatmulDescSetAttribute");
        }
    }

    void cublasLtMatmulDescDestroy(long description) {
        check(
                library.function("cublasLtMatmulDescDestroy").call(description),
                "cublasLtMatmulDescDestroy");
    }

    /** A column-major matrix. */
    long cublasLtMatrixLayoutCreate(int type, long rows, long columns, long leadingDimension) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(
                    library.function("cublasLtMatrixLayoutCreate")
                            .call(out.address(), type, rows, columns, leadingDimension),
                    "cublasLtMatrixLayoutCreate");
            return NativeLibrary.word(out);
        }
    }

    void cublasLtMatrixLayoutDestroy(long layout) {
        check(
                library.function("cublasLtMatrixLayoutDestroy").call(layout),
                "cublasLtMatrixLayoutDestroy");
    }

    /**
     * The algorithm that the library holds fastest.
     *
     * @param result RESULT_BYTES of it
     */
    void cublasLtMatmulAlgoGetHeuristic(
            long handle,
            long description,
            long a,
            long b,
            long c,
            long workspaceBytes,
            MemorySegment result) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(
                    library.function("cublasLtMatmulPreferenceCreate").call(out.address()),
                    "cublasLtMatmulPreferenceCreate");
            long preference = NativeLibrary.word(out);
            try {
                out.set(ValueLayout.JAVA_LONG, 0, workspaceBytes);
                check(
                        library.function("cublasLtMatmulPreferenceSetAttribute")
                                .call(
                                        preference,
                                        PREF_MAX_WORKSPACE_BYTES,
                                        out.address(),
                                        Long.BYTES),
                        "cublasLtMatmulPreferenceSetAttribute");
                MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
                String name = "cublasLtMatmulAlgoGetHeuristic";
                check(
                        library.function(name)
                                .call(
                                        handle,
                                        description,
                                        a,
                                        b,
                                        c,
                                        c,
                                        preference,
                                        1,
                                        result.address(),
                                        count.address()),
                        name);
                if (count.get(ValueLayout.JAVA_INT, 0) < 1) {
                    throw new EngineException(
                            ErrorCode.DEVICE_FAILED, name + ": no algorithm (expected: one)");
                }
                check(result.get(ValueLayout.JAVA_INT, RESULT_STATUS), name);
            } finally {
                library.function("cublasLtMatmulPreferenceDestroy").call(preference);
            }
        }
    }

    /**
     * {@code C = alpha * op(A) * B + beta * C}.
     *
     * @param scalars two floats: alpha, beta
     * @param layouts of A, B and C
     */
    void cublasLtMatmul(
            long handle,
            long description,
            MemorySegment scalars,
            long a,
            long b,
            long c,
            Layouts layouts,
            MemorySegment algorithm,
            long workspace,
            long workspaceBytes,
            long stream) {
        check(
                matmul.call(
                        handle,
                        description,
                        scalars.address(),
                        a,
                        layouts.a(),
                        b,
                        layouts.b(),
                        scalars.address() + Float.BYTES,
                        c,
                        layouts.c(),
                        c,
                        layouts.c(),
                        algorithm.address(),
                        workspace,
                        workspaceBytes,
                        stream),
                "cublasLtMatmul");
    }

    /** Handles of matrix layouts. */
    record Layouts(long a, long b, long c) {}
}
