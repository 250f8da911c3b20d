package assay.engine.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.Backend;
import assay.engine.kernel.DType;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.RandomTensors;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.ScalarBackend;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.TokenPlaces;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel against the scalar backend, at widths that exercise the tails. */
class CpuBackendTest {
    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(42);
    private final Backend scalar = new ScalarBackend();
    private final Backend cpu = new CpuBackend(2);

    @AfterEach
    void close() {
        cpu.close();
        arena.close();
    }

    private Tensor random(DType type, int rows, int width) {
        return new RandomTensors(arena, random).next(type, rows, width);
    }

    private static float[] values(Tensor tensor) {
        float[] values = new float[tensor.rows() * tensor.width()];
        float[] row = new float[tensor.width()];
        for (int i = 0; i < tensor.rows(); i++) {
            tensor.readRow(i, row);
            System.arraycopy(row, 0, values, i * row.length, row.length);
        }
        return values;
    }

    private void agree(int rows, int width, float error, BiConsumer<Backend, Tensor> operation) {
        Tensor start = random(DType.F32, rows, width);
        Tensor expected = Tensor.allocate(arena, rows, width);
        Tensor actual = Tensor.allocate(arena, rows, width);
        expected.data().copyFrom(start.data());
        actual.data().copyFrom(start.data());
        operation.accept(scalar, expected);
        operation.accept(cpu, actual);
        assertThat(values(actual)).containsExactly(values(expected), within(error));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 15, 16, 17, 33, 128, 1_001, 4_098})
    void productsAgreeWithTheScalarOnes(int wanted) {
        for (DType type : DType.values()) {
            int width = RandomTensors.width(type, wanted);
            for (int tokens : new int[] {1, 2, 3, 4, 5, 8, 19, 37}) {
                Tensor x = random(DType.F32, tokens, width);
                Tensor weight = random(type, 21, width);
                boolean rounds = type == DType.Q8_0 || type == DType.Q4_0;
                float error = (rounds ? 2e-5f : 1e-6f) * width;
                agree(tokens, 21, error, (b, out) -> b.addMatmul(x, weight, out));
                agree(tokens, 21, error, (b, out) -> b.matmul(x, List.of(weight), List.of(out)));
            }
        }
    }

    @Test
    void productsOfSeveralWeightsOfMixedTypesAgree() {
        Tensor x = random(DType.F32, 5, 96);
        List<Tensor> weights =
                List.of(
                        random(DType.BF16, 131, 96),
                        random(DType.F16, 70, 96),
                        random(DType.F32, 1, 96));
        List<Tensor> expected =
                weights.stream().map(w -> Tensor.allocate(arena, 5, w.rows())).toList();
        List<Tensor> actual =
                weights.stream().map(w -> Tensor.allocate(arena, 5, w.rows())).toList();
        scalar.matmul(x, weights, expected);
        cpu.matmul(x, weights, actual);
        for (int i = 0; i < 3; i++) {
            assertThat(values(actual.get(i)))
                    .containsExactly(values(expected.get(i)), within(1e-4f));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void aProductHasTheSameBitsInAnyBatchAndOnAnyNumberOfThreads(DType type) {
        for (int wanted : new int[] {5, 16, 384, 1_001}) {
            int width = RandomTensors.width(type, wanted);
            Tensor x = random(DType.F32, 23, width);
            Tensor weight = random(type, 77, width);
            Tensor together = Tensor.allocate(arena, 23, 77);
            cpu.matmul(x, List.of(weight), List.of(together));
            try (Backend alone = new CpuBackend(1)) {
                for (int t = 0; t < 23; t++) {
                    Tensor one = Tensor.allocate(arena, 1, 77);
                    alone.matmul(x.rows(t, 1), List.of(weight), List.of(one));
                    assertThat(values(one)).containsExactly(values(together.rows(t, 1)));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 33, 128, 4_098})
    void normsAgreeWithTheScalarOnes(int wanted) {
        for (DType type : DType.values()) {
            int width = RandomTensors.width(type, wanted);
            Tensor x = random(DType.F32, 9, width);
            Tensor weight = random(type, 1, width);
            agree(9, width, 1e-5f, (b, out) -> b.rmsNorm(x, weight, out, 1e-5f));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 6, 16, 34, 64, 128})
    void rotationsAgreeWithTheScalarOnes(int headDim) {
        Tensor turns = random(DType.F32, 7, headDim);
        for (RotaryPairing pairing : RotaryPairing.values()) {
            agree(7, headDim * 3, 1e-6f, (b, x) -> b.rotate(x, turns, pairing));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 33, 1_024})
    void gatesAgreeWithTheScalarOnes(int width) {
        Tensor gate = random(DType.F32, 6, width);
        for (int i = 0; i < width; i++) {
            gate.set(0, i, (i - width / 2f) * 3);
        }
        Tensor up = random(DType.F32, 6, width);
        Tensor expected = Tensor.allocate(arena, 6, width);
        Tensor actual = Tensor.allocate(arena, 6, width);
        scalar.siluMultiply(gate, up, expected);
        cpu.siluMultiply(gate, up, actual);
        float[] wanted = values(expected);
        float[] got = values(actual);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(got[i]).isCloseTo(wanted[i], within(1e-6f * (1 + Math.abs(wanted[i]))));
        }
    }

    @Test
    void embeddingsAreExact() {
        for (DType type : DType.values()) {
            int width = RandomTensors.width(type, 37);
            Tensor table = random(type, 11, width);
            int[] ids = {10, 0, 3, 3};
            agree(4, width, 0, (b, out) -> b.embed(table, ids, out));
        }
    }

    @ParameterizedTest
    @CsvSource({"2,2,0", "6,6,0", "16,16,16", "44,44,20", "64,64,1", "7,5,0", "144,128,0"})
    void attentionAgreesWithTheScalarOne(int keyDim, int valueDim, int window) {
        int kvHeads = 2;
        // Four heads to a key/value head that are done at once, and one that is left over.
        int heads = 10;
        int blocks = 9;
        int[] positions = {0, 15, 16, 63, 64, 70};
        int[] table = {4, 0, 7, 2, 8};
        int[][] tables = new int[positions.length][];
        Arrays.fill(tables, table);
        Tensor queries = random(DType.F32, positions.length, heads * keyDim);
        KvBlocks[] caches = {
            blocks(blocks, kvHeads, keyDim, valueDim), blocks(blocks, kvHeads, keyDim, valueDim)
        };
        Backend[] backends = {scalar, cpu};
        Tensor[] outs = new Tensor[2];
        Tensor keys = random(DType.F32, 71, kvHeads * keyDim);
        Tensor stored = random(DType.F32, 71, kvHeads * valueDim);
        int[] all = new int[71];
        Arrays.setAll(all, i -> i);
        int[][] allTables = new int[71][];
        Arrays.fill(allTables, table);
        AttentionRule rule = new AttentionRule(0.3f, window);
        for (int i = 0; i < 2; i++) {
            backends[i].storeKv(keys, stored, caches[i], new TokenPlaces(all, allTables));
            outs[i] = Tensor.allocate(arena, positions.length, heads * valueDim);
            backends[i].attend(
                    queries, caches[i], new TokenPlaces(positions, tables), rule, outs[i]);
        }
        assertThat(caches[1].keys().mismatch(caches[0].keys())).isEqualTo(-1);
        assertThat(caches[1].values().mismatch(caches[0].values())).isEqualTo(-1);
        assertThat(values(outs[1])).containsExactly(values(outs[0]), within(1e-5f));
    }

    private KvBlocks blocks(int count, int kvHeads, int keyDim, int valueDim) {
        long positions = (long) count * kvHeads * KvBlocks.BLOCK_TOKENS * Float.BYTES;
        return new KvBlocks(
                arena.allocate(positions * keyDim),
                arena.allocate(positions * valueDim),
                count,
                kvHeads,
                keyDim,
                valueDim);
    }

    @Test
    void aWindowHidesWhatLiesBeforeIt() {
        int[] table = {1, 0, 2};
        int[][] tables = new int[40][];
        Arrays.fill(tables, table);
        int[] all = new int[40];
        Arrays.setAll(all, i -> i);
        Tensor keys = random(DType.F32, 40, 8);
        Tensor stored = random(DType.F32, 40, 8);
        Tensor query = random(DType.F32, 1, 8);
        TokenPlaces last = new TokenPlaces(new int[] {39}, new int[][] {table});
        for (Backend backend : List.of(scalar, cpu)) {
            KvBlocks cache = blocks(3, 1, 8, 8);
            backend.storeKv(keys, stored, cache, new TokenPlaces(all, tables));
            Tensor before = Tensor.allocate(arena, 1, 8);
            backend.attend(query, cache, last, new AttentionRule(1, 5), before);
            Tensor hidden = random(DType.F32, 35, 8);
            TokenPlaces first = new TokenPlaces(Arrays.copyOf(all, 35), Arrays.copyOf(tables, 35));
            backend.storeKv(hidden, hidden, cache, first);
            Tensor after = Tensor.allocate(arena, 1, 8);
            backend.attend(query, cache, last, new AttentionRule(1, 5), after);
            assertThat(values(after)).containsExactly(values(before));
            backend.attend(query, cache, last, new AttentionRule(1, 6), after);
            assertThat(values(after)).isNotEqualTo(values(before));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void headsAreProjectedEachByItsOwnMatrix(DType type) {
        int heads = 3;
        int width = RandomTensors.width(type, 20);
        int rows = type == DType.F8_E4M3 ? 128 : 7;
        Tensor weight = random(type, heads * rows, width);
        Tensor x = random(DType.F32, 5, heads * width);
        agree(5, heads * rows, 1e-6f * width, (b, out) -> b.projectHeads(x, weight, heads, out));
    }

    @Test
    void rowsAndHeadsAreMovedExactly() {
        Tensor x = random(DType.F32, 6, 21);
        Tensor row = random(DType.BF16, 1, 21);
        agree(6, 21, 0, (b, out) -> b.addRow(out, row));
        int[] rows = {5, 0, 5, 2};
        agree(4, 21, 0, (b, out) -> b.gatherRows(x, rows, out));
        float[] scales = {0.3f, -2, 0, 1, 7, 0.1f};
        agree(9, 21, 0, (b, out) -> b.addScaledRows(x, new int[] {8, 0, 1, 4, 3, 2}, scales, out));
        Tensor left = random(DType.F32, 6, 12);
        Tensor right = random(DType.F32, 6, 9);
        agree(6, 21, 0, (b, out) -> b.joinHeads(left, right, 3, out));
        agree(6, 12, 0, (b, out) -> b.splitHeads(x, 3, out, Tensor.allocate(arena, 6, 9)));
        agree(6, 9, 0, (b, out) -> b.splitHeads(x, 3, Tensor.allocate(arena, 6, 12), out));
    }

    @Test
    void aNotANumberIsPassedOn() {
        Tensor gate = random(DType.F32, 1, 16);
        gate.set(0, 3, Float.NaN);
        Tensor out = Tensor.allocate(arena, 1, 16);
        cpu.siluMultiply(gate, gate, out);
        assertThat(out.get(0, 3)).isNaN();
        assertThat(out.get(0, 4)).isNotNaN();
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        Tensor x = random(DType.F32, 2, 8);
        Tensor weight = random(DType.BF16, 3, 9);
        Tensor out = Tensor.allocate(arena, 2, 3);
        assertThatThrownBy(() -> cpu.addMatmul(x, weight, out))
                .isInstanceOf(EngineException.class)
                .hasMessage("width of weight: 9 (expected: 8)");
    }

    @Test
    void aFailureOnAnotherThreadReachesTheCaller() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThatThrownBy(() ->
                            pool.run(
                                    64,
                                    (worker, item) -> {
                                        throw new IllegalStateException("item");
                                    }))
                    .isInstanceOf(IllegalStateException.class);
            int[] done = new int[1_000];
            pool.run(1_000, (worker, item) -> done[item]++);
            assertThat(done).containsOnly(1);
        }
    }
}
