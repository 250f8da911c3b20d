package assay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.ModelFixtures.Golden;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.SequenceRequest;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every architecture against what transformers computed in float32 from the same weights. */
class FixtureGoldenTest {
    private static final List<String> NAMES =
            List.of(
                    "llama-f32",
                    "llama3-rope-bf16-tied",
                    "mistral-window-bf16",
                    "qwen2-bias-f16",
                    "qwen3-qknorm-bf16",
                    "mixtral-bf16",
                    "qwen3moe-bf16",
                    "deepseek3-yarn-bf16",
                    "deepseek3-fp8");
    private static final StageConfig STAGE = new StageConfig(8_192, 32, 512);

    static Stream<String> names() {
        return NAMES.stream();
    }

    static Stream<Arguments> namesAndBackends() {
        return NAMES.stream()
                .flatMap(
                        name -> Stream.of(Arguments.of(name, "scalar"), Arguments.of(name, "cpu")));
    }

    private static double errorBound(String name) {
        return name.endsWith("fp8") ? 1e-2 : 2e-3;
    }

    private static List<float[]> logits(LocalPipeline pipeline, int[] ids) {
        List<float[]> rows = new ArrayList<>();
        var batch = new MicroBatch(1, List.of(new Slice(1, 0, ids.length, false, null)));
        pipeline.run(batch, ids, (id, position, row) -> rows.add(row));
        pipeline.stages().forEach(Stage::reset);
        return rows;
    }

