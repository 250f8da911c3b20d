package assay.engine.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import assay.engine.kernel.DType;
import assay.engine.kernel.RandomTensors;
import assay.engine.kernel.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    private long floats(int count) {
        return random.next(DType.F32, 1, count).data().address();
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 48, 512})
    void bothWidthsOfVectorsGiveTheSameBits(int width) {
        assumeTrue(Wide.COUNT == PanelKernel.LANES, "no vectors of 512 bits here");
        int group = (int) (PanelKernel.GROUP_BYTES / Float.BYTES);
        long rows = floats(group);
        long inputs = floats(group);
        float[] wide = new float[PanelKernel.SUMS];
        float[] narrow = new float[PanelKernel.SUMS];
        long bytes = width * (long) Float.BYTES;
        new Panel512().tile(rows, inputs, bytes, wide, 0);
        new Panel256().tile(rows, inputs, bytes, narrow, 0);
        assertThat(narrow).isEqualTo(wide);
        long apart = floats((int) (4 * PanelKernel.COLUMN_STRIDE_BYTES / Float.BYTES));
        new Panel512().column(apart, inputs, bytes, wide, 0);
        new Panel256().column(apart, inputs, bytes, narrow, 0);
        assertThat(narrow).isEqualTo(wide);
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
