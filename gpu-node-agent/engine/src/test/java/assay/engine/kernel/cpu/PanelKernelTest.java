package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.PanelKernel.LANES;
import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.kernel.DType;
import assay.engine.kernel.RandomTensors;
import assay.engine.kernel.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the panels promise bit for bit: any vectors' width, any shape, and the types' definition.
 */
class PanelKernelTest {
    private final Arena arena = Arena.ofShared();
    private final RandomTensors random = new RandomTensors(arena, new Random(7));

    @AfterEach
    void close() {
        arena.close();
    }

    private float[] floats(int count) {
        float[] values = new float[count];
        random.next(DType.F32, 1, count).readRow(0, values);
        return values;
    }

    private static Stream<PanelKernel> kernels() {
        PanelKernel narrow = new Panel256();
        Stream<PanelKernel> java =
                Wide.COUNT == LANES ? Stream.of(new Panel512(), narrow) : Stream.of(narrow);
        return Stream.concat(java, PanelAvx512.open().stream());
    }

    /**
     * The lanes of the product of a row with an input, both of whole lanes, one after the other.
     */
    private static float[] lanes(float[] row, int rowAt, float[] input, int inputAt, int length) {
        float[] lanes = new float[LANES];
        for (int i = 0; i < length; i++) {
            lanes[i % LANES] = Math.fma(row[rowAt + i], input[inputAt + i], lanes[i % LANES]);
        }
        return lanes;
    }

