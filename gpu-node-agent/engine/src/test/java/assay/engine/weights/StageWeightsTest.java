package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import assay.engine.kernel.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which pages of a model's files are in memory when a stage has taken what it needs. */
class StageWeightsTest {
    private static final int ROWS = 1_024;
    private static final int WIDTH = 1_024;
    private static final long BYTES = (long) ROWS * WIDTH * Float.BYTES;

    /** Linux maps what surrounds a page that is read, up to this, at either end of a tensor. */
    private static final long AROUND_BYTES = 2 * (64 << 10);

    @TempDir private Path folder;

    @BeforeEach
    void write() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/smaps")), "memory as Linux tells it");
        Random random = new Random(4);
        GgufWriter.Rows rows =
                (row, into) -> {
                    for (int i = 0; i < into.length; i++) {
                        into[i] = random.nextFloat();
                    }
                };
        new GgufWriter()
                .text("general.architecture", "llama")
                .tensor("token_embd.weight", GgmlType.F32, rows, ROWS, WIDTH)
                .tensor("blk.0.attn_q.weight", GgmlType.F32, rows, ROWS, WIDTH)
                .tensor("blk.0.attn_kv_b.weight", GgmlType.F32, rows, ROWS, WIDTH)
                .tensor("blk.1.attn_q.weight", GgmlType.F32, rows, ROWS, WIDTH)
                .write(folder.resolve("model.gguf"));
    }

    private long residentBytes() throws IOException {
        String maps = Files.readString(Path.of("/proc/self/smaps"));
        String path = Pattern.quote(folder.resolve("model.gguf").toString());
        return Pattern.compile(path + "\\n(?:\\w+:.*\\n)*?Rss:\\s+(\\d+) kB")
                        .matcher(maps)
                        .results()
                        .map(MatchResult::group)
                        .mapToLong(
                                found -> Long.parseLong(found.replaceAll("(?s).*Rss:\\s+| kB", "")))
                        .sum()
                * 1_024;
    }

    @Test
    void whatIsUsedWhereItIsMappedIsInMemoryAndNothingElse() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(folder);
                Arena arena = Arena.ofShared()) {
            var weights = new StageWeights(checkpoint, WeightType.STORED, arena);
            weights.tensor("model.layers.0.self_attn.q_proj.weight", ROWS, WIDTH);
            assertThat(residentBytes()).isBetween(BYTES, BYTES + 2 * AROUND_BYTES);
            float first =
                    weights.read(
                            "model.layers.0.self_attn.kv_b_proj.weight",
                            StageWeightsTest::firstOfAllRows,
                            ROWS,
                            WIDTH);
            assertThat(first).isNotZero();
            assertThat(residentBytes()).isBetween(BYTES, BYTES + 2 * AROUND_BYTES);
        }
    }

    @Test
    void whatIsCopiedIsGivenBack() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(folder);
                Arena arena = Arena.ofShared()) {
            var weights = new StageWeights(checkpoint, WeightType.INT8, arena);
            String name = "model.layers.1.self_attn.q_proj.weight";
            Tensor copy = weights.tensor(name, ROWS, WIDTH);
            assertThat(residentBytes()).isLessThan(2 * AROUND_BYTES);
            Tensor stored = checkpoint.tensor(name).matrix(ROWS, WIDTH);
            assertThat(copy.get(ROWS - 1, 3)).isCloseTo(stored.get(ROWS - 1, 3), within(0.01f));
        }
    }

    private static float firstOfAllRows(Tensor tensor) {
        float sum = 0;
        for (int i = 0; i < tensor.rows(); i++) {
            sum += tensor.get(i, 0);
        }
        return sum;
    }
}
