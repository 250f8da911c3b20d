package assay.engine.kernel.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.kernel.DType;
import assay.engine.kernel.RandomTensors;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.cuda.driver.GpuContext;
import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.GpuMemory;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.kernel.cuda.driver.Gpus;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packed weights and the products that read them, against sums in double of what was stored. */
@Tag("gpu")
class ProductKernelsGpuTest {
    /** Each way a product takes, and odd numbers on either side of where it changes. */
    private static final int[] TOKENS = {1, 7, 13, 29, 33, 64, 65};

    private static final int ROWS = 211;
    private static final int WIDTH = 424;

    private final Random random = new Random(20);
    private final Arena arena = Arena.ofConfined();
    private GpuContext context;
    private GpuStream stream;
    private WeightKernels weights;
    private ProductKernels products;

    @BeforeEach
    void open() {
        GpuDriver driver = Gpus.driver();
        context = GpuContext.open(driver, driver.device("0"));
        stream = context.stream();
        var launcher =
                new SourceLauncher(
                        context,
                        new KernelCompiler(driver, KernelCompiler.folderOf(System.getenv())));
        weights = new WeightKernels(launcher);
        long bytes = ProductKernels.workspaceBytes();
        products =
                new ProductKernels(
                        launcher,
                        weights,
                        new RowKernels(launcher),
                        null,
                        new Workspace(context.allocate(bytes).address(), bytes));
    }

    @AfterEach
    void close() {
        arena.close();
        if (context != null) {
            context.close();
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeMultipliesAsItIsStored(DType type) {
        int width = RandomTensors.width(type, WIDTH);
        Tensor stored = new RandomTensors(arena, random).next(type, ROWS, width);
        DeviceMatrix matrix = upload(stored);
        for (int tokens : TOKENS) {
            float[] x = row(tokens * width);
            float[] out = product(x, tokens, matrix);
            assertThat(distance(out, x, tokens, stored))
                    .as("%s, %d tokens", type, tokens)
                    .isLessThan(6e-3);
        }
    }

    private DeviceMatrix upload(Tensor stored) {
        DType type = stored.type();
        GpuMemory raw = context.allocate(stored.data().byteSize());
        stream.upload(stored.data(), raw.address());
        if (DeviceMatrix.plain(type)) {
            return new DeviceMatrix(type, ROWS, stored.width(), raw.address(), 0);
        }
        long bytes = DeviceMatrix.dataBytes(type, ROWS, stored.width());
        long scaleBytes = DeviceMatrix.scaleBytes(type, ROWS, stored.width());
        GpuMemory scales = context.allocate(scaleBytes);
        if (type == DType.F8_E4M3) {
            stream.upload(stored.requireScales().data(), scales.address());
        }
        var matrix =
                new DeviceMatrix(
                        type,
                        ROWS,
                        stored.width(),
                        context.allocate(bytes).address(),
                        scales.address());
        weights.pack(stream.handle(), raw.address(), matrix);
        return matrix;
    }

    /** Values that bf16 holds exactly. */
    private float[] row(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] =
                    Float.intBitsToFloat(
                            Float.floatToRawIntBits(random.nextFloat() - 0.5f) & ~0xFFFF);
        }
        return x;
    }

    private float[] product(float[] x, int tokens, DeviceMatrix matrix) {
        MemorySegment halves = arena.allocate(2L * x.length, 16);
        for (int i = 0; i < x.length; i++) {
            short bits = (short) (Float.floatToRawIntBits(x[i]) >>> 16);
            halves.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
        }
        long outBytes = (long) Float.BYTES * tokens * ROWS;
        GpuMemory in = context.allocate(halves.byteSize());
        GpuMemory out = context.allocate(outBytes);
        stream.upload(halves, in.address());
        stream.fill(out.address(), 0xFF, outBytes);
        products.product(
                stream.handle(),
                DeviceRows.dense(in.address(), tokens, matrix.width()),
                matrix,
                ProductOutput.floats(out.address(), ROWS));
        MemorySegment back = arena.allocate(outBytes, 16);
        stream.download(out.address(), back);
        stream.await();
        in.close();
        out.close();
        return back.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Relative L2. */
    private static double distance(float[] out, float[] x, int tokens, Tensor stored) {
        double error = 0;
        double size = 0;
        float[] row = new float[stored.width()];
        for (int n = 0; n < ROWS; n++) {
            stored.readRow(n, row);
            for (int t = 0; t < tokens; t++) {
                double sum = 0;
                for (int i = 0; i < row.length; i++) {
                    sum += (double) x[t * row.length + i] * row[i];
                }
                error += Math.pow(out[t * ROWS + n] - sum, 2);
                size += sum * sum;
            }
        }
        return Math.sqrt(error / size);
    }
}
