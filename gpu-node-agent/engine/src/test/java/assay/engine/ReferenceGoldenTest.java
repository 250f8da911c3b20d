package assay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.ReferenceModel.Golden;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.StageConfig;
import assay.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped model against values that a float64 engine computed from the same weights. */
class ReferenceGoldenTest {
    private static final double RELATIVE_ERROR = 1e-3;
    private static final StageConfig STAGE = new StageConfig(4_096, 16, 512);
    private static final BatchConfig BATCH = new BatchConfig(512, 16, 1, 64, 4_096, 1_024);

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "cpu"})
    void logitsAfterEachPromptAreGolden(String backend) throws IOException {
        try (var pipeline = new LocalPipeline(ReferenceModel.folder(), backend, 1, STAGE)) {
            for (Golden golden : ReferenceModel.goldens()) {
                int tokens = golden.promptIds().length;
                var batch = new MicroBatch(1, List.of(new Slice(7, 0, tokens, false, null)));
                List<float[]> seen = new ArrayList<>();
                pipeline.run(batch, golden.promptIds(), (id, position, row) -> seen.add(row));
                pipeline.stages().getFirst().release(List.of(7L));
                assertThat(seen).hasSize(tokens);
                assertClose(seen.getLast(), golden.logits());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "cpu"})
    void greedyContinuationIsGoldenTokenForToken(String backend) throws IOException {
        List<Golden> goldens = ReferenceModel.goldens();
        try (var pipeline = new LocalPipeline(ReferenceModel.folder(), backend, 1, STAGE)) {
            List<SequenceRequest> requests = new ArrayList<>();
            for (int i = 0; i < goldens.size(); i++) {
                requests.add(
                        new SequenceRequest(
                                i,
                                goldens.get(i).promptIds(),
                                64,
                                SamplingParams.GREEDY,
                                pipeline.spec().eosIds()));
            }
            var answers = pipeline.generate(BATCH, requests);
            for (int i = 0; i < goldens.size(); i++) {
                assertThat(answers.get(i).ids())
                        .containsExactlyElementsOf(
                                Arrays.stream(goldens.get(i).greedyIds()).boxed().toList());
            }
        }
    }

    @Test
    void tokenizerGivesTheGoldenPromptIds() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(ReferenceModel.folder())) {
            for (Golden golden : ReferenceModel.goldens()) {
                assertThat(tokenizer.prompt(golden.prompt())).isEqualTo(golden.promptIds());
            }
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        double error = 0;
        double norm = 0;
        double largestError = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) actual[i] - expected[i];
            error += difference * difference;
            norm += (double) expected[i] * expected[i];
            largestError = Math.max(largestError, Math.abs(difference));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        assertThat(Math.sqrt(error / norm)).as("relative L2").isLessThan(RELATIVE_ERROR);
        assertThat(largestError / largest).as("relative maximum").isLessThan(RELATIVE_ERROR);
    }
}
