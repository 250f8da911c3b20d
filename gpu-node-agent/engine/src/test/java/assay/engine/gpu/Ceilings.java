package assay.engine.gpu;

import assay.engine.kernel.DType;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.SourceLauncher;
import assay.engine.kernel.cuda.WeightKernels;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuDevice;
import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.GpuEvent;
import assay.engine.kernel.cuda.driver.GpuMemory;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import assay.engine.kernel.cuda.driver.MatrixProduct;

/**
 * What a device does at most, measured on it: the two numbers that speeds are held against.
 *
 * @param copyBytes read and written in a second by a copy within the device
 * @param matrixFlops operations in a second of a large bf16 product by cuBLASLt, on random values
 */
record Ceilings(double copyBytes, double matrixFlops) {
    private static final long COPIED_BYTES = 2L << 30;
    private static final int SIZE = 8_192;
    private static final int ROUNDS = 10;

    static Ceilings measure(GpuDriver driver, GpuDevice device, KernelCompiler compiler) {
        try (GpuContext context = GpuContext.open(driver, device)) {
            GpuStream stream = context.stream();
            return new Ceilings(copy(context, stream), matrix(context, stream, compiler));
        }
    }

    private static double copy(GpuContext context, GpuStream stream) {
        try (GpuMemory from = context.allocate(COPIED_BYTES);
                GpuMemory to = context.allocate(COPIED_BYTES)) {
            double seconds =
                    seconds(
                            context,
                            stream,
                            () -> stream.copy(from.address(), to.address(), COPIED_BYTES));
            return 2.0 * COPIED_BYTES / seconds;
        }
    }

    private static double matrix(GpuContext context, GpuStream stream, KernelCompiler compiler) {
        long bytes = 2L * SIZE * SIZE;
        var weights = new WeightKernels(new SourceLauncher(context, compiler));
        try (MatrixProduct product = new MatrixProduct(context, 32L << 20);
                GpuMemory x = context.allocate(bytes);
                GpuMemory weight = context.allocate(bytes);
                GpuMemory out = context.allocate(bytes)) {
            long handle = stream.handle();
            weights.fillRandom(handle, matrix(x), 1, 1);
            weights.fillRandom(handle, matrix(weight), 2, 1);
            var shape = new MatrixProduct.Shape(SIZE, SIZE, SIZE, SIZE, SIZE, false);
            double seconds =
                    seconds(
                            context,
                            stream,
                            () ->
                                    product.multiply(
                                            handle,
                                            shape,
                                            x.address(),
                                            weight.address(),
                                            out.address(),
                                            false));
            return 2.0 * SIZE * SIZE * SIZE / seconds;
        }
    }

    private static DeviceMatrix matrix(GpuMemory memory) {
        return new DeviceMatrix(DType.BF16, SIZE, SIZE, memory.address(), 0);
    }

    /** Of one of several in a row, after some that do not count. */
    private static double seconds(GpuContext context, GpuStream stream, Runnable work) {
        GpuEvent start = context.event(true);
        GpuEvent end = context.event(true);
        for (int i = 0; i < ROUNDS / 2; i++) {
            work.run();
        }
        stream.record(start);
        for (int i = 0; i < ROUNDS; i++) {
            work.run();
        }
        stream.record(end);
        end.await();
        return start.millisTo(end) / 1e3 / ROUNDS;
    }
}