    private static float[] at(float[] sums, int first, int apart) {
        float[] lanes = new float[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = sums[first + lane * apart];
        }
        return lanes;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyShapeAddsUpTheLanesOfAProductElementAfterElement(PanelKernel kernel) {
        for (int length : new int[] {16, 48, 512}) {
            float[] panel = floats(12 * PanelKernel.STRIDE);
            float[] tile = floats(PanelKernel.TILE * PanelKernel.STRIDE);
            float[] sums = new float[PanelKernel.TILE_SUMS];
            int row = 8 * PanelKernel.STRIDE;
            kernel.tile(panel, row, tile, 0, length, sums, 0);
            for (int i = 0; i < PanelKernel.TILE; i++) {
                for (int r = 0; r < PanelKernel.TILE; r++) {
                    int from = row + r * PanelKernel.STRIDE;
                    int product = (i * PanelKernel.TILE + r) * LANES;
                    assertThat(at(sums, product, 1))
                            .isEqualTo(lanes(panel, from, tile, i * PanelKernel.STRIDE, length));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void planesAreTheLanesOfManyProducts(PanelKernel kernel) {
        int rows = kernel.rows();
        float[] panel = floats(rows * PanelKernel.STRIDE);
        for (int abreast : new int[] {PanelKernel.ABREAST, 2 * PanelKernel.ABREAST}) {
            for (int steps : new int[] {1, 5, 32}) {
                int length = steps * LANES;
                int apart = steps * abreast + LANES;
                float[] planes = floats(3 + LANES * apart);
                float[] sums = new float[1 + rows * abreast * LANES];
                kernel.planes(panel, planes, 3, steps, abreast, sums, 1);
                float[] input = new float[length];
                for (int i = 0; i < abreast; i++) {
                    for (int k = 0; k < length; k++) {
                        input[k] = planes[3 + k % LANES * apart + k / LANES * abreast + i];
                    }
                    for (int r = 0; r < rows; r++) {
                        assertThat(at(sums, 1 + r * abreast + i, rows * abreast))
                                .isEqualTo(lanes(panel, r * PanelKernel.STRIDE, input, 0, length));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aColumnIsFourProductsWithOneInput(PanelKernel kernel) {
        for (int length : new int[] {16, 48, PanelKernel.COLUMN_CHUNK}) {
            float[] rows = floats(PanelKernel.TILE * PanelKernel.COLUMN_STRIDE);
            Tensor input = random.next(DType.F32, 1, length);
            float[] values = new float[length];
            input.readRow(0, values);
            float[] sums = new float[PanelKernel.TILE * LANES];
            kernel.column(rows, input.data().address(), length, sums, 0);
            for (int r = 0; r < PanelKernel.TILE; r++) {
                assertThat(at(sums, r * LANES, 1))
                        .isEqualTo(lanes(rows, r * PanelKernel.COLUMN_STRIDE, values, 0, length));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void aTokensProductIsTheSameBesideAnyNumberOfOthersAndByAnyKernel(DType type) {
        for (int wanted : new int[] {1, 40, 513, 1_056}) {
            int width = RandomTensors.width(type, wanted);
            Tensor all = random.next(DType.F32, 150, width);
            Tensor weight = random.next(type, 29, width);
            List<float[]> alone = new ArrayList<>();
            try (CpuBackend backend = new CpuBackend(1, new Panel256())) {
                for (int t = 0; t < all.rows(); t++) {
                    alone.add(products(backend, all.rows(t, 1), weight).getFirst());
                }
            }
            for (PanelKernel kernel : kernels().toList()) {
                try (CpuBackend backend = new CpuBackend(2, kernel)) {
                    for (int tokens : new int[] {1, 2, 5, 8, 9, 16, 17, 33, 41, 49, 150}) {
                        List<float[]> together = products(backend, all.rows(0, tokens), weight);
                        for (int t = 0; t < tokens; t++) {
                            assertThat(together.get(t))
                                    .as("%s: %d of %d", kernel.getClass(), t, tokens)
                                    .isEqualTo(alone.get(t));
                        }
                    }
                }
            }
        }
    }

    private List<float[]> products(CpuBackend backend, Tensor x, Tensor weight) {
        Tensor out = Tensor.allocate(arena, x.rows(), weight.rows());
        backend.matmul(x, List.of(weight), List.of(out));
        List<float[]> rows = new ArrayList<>();
        for (int t = 0; t < x.rows(); t++) {
            float[] values = new float[out.width()];
            out.readRow(t, values);
            rows.add(values);
        }
        return rows;
    }

    @Test
    void halfPrecisionIsExpandedExactlyByEveryKernel() {
        Tensor all = random.next(DType.F16, 128, PanelKernel.CHUNK);
        for (int i = 0; i < 1 << Short.SIZE; i++) {
            all.data().setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, (short) i);
        }
        PanelAvx512.open().ifPresent(kernel -> expandedIsAsDefined(kernel, all));
    }

    private void expandedIsAsDefined(PanelKernel kernel, Tensor tensor) {
        float[] panel = new float[kernel.rows() * PanelKernel.STRIDE];
        float[] expected = new float[tensor.width()];
        for (int first = 0; first < tensor.rows(); first += kernel.rows()) {
            int count = Math.min(kernel.rows(), tensor.rows() - first);
            kernel.expand(Expander.Source.of(tensor), first, count, 0, tensor.width(), panel);
            for (int r = 0; r < count; r++) {
                tensor.readRow(first + r, expected);
                int at = r * PanelKernel.STRIDE;
                assertThat(Arrays.copyOfRange(panel, at, at + expected.length)).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void expandedWeightsAreThoseOfTheDefinition(DType type) {
        for (int wanted : new int[] {1, 7, 33, 300, 1_100}) {
            int width = RandomTensors.width(type, wanted);
            Tensor weight = random.next(type, 131, width);
            if (type == DType.F8_E4M3) {
                weight.data().set(ValueLayout.JAVA_BYTE, 0, (byte) 0x7F);
            }
            Tensor expanded = Tensor.allocate(arena, 1, width);
            float[] expected = new float[width];
            for (int row = 0; row < weight.rows(); row++) {
                RowKernels.toFloats(weight, row, expanded.data().address());
                weight.readRow(row, expected);
                float[] actual = new float[width];
                expanded.readRow(0, actual);
                assertThat(actual).as("%s row %d of %d", type, row, width).isEqualTo(expected);
            }
        }
    }

    @Test
    void everyHalfPrecisionNumberIsExpandedExactly() {
        Tensor all = random.next(DType.F16, 1, 1 << Short.SIZE);
        for (int i = 0; i < all.width(); i++) {
            all.data().setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, (short) i);
        }
        Tensor expanded = Tensor.allocate(arena, 1, all.width());
        RowKernels.toFloats(all, 0, expanded.data().address());
        float[] expected = new float[all.width()];
        float[] actual = new float[all.width()];
        all.readRow(0, expected);
        expanded.readRow(0, actual);
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void theLibraryTakesTheBoundsChecksOut() {
        Lanes.init();
        assertThat(Integer.getInteger("jdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK")).isZero();
    }
}
