package assay.engine.kernel.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * Products of bf16 matrices by cuBLASLt, summed in f32. The algorithm is chosen once for each shape
 * and is the same from then on, so the same input gives the same bits; for another number of rows
 * it may be another. Confined to the thread of its context.
 */
public final class MatrixProduct implements AutoCloseable {
    private final GpuContext context;
    private final CublasLt library;
    private final long handle;
    private final GpuMemory workspace;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment once; // alpha 1, beta 0
    private final MemorySegment added; // alpha 1, beta 1
    private final Map<Shape, Plan> plans = new HashMap<>();
    private boolean open = true;

    /**
     * @param workspaceBytes of device memory that an algorithm may use; 32 MiB is what cuBLAS
     *     advises for compute capability 9.0
     * @throws assay.engine.EngineException BACKEND_UNAVAILABLE when the library is absent
     */
    public MatrixProduct(GpuContext context, long workspaceBytes) {
        this.context = context;
        this.library = CublasLt.load(context.driver().search());
        this.handle = library.cublasLtCreate();
        this.workspace = context.allocate(workspaceBytes);
        this.once = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 0);
        this.added = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1);
    }

    private record Plan(long description, CublasLt.Layouts layouts, MemorySegment algorithm) {}

    /**
     * A product's sizes.
     *
     * @param tokens rows of x and of the result
     * @param rows of the weight, columns of the result
     * @param width of x and of the weight
     * @param xStride elements from one row of x to the next
     * @param outStride elements from one row of the result to the next
     * @param wide the result is f32, else bf16
     */
    public record Shape(
            int tokens, int rows, int width, int xStride, int outStride, boolean wide) {}

    /**
     * {@code out = x * transpose(weight)}, or added to what {@code out} holds.
     *
     * @param stream the handle of a stream
     * @param x device address of (tokens, width) bf16
     * @param weight device address of (rows, width) bf16, dense
     * @param out device address of (tokens, rows)
     * @param add to what is there, with one rounding of the sum
     */
    public void multiply(long stream, Shape shape, long x, long weight, long out, boolean add) {
        Plan plan = plan(shape);
        library.cublasLtMatmul(
                handle,
                plan.description(),
                add ? added : once,
                weight,
                x,
                out,
                plan.layouts(),
                plan.algorithm(),
                workspace.address(),
                workspace.bytes(),
                stream);
    }

    private Plan plan(Shape shape) {
        return plans.computeIfAbsent(shape, this::choose);
    }

    /** The library is column-major: what it sees is the transpose of every matrix. */
    private Plan choose(Shape shape) {
        long description = library.cublasLtMatmulDescCreate(CublasLt.COMPUTE_32F, CublasLt.R_32F);
        library.cublasLtMatmulDescSetAttribute(description, CublasLt.DESC_TRANSA, CublasLt.OP_T);
        int outType = shape.wide() ? CublasLt.R_32F : CublasLt.R_16BF;
        var layouts =
                new CublasLt.Layouts(
                        library.cublasLtMatrixLayoutCreate(
                                CublasLt.R_16BF, shape.width(), shape.rows(), shape.width()),
                        library.cublasLtMatrixLayoutCreate(
                                CublasLt.R_16BF, shape.width(), shape.tokens(), shape.xStride()),
                        library.cublasLtMatrixLayoutCreate(
                                outType, shape.rows(), shape.tokens(), shape.outStride()));
        MemorySegment result = arena.allocate(CublasLt.RESULT_BYTES, Long.BYTES);
        library.cublasLtMatmulAlgoGetHeuristic(
                handle,
                description,
                layouts.a(),
                layouts.b(),
                layouts.c(),
                workspace.bytes(),
                result);
        return new Plan(description, layouts, result);
    }

    /** Frees all of it; the second time does nothing. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        context.makeCurrent();
        for (Plan plan : plans.values()) {
            library.cublasLtMatmulDescDestroy(plan.description());
            library.cublasLtMatrixLayoutDestroy(plan.layouts().a());
            library.cublasLtMatrixLayoutDestroy(plan.layouts().b());
            library.cublasLtMatrixLayoutDestroy(plan.layouts().c());
        }
        workspace.close();
        library.cublasLtDestroy(handle);
        arena.close();
    }
}
