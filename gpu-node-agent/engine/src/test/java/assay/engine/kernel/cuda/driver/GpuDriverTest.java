package assay.engine.kernel.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("gpu")
class GpuDriverTest {
    private static final int COUNT = 1_000;
    private static final String SOURCE =
            """
            extern "C" __global__ void scale(float *x, int count, float by, long long add) {
                asm volatile("griddepcontrol.wait;" ::: "memory");
                int i = blockIdx.x * blockDim.x + threadIdx.x;
                if (i < count) x[i] = x[i] * by + (float) add;
            }
            """;

    @TempDir Path cache;

    private GpuContext context;
    private KernelCompiler compiler;
    private GpuStream stream;
    private PinnedMemory host;
    private GpuMemory device;

    @BeforeEach
    void open() {
        GpuDriver driver = Gpus.driver();
        context = GpuContext.open(driver, driver.device("0"));
        compiler = new KernelCompiler(driver, cache);
        stream = context.stream();
        host = context.pinned(COUNT * Float.BYTES);
        device = context.allocate(COUNT * Float.BYTES);
    }

    @AfterEach
    void close() {
        if (context != null) {
            context.close();
        }
    }

    private String source() {
        boolean waits = context.device().capability() >= 90;
        return waits ? SOURCE : SOURCE.replaceAll("asm.*;", "");
    }

    private GpuKernel scale() {
        byte[] cubin = compiler.compile(source(), "scale", List.of(), context.device());
        return context.load(cubin).kernel("scale");
    }

    private void launch(GpuKernel kernel, boolean early) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(24, 8);
            arguments.set(ValueLayout.JAVA_LONG, 0, device.address());
            arguments.set(ValueLayout.JAVA_INT, 8, COUNT);
            arguments.set(ValueLayout.JAVA_FLOAT, 12, 2);
            arguments.set(ValueLayout.JAVA_LONG, 16, 3);
            kernel.launch(stream, new GpuKernel.Blocks(8, 1, 1), 128, 0, early, arguments);
        }
    }

    private void fill(float first) {
        for (int i = 0; i < COUNT; i++) {
            host.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, first + i);
        }
    }

    private float[] values() {
        return host.segment().toArray(ValueLayout.JAVA_FLOAT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKernelSeesItsArgumentsAndWhatTheOneBeforeWrote(boolean early) {
        boolean waits = early && context.device().capability() >= 90;
        GpuKernel kernel = scale();
        fill(0);
        stream.upload(host.segment(), device.address());
        launch(kernel, waits);
        launch(kernel, waits);
        stream.download(device.address(), host.segment());
        stream.await();
        assertThat(stream.idle()).isTrue();
        assertThat(values()[0]).isEqualTo(9);
        assertThat(values()[COUNT - 1]).isEqualTo(4f * (COUNT - 1) + 9);
    }

    @Test
    void aGraphTakesTheValuesOfEachLaunch() {
        GpuKernel kernel = scale();
        GpuGraph graph =
                stream.capture(() -> {
                    stream.upload(host.segment(), device.address());
                    launch(kernel, context.device().capability() >= 90);
                    stream.download(device.address(), host.segment());
                });
        for (float first : new float[] {0, 100}) {
            fill(first);
            stream.launch(graph);
            stream.await();
            assertThat(values()[1]).isEqualTo(2 * (first + 1) + 3);
        }
        graph.close();
    }

    @Test
    void machineCodeIsKeptForTheNextTime() throws IOException {
        byte[] first = compiler.compile(source(), "scale", List.of(), context.device());
        try (Stream<Path> files = Files.list(cache)) {
            assertThat(files).hasSize(1);
        }
        assertThat(compiler.compile(source(), "scale", List.of(), context.device()))
                .isEqualTo(first);
    }

    @Test
    void whatIsWrongWithASourceIsTold() {
        assertThatThrownBy(() -> compiler.compile("int x = y;", "bad", List.of(), context.device()))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("nvrtcCompileProgram")
                .hasMessageContaining("\"y\" is undefined");
        assertThatThrownBy(() ->
                        context.load(
                                        compiler.compile(
                                                source(), "scale", List.of(), context.device()))
                                .kernel("none"))
                .hasMessageContaining("none")
                .hasMessageContaining("CUDA_ERROR_NOT_FOUND");
    }

    @Test
    void memoryThatCannotBeHadIsCountedAgainstWhatIsFree() {
        long tooMuch = 2 * context.device().memoryBytes();
        assertThatThrownBy(() -> context.allocate(tooMuch))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY")
                .hasMessageContaining(Long.toString(tooMuch));
        assertThat(context.freeBytes()).isPositive();
    }

    @Test
    void anotherThreadMayGoOnWithTheContext() throws InterruptedException {
        Thread other =
                new Thread(() -> {
                    context.makeCurrent();
                    stream.fill(device.address(), 0, device.bytes());
                    stream.await();
                });
        other.start();
        other.join();
        stream.download(device.address(), host.segment());
        stream.await();
        assertThat(values()).containsOnly(0);
    }

    private static float rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF0000);
    }

    private float[] random(GpuMemory to, int count, Random random) {
        float[] values = new float[count];
        try (PinnedMemory memory = context.pinned(2L * count)) {
            for (int i = 0; i < count; i++) {
                values[i] = rounded(random.nextFloat() - 0.5f);
                int bits = Float.floatToRawIntBits(values[i]) >>> 16;
                memory.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) bits);
            }
            stream.upload(memory.segment(), to.address());
            stream.await();
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 130})
    void productsByTheLibraryAreThoseOfRowMajorMatrices(int tokens) {
        int rows = 96;
        int width = 256;
        int stride = 264;
        int outStride = 104;
        Random random = new Random(tokens);
        try (MatrixProduct product = new MatrixProduct(context, 4 << 20)) {
            GpuMemory xs = context.allocate(2L * tokens * stride);
            GpuMemory weights = context.allocate(2L * rows * width);
            GpuMemory outs = context.allocate((long) Float.BYTES * tokens * outStride);
            float[] x = random(xs, tokens * stride, random);
            float[] weight = random(weights, rows * width, random);
            stream.fill(outs.address(), 0, outs.bytes());
            var shape = new MatrixProduct.Shape(tokens, rows, width, stride, outStride, true);
            for (int round = 0; round < 2; round++) {
                product.multiply(
                        stream.handle(),
                        shape,
                        xs.address(),
                        weights.address(),
                        outs.address(),
                        round == 1);
            }
            PinnedMemory out = context.pinned(outs.bytes());
            stream.download(outs.address(), out.segment());
            stream.await();
            for (int t = 0; t < tokens; t++) {
                for (int n = 0; n < rows; n++) {
                    double sum = 0;
                    for (int k = 0; k < width; k++) {
                        sum += (double) x[t * stride + k] * weight[n * width + k];
                    }
                    assertThat(
                                    out.segment()
                                            .getAtIndex(
                                                    ValueLayout.JAVA_FLOAT,
                                                    (long) t * outStride + n))
                            .isCloseTo((float) (2 * sum), within(1e-3f));
                }
            }
        }
    }
}
