package assay.engine.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import assay.engine.kernel.DType;
import assay.engine.kernel.RandomTensors;
import assay.engine.kernel.ScalarBackend;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.cpu.x86.Amx;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products on tiles, on processors that have them, against their definition in plain Java. */
class TileProductTest {
    private static final int[] WIDTHS = {32, 96, 544, 2_080};

    private final Arena arena = Arena.ofShared();
    private final RandomTensors random = new RandomTensors(arena, new Random(11));
    private final CpuBackend backend = new CpuBackend(2);

    @BeforeEach
    void wantsTiles() {
        Tensor weight = random.next(DType.Q8_0, Amx.ROWS, Amx.BLOCK);
        assumeTrue(TileProduct.form(weight).isPresent(), "waited for a processor with AMX");
    }

    @AfterEach
    void close() {
        backend.close();
        arena.close();
    }

    /** A product as {@link Amx} defines it: exact ints of a block, scaled and added in turn. */
    private static float product(Tensor weight, int row, Tensor x, int input) {
        if (weight.type() == DType.BF16) {
            float[] upper = new float[x.width()];
            float[] lower = new float[x.width()];
            for (int i = 0; i < x.width(); i++) {
                upper[i] = nearestBfloat16(x.get(input, i));
                lower[i] = nearestBfloat16(x.get(input, i) - upper[i]);
            }
            return floats(weight, row, upper) + floats(weight, row, lower);
        }
        int blocks = x.width() / Amx.BLOCK;
        float sum = 0;
        for (int b = 0; b < blocks; b++) {
            float largest = Amx.SMALLEST;
            for (int i = 0; i < Amx.BLOCK; i++) {
                largest = Math.max(largest, Math.abs(x.get(input, b * Amx.BLOCK + i)));
            }
            int dot = 0;
            for (int i = 0; i < Amx.BLOCK; i++) {
                float factor = Amx.LARGEST / largest;
                int rounded = (int) Math.rint(x.get(input, b * Amx.BLOCK + i) * factor);
                dot += weightInt(weight, row, b, i) * rounded;
            }
            float scale = weightScale(weight, row, b) * (largest * (1f / Amx.LARGEST));
            sum = Math.fma((float) dot, scale, sum);
        }
        return sum;
    }

    /** Ties to even. */
    private static float nearestBfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16 << 16);
    }

    private static float floats(Tensor weight, int row, float[] x) {
        float[] weights = new float[x.length];
        weight.readRow(row, weights);
        float sum = 0;
        for (int b = 0; b < x.length; b += Amx.BLOCK) {
            float even = 0;
            float odd = 0;
            for (int i = b; i < b + Amx.BLOCK; i += 2) {
                even = Math.fma(weights[i], x[i], even);
                odd = Math.fma(weights[i + 1], x[i + 1], odd);
            }
            sum += even + odd;
        }
        return sum;
    }

    private static long block(Tensor weight, int row, int block) {
        return row * weight.rowBytes() + (long) block * weight.type().blockBytes();
    }

    private static float weightScale(Tensor weight, int row, int block) {
        long at = block(weight, row, block);
        return Float.float16ToFloat(weight.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
    }

    private static int weightInt(Tensor weight, int row, int block, int i) {
        long first = block(weight, row, block) + Short.BYTES;
        if (weight.type() == DType.Q8_0) {
            return weight.data().get(ValueLayout.JAVA_BYTE, first + i);
        }
        int both = weight.data().get(ValueLayout.JAVA_BYTE, first + i % 16);
        return (i < 16 ? both & 0xF : both >> 4 & 0xF) - 8;
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0", "BF16"})
    void everyProductIsTheDefinitionsWhateverStandsBesideIt(DType type) {
        for (int width : WIDTHS) {
            Tensor all = random.next(DType.F32, 150, width);
            for (int rows : new int[] {16, 29, 200}) {
                Tensor weight = random.next(type, rows, width);
                Tensor expected = Tensor.allocate(arena, all.rows(), rows);
                for (int t = 0; t < all.rows(); t++) {
                    for (int row = 0; row < rows; row++) {
                        expected.set(t, row, product(weight, row, all, t));
                    }
                }
                for (int tokens : new int[] {1, 2, 8, 9, 16, 17, 18, 33, 150}) {
                    Tensor out = Tensor.allocate(arena, tokens, rows);
                    backend.matmul(all.rows(0, tokens), List.of(weight), List.of(out));
                    assertThat(out.data().mismatch(expected.rows(0, tokens).data()))
                            .as("%s %d x %d, %d tokens", type, rows, width, tokens)
                            .isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void weightsOfOtherTypesBesideThemAndSumsThatAreAddedToComeOutAsAlone() {
        Tensor x = random.next(DType.F32, 5, 256);
        List<Tensor> weights =
                List.of(
                        random.next(DType.Q8_0, 40, 256),
                        random.next(DType.BF16, 24, 256),
                        random.next(DType.Q8_0, 3, 256),
                        random.next(DType.Q4_0, 64, 256));
        List<Tensor> together =
                weights.stream().map(w -> Tensor.allocate(arena, 5, w.rows())).toList();
        backend.matmul(x, weights, together);
        for (int i = 0; i < weights.size(); i++) {
            Tensor alone = Tensor.allocate(arena, 5, weights.get(i).rows());
            backend.matmul(x, List.of(weights.get(i)), List.of(alone));
            assertThat(together.get(i).data().mismatch(alone.data())).isEqualTo(-1);
            Tensor twice = Tensor.allocate(arena, 5, weights.get(i).rows());
            backend.addMatmul(x, weights.get(i), twice);
            backend.addMatmul(x, weights.get(i), twice);
            for (int row = 0; row < twice.width(); row++) {
                assertThat(twice.get(3, row)).isEqualTo(alone.get(3, row) + alone.get(3, row));
            }
        }
    }

    @Test
    void aBlockOfNextToNothingIsThatAndOneThatIsNotFiniteShows() {
        Tensor weight = random.next(DType.Q8_0, 16, 96);
        Tensor x = Tensor.allocate(arena, 3, 96);
        x.set(0, 40, 1e-42f);
        x.set(1, 40, Float.POSITIVE_INFINITY);
        x.set(2, 40, Float.NaN);
        Tensor out = Tensor.allocate(arena, 3, 16);
        backend.matmul(x, List.of(weight), List.of(out));
        for (int row = 0; row < 16; row++) {
            assertThat(out.get(0, row)).isBetween(-1e-38f, 1e-38f);
            assertThat(out.get(1, row)).isNaN();
            assertThat(out.get(2, row)).isNaN();
        }
    }

    /** As in models whose few large activations stand beside thousands of small ones. */
    @Test
    void outliersCostLittleOfTheOthersPrecision() {
        Tensor weight = random.next(DType.Q8_0, 256, 2_048);
        Tensor x = random.next(DType.F32, 1, 2_048);
        x.set(0, 77, 300);
        x.set(0, 1_500, -2_000);
        Tensor exact = Tensor.allocate(arena, 1, 256);
        Tensor out = Tensor.allocate(arena, 1, 256);
        try (ScalarBackend scalar = new ScalarBackend()) {
            scalar.matmul(x, List.of(weight), List.of(exact));
        }
        backend.matmul(x, List.of(weight), List.of(out));
        double error = 0;
        double norm = 0;
        for (int row = 0; row < 256; row++) {
            error += Math.pow(out.get(0, row) - exact.get(0, row), 2);
            norm += Math.pow(exact.get(0, row), 2);
        }
        assertThat(Math.sqrt(error / norm)).isLessThan(1e-4);
    }
}