    /** One pass over prompt and continuation: what follows a token does not change its logits. */
    @ParameterizedTest
    @MethodSource("namesAndBackends")
    void logitsAreGoldenAndSoIsTheGreedyContinuationWhereTheGapIsAboveTheError(
            String name, String backend) throws IOException {
        Path folder = ModelFixtures.folder(name);
        int compared = 0;
        int all = 0;
        try (var pipeline = new LocalPipeline(folder, backend, 1, STAGE)) {
            for (Golden golden : ModelFixtures.goldens(folder)) {
                List<float[]> rows = logits(pipeline, golden.whole());
                int last = golden.prompt().length - 1;
                List<float[]> prompt = rows.subList(0, last + 1);
                assertThat(Distances.relative(prompt, golden.logits()))
                        .isLessThan(errorBound(name));
                double error = Distances.largest(prompt, golden.logits());
                for (int i = 0; i < golden.greedy().length; i++, all++) {
                    if (golden.gaps()[i] > 2 * error) {
                        assertThat(Distances.likeliest(rows.get(last + i)))
                                .as("step %d", i)
                                .isEqualTo(golden.greedy()[i]);
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).as("steps with a gap that decides").isGreaterThan(all * 9 / 10);
    }

    @ParameterizedTest
    @MethodSource("names")
    void aSplitModelAnswersAsAWholeOneBitForBit(String name) throws IOException {
        Path folder = ModelFixtures.folder(name);
        try (var whole = new LocalPipeline(folder, "cpu", 1, STAGE);
                var halves = new LocalPipeline(folder, "cpu", 2, STAGE);
                var quarters = new LocalPipeline(folder, "cpu", 4, STAGE)) {
            for (Golden golden : ModelFixtures.goldens(folder)) {
                List<float[]> expected = logits(whole, golden.prompt());
                assertSame(logits(halves, golden.prompt()), expected);
                assertSame(logits(quarters, golden.prompt()), expected);
            }
        }
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as("row %d", i).containsExactly(expected.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void thirtyTwoAtOnceAnswerAsOneByOneBitForBit(String name) throws IOException {
        Path folder = ModelFixtures.folder(name);
        List<Golden> goldens = ModelFixtures.goldens(folder);
        List<SequenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            int[] prompt = goldens.get(i % goldens.size()).prompt();
            int[] ids = Arrays.copyOf(prompt, Math.max(1, prompt.length - i / goldens.size()));
            var params = new SamplingParams(i % 3 == 0 ? 0.9f : 0, 1, 0, i);
            requests.add(new SequenceRequest(i, ids, 6 + i % 7, params, Set.of()));
        }
        var together = new BatchConfig(100, 32, 2, 32, 8_192, 512);
        try (var pipeline = new LocalPipeline(folder, "cpu", 2, STAGE)) {
            var answers = pipeline.generate(together, requests);
            for (int i = 0; i < requests.size(); i++) {
                var alone = pipeline.generate(together, List.of(requests.get(i)));
                assertThat(answers.get(i)).as("sequence %d", i).isEqualTo(alone.getFirst());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void logitsOfASequenceDoNotDependOnTheOthersOfTheStep(String name) throws IOException {
        Path folder = ModelFixtures.folder(name);
        List<Golden> goldens = ModelFixtures.goldens(folder);
        List<Slice> slices = new ArrayList<>();
        List<Integer> ids = new ArrayList<>();
        List<List<float[]>> together = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int[] prompt = goldens.get(i % goldens.size()).prompt();
            slices.add(new Slice(i, 0, prompt.length, false, null));
            Arrays.stream(prompt).forEach(ids::add);
            together.add(new ArrayList<>());
        }
        int[] all = ids.stream().mapToInt(Integer::intValue).toArray();
        try (var pipeline = new LocalPipeline(folder, "cpu", 2, STAGE)) {
            pipeline.run(
                    new MicroBatch(1, slices),
                    all,
                    (id, position, row) -> together.get((int) id).add(row));
            pipeline.stages().forEach(Stage::reset);
            for (int i = 0; i < together.size(); i++) {
                int[] prompt = goldens.get(i % goldens.size()).prompt();
                assertSame(together.get(i), logits(pipeline, prompt));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void theOlderSpellingOfAConfigIsTheSameModel(String name, @TempDir Path temp)
            throws IOException {
        Path folder = ModelFixtures.folder(name);
        Path older = ModelFixtures.olderSpelling(folder, temp);
        assertThat(ModelSpec.read(older)).isEqualTo(ModelSpec.read(folder));
        try (var pipeline = new LocalPipeline(older, "cpu", 1, STAGE)) {
            for (Golden golden : ModelFixtures.goldens(folder)) {
                assertThat(Distances.relative(logits(pipeline, golden.prompt()), golden.logits()))
                        .isLessThan(errorBound(name));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void stagesHoldAllTensorsOfTheFilesAndWeighWhatTheLayoutSays(String name) {
        Path folder = ModelFixtures.folder(name);
        ModelSpec spec = ModelSpec.read(folder);
        try (var checkpoint = Checkpoint.open(folder);
                var pipeline = new LocalPipeline(folder, "cpu", 4, STAGE)) {
            ModelLayout layout = ModelLayout.of(spec, checkpoint);
            long stages = 0;
            for (int i = 0; i < 4; i++) {
                LayerRange range = new LayerRange(i, i + 1);
                long bytes = pipeline.stages().get(i).weightBytes();
                assertThat(bytes).isEqualTo(layout.weightBytes(range, i == 0, i == 3));
                stages += bytes;
            }
            long stored =
                    checkpoint.names().stream()
                            .mapToLong(tensor -> checkpoint.tensor(tensor).data().byteSize())
                            .sum();
            assertThat(stages).isEqualTo(stored + heldTwice(spec, layout) + grown(checkpoint));
        }
    }

    /** The embedding of a tied model, which the last stage of several holds once more. */
    private static long heldTwice(ModelSpec spec, ModelLayout layout) {
        return spec.tiedEmbeddings() ? layout.embeddingBytes() : 0;
    }

    /** What a cut fp8 matrix grows by: four bytes an element for one, but no scales. */
    private static long grown(Checkpoint checkpoint) {
        long grown = 0;
        for (String tensor : checkpoint.names()) {
            boolean scaled = checkpoint.names().contains(tensor + "_scale_inv");
            if (tensor.endsWith("kv_b_proj.weight") && scaled) {
                long elements = checkpoint.tensor(tensor).data().byteSize();
                long scales = checkpoint.tensor(tensor + "_scale_inv").data().byteSize();
                grown += elements * (Float.BYTES - 1) - scales;
            }
        }
        return grown;
    }
}
