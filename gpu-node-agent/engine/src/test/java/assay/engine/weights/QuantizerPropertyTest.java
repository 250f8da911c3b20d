package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of small integers against the values they were made of. */
class QuantizerPropertyTest {
    private static final int GROUP = 32;

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        arena.close();
    }

    private Tensor random(int rows, int width, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.allocate(arena, rows, width);
        for (int row = 0; row < rows; row++) {
            double size = Math.scalb(1.0, random.nextInt(-14, 14));
            for (int i = 0; i < width; i++) {
                tensor.set(row, i, (float) (random.nextGaussian() * size));
            }
        }
        return tensor;
    }

    private Tensor quantized(Tensor from, DType type) {
        var data = arena.allocate(from.rows() * type.bytes(from.width()));
        Quantizer.quantize(from, type, data, "test");
        return new Tensor(type, from.rows(), from.width(), data);
    }

    private static float[] row(Tensor tensor, int row) {
        float[] values = new float[tensor.width()];
        tensor.readRow(row, values);
        return values;
    }

    private static double largest(float[] values, int from) {
        double largest = 0;
        for (int i = from; i < from + GROUP; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void eightBitsAreOffByHalfAStep(long seed) {
        Tensor from = random(37, 96, seed);
        Tensor to = quantized(from, DType.Q8_0);
        for (int row = 0; row < from.rows(); row++) {
            float[] exact = row(from, row);
            float[] kept = row(to, row);
            for (int i = 0; i < exact.length; i++) {
                // Half a step of 1/127, what an f16 scale of 11 bits adds, and that no f16 is
                // closer to another than 2^-24.
                double bound =
                        largest(exact, i / GROUP * GROUP) * (0.5 / 127 + 1.0 / 2048)
                                + Math.scalb(127.0, -25);
                assertThat(Math.abs(kept[i] - exact[i])).isLessThanOrEqualTo((float) bound);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void fourBitsAreNoWorseThanPlainRounding(long seed) {
        Tensor from = random(64, 128, seed);
        Tensor to = quantized(from, DType.Q4_0);
        double error = 0;
        double plainError = 0;
        double energy = 0;
        for (int row = 0; row < from.rows(); row++) {
            float[] exact = row(from, row);
            float[] kept = row(to, row);
            for (int i = 0; i < exact.length; i++) {
                double step = largest(exact, i / GROUP * GROUP) / 7;
                double plain = Math.rint(exact[i] / step) * step;
                double scale = step * step;
                error += Math.pow(kept[i] - exact[i], 2) / scale;
                plainError += Math.pow(plain - exact[i], 2) / scale;
                energy += Math.pow(exact[i], 2) / scale;
            }
        }
        assertThat(error).isLessThan(plainError);
        assertThat(Math.sqrt(error / energy)).isLessThan(0.11);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0"})
    void zeroesStayAndWhatIsNotANumberIsRefused(DType type) {
        Tensor zeroes = Tensor.allocate(arena, 3, 64);
        assertThat(row(quantized(zeroes, type), 2)).containsOnly(0);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1e9f}) {
            Tensor broken = random(3, 64, 5);
            broken.set(1, 40, bad);
            assertThatThrownBy(() -> quantized(broken, type))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("tensor test: row 1");
        }
    }

    @Test
    void onlyWhatPaysIsMadeSmaller() {
        Tensor matrix = new Tensor(DType.BF16, 4, 64, arena.allocate(512));
        Tensor vector = matrix.rows(0, 1);
        assertThat(WeightType.INT4.keeps("model.layers.0.mlp.up_proj.weight", matrix))
                .isEqualTo(DType.Q4_0);
        assertThat(WeightType.INT8.keeps("model.layers.0.mlp.up_proj.weight", matrix))
                .isEqualTo(DType.Q8_0);
        assertThat(WeightType.INT4.keeps(TensorNames.EMBEDDING, matrix)).isEqualTo(DType.Q8_0);
        assertThat(WeightType.INT4.keeps("model.layers.0.mlp.gate.weight", matrix))
                .isEqualTo(DType.BF16);
        assertThat(WeightType.INT4.keeps("model.norm.weight", vector)).isEqualTo(DType.BF16);
        assertThat(WeightType.INT4.keeps("x.self_attn.kv_b_proj.weight", matrix))
                .isEqualTo(DType.BF16);
        Tensor odd = new Tensor(DType.BF16, 4, 48, arena.allocate(384));
        assertThat(WeightType.INT8.keeps("x.weight", odd)).isEqualTo(DType.BF16);
        Tensor small = new Tensor(DType.Q4_K, 1, 256, arena.allocate(144));
        assertThat(WeightType.INT4.keeps("x.weight", small)).isEqualTo(DType.Q4_K);
    }
}
