package assay.engine.kernel.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.kernel.DType;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What launches are made of, where there is no GPU: sizes of planes, parts, packed arguments. */
class DeviceMatrixTest {
    @ParameterizedTest
    @EnumSource(DType.class)
    void planesAreAsLargeAsTheStoredBlocksWhereNothingIsPadded(DType type) {
        long stored = 3 * type.bytes(512);
        long planes = DeviceMatrix.dataBytes(type, 3, 512) + DeviceMatrix.scaleBytes(type, 3, 512);
        // Two parts of a factor that ggml keeps in six or eight bits take sixteen.
        assertThat(planes).as(type.name()).isBetween(stored, stored * 5 / 4);
    }

    @Test
    void rowsOfFloat8BeginWhereAScaleDoes() {
        DeviceMatrix matrix = new DeviceMatrix(DType.F8_E4M3, 300, 200, 1 << 20, 1 << 24);
        DeviceMatrix slice = matrix.slice(128, 172);
        assertThat(slice.data() - matrix.data()).isEqualTo(128 * 256);
        assertThat(slice.scales() - matrix.scales()).isEqualTo(2 * Float.BYTES);
        assertThatThrownBy(() -> matrix.slice(64, 100)).isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> matrix.slice(256, 45)).isInstanceOf(EngineException.class);
    }

    @Test
    void argumentsStandAtMultiplesOfTheirSizes() {
        var arguments = new KernelArguments();
        var packed = arguments.integer(1).address(2).real(1).integer(3).address(4).packed();
        assertThat(packed.byteSize()).isEqualTo(32);
        assertThat(packed.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(2);
        assertThat(packed.get(ValueLayout.JAVA_FLOAT, 16)).isEqualTo(1);
        assertThat(packed.get(ValueLayout.JAVA_LONG, 24)).isEqualTo(4);
        assertThat(arguments.clear().packed().byteSize()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 100, 4_096, 14_336, 28_672})
    void partsCoverTheWidthAndNoneIsEmpty(int width) {
        for (DType type : new DType[] {DType.BF16, DType.Q8_0, DType.Q4_0}) {
            DeviceMatrix matrix = new DeviceMatrix(type, 4_096, width, 16, plane(type));
            ProductParts parts = ProductParts.of(matrix, 1, 64, 132);
            int slabWidth = type == DType.BF16 ? 32 : type == DType.Q8_0 ? 64 : 128;
            int part = parts.slabs() * slabWidth;
            assertThat((long) parts.count() * part).isGreaterThanOrEqualTo(width);
            assertThat((long) (parts.count() - 1) * part).isLessThan(width);
            assertThat(parts.rowBlocks()).isEqualTo(16);
        }
    }

    private static long plane(DType type) {
        return DeviceMatrix.plain(type) ? 0 : 16;
    }
}
