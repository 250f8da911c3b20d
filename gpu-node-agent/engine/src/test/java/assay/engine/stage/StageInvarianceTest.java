package assay.engine.stage;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.LocalPipeline;
import assay.engine.ReferenceModel;
import assay.engine.ReferenceModel.Golden;
import assay.engine.batch.BatchConfig;
import assay.engine.batch.Batcher;
import assay.engine.batch.PlannedStep;
import assay.engine.batch.SequenceEvent;
import assay.engine.batch.SequenceRequest;
import assay.engine.batch.SequenceRequest.Task;
import assay.engine.batch.SequenceRequest.Which;
import assay.engine.cache.TableUpdate;
import assay.engine.model.LayerRange;
import assay.engine.sample.Sampled;
import assay.engine.sample.Sampler;
import assay.engine.sample.SamplingParams;
import assay.engine.sample.TokenLogProb;
import assay.engine.sample.constrain.ConstraintSpec;
import assay.engine.sample.constrain.TokenConstraint;
import assay.engine.sample.constrain.Vocabulary;
import assay.engine.tokenizer.TokenVocabulary;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One answer, whatever runs beside it and however the model and the prompt are cut: bit for bit.
 */
class StageInvarianceTest {
    private static final StageConfig CONFIG = new StageConfig(8_192, 16, 256);
    private static final int VOCABULARY = 1_536;
    private List<Golden> goldens = List.of();

    @BeforeEach
    void read() throws IOException {
        goldens = ReferenceModel.goldens();
    }

    private static List<float[]> logits(LocalPipeline pipeline, int[] ids, int chunk) {
        List<float[]> rows = new ArrayList<>();
        for (int at = 0; at < ids.length; at += chunk) {
            int count = Math.min(chunk, ids.length - at);
            var batch = new MicroBatch(1, List.of(new Slice(1, at, count, false, null)));
            int[] part = Arrays.copyOfRange(ids, at, at + count);
            pipeline.run(batch, part, (id, position, row) -> rows.add(row));
        }
        pipeline.stages().forEach(Stage::reset);
        return rows;
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as("row %d", i).containsExactly(expected.get(i));
        }
    }

    private static LocalPipeline cpu(int stages) {
        return new LocalPipeline(ReferenceModel.folder(), "cpu", stages, CONFIG);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 8})
    void aSplitModelAnswersAsAWholeOne(int stages) {
        try (var whole = cpu(1);
                var split = cpu(stages)) {
            for (Golden golden : goldens) {
                assertSame(
                        logits(split, golden.promptIds(), 256),
                        logits(whole, golden.promptIds(), 256));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 50})
    void aPromptInChunksAnswersAsAtOnce(int chunk) {
        int[] ids = goldens.getLast().promptIds();
        try (var pipeline = cpu(1)) {
            assertSame(logits(pipeline, ids, chunk), logits(pipeline, ids, 256));
        }
    }

    @Test
    void sixteenAtOnceAnswerAsOneByOne() {
        List<SequenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int[] prompt = goldens.get(i % goldens.size()).promptIds();
            var params = new SamplingParams(i % 2 == 0 ? 0.8f : 0, 0.95f, 0, 1_000 + i);
            requests.add(new SequenceRequest(i, prompt, 20 + i, params, Set.of(2)));
        }
        var config = new BatchConfig(100, 16, 2, 16, 8_192, 1_024);
        try (var pipeline = cpu(2)) {
            var together = pipeline.generate(config, requests);
            for (int i = 0; i < requests.size(); i++) {
                var alone = pipeline.generate(config, List.of(requests.get(i)));
                assertThat(together.get(i)).isEqualTo(alone.getFirst());
            }
            assertThat(pipeline.stages())
                    .allSatisfy(stage -> assertThat(stage.freeKvTokens()).isEqualTo(8_192));
        }
    }

    /** Masks are made by a thread beside the model, in whatever order they come. */
    @Test
    @Timeout(value = 180, unit = SECONDS)
    void answersOfAGivenFormAreTheSameTogetherAndOneByOne() {
        Vocabulary vocabulary =
                Vocabulary.of(
                        TokenVocabulary.open(ReferenceModel.folder()).bytes(VOCABULARY), Set.of(2));
        List<SequenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            var spec =
                    new ConstraintSpec.Regex("[a-z]{1,%d}( [a-z]{2,9}){3}\\.".formatted(9 + i / 2));
            var task =
                    new Task.Generate(
                            new Constraint(spec, TokenConstraint.compile(spec, vocabulary)));
            int[] prompt = goldens.get(i % goldens.size()).promptIds();
            var params = new SamplingParams(i % 2 == 0 ? 0.8f : 0, 0.95f, 0, i);
            requests.add(new SequenceRequest(i, prompt, 40, params, Set.of(2), "", task));
        }
        var config = new BatchConfig(100, 16, 2, 16, 8_192, 1_024);
        List<Thread> before = masksAhead();
        try (var pipeline = cpu(2)) {
            var together = pipeline.generate(config, requests);
            for (int i = 0; i < requests.size(); i++) {
                var alone = pipeline.generate(config, List.of(requests.get(i)));
                assertThat(together.get(i)).isEqualTo(alone.getFirst());
                assertThat(together.get(i).ids()).hasSizeGreaterThan(3).endsWith(2);
            }
            assertThat(masksAhead()).hasSizeGreaterThan(before.size());
        }
        while (masksAhead().size() > before.size()) {
            Thread.onSpinWait();
        }
    }

    private static List<Thread> masksAhead() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("masks-ahead"))
                .toList();
    }

    @Test
    void aPromptIsRatedAsItsLogitsSayHoweverItIsCut() {
        int[] ids = goldens.getLast().promptIds();
        try (var pipeline = cpu(2)) {
            List<float[]> rows = logits(pipeline, ids, 256);
            List<SequenceEvent> whole = ask(pipeline, ids, new Task.Rate(3), 256);
            assertThat(ask(pipeline, ids, new Task.Rate(3), 20)).isEqualTo(whole);
            assertThat(whole).hasSize(ids.length); // all but the first token, and the end
            for (int i = 1; i < ids.length; i++) {
                TokenRating rating = ((SequenceEvent.Rated) whole.get(i - 1)).rating();
                Sampled greedy =
                        new Sampler(rows.getFirst().length)
                                .sample(
                                        rows.get(i - 1),
                                        SamplingParams.GREEDY.withTopLogProbs(3),
                                        i);
                assertThat(rating.position()).isEqualTo(i);
                assertThat(rating.alternatives().stream().map(TokenLogProb::id))
                        .containsExactlyElementsOf(
                                greedy.top().stream().map(TokenLogProb::id).toList());
                float logit = rows.get(i - 1)[ids[i]] - rows.get(i - 1)[greedy.id()];
                assertThat(rating.logProb() - rating.alternatives().getFirst().logProb())
                        .isCloseTo(logit, within(1e-4f));
            }
        }
    }

    @Test
    void statesAreTheSameHoweverAPromptIsCut() {
        int[] ids = goldens.getLast().promptIds();
        try (var pipeline = cpu(2)) {
            List<float[]> whole = states(pipeline, ids, Which.ALL, 256);
            assertSame(states(pipeline, ids, Which.ALL, 20), whole);
            assertSame(states(pipeline, ids, Which.LAST, 20), List.of(whole.getLast()));
            assertSame(states(pipeline, ids, Which.FIRST, 20), List.of(whole.getFirst()));
        }
    }

    private static List<float[]> states(
            LocalPipeline pipeline, int[] ids, Which which, int stepTokens) {
        return ask(pipeline, ids, new Task.States(which), stepTokens).stream()
                .filter(SequenceEvent.Shown.class::isInstance)
                .map(event -> ((SequenceEvent.Shown) event).state().values())
                .toList();
    }

    private static List<SequenceEvent> ask(
            LocalPipeline pipeline, int[] ids, Task task, int stepTokens) {
        var batcher = new Batcher(new BatchConfig(stepTokens, 4, 1, 4, 8_192, 1_024), () -> 0);
        batcher.submit(new SequenceRequest(7, ids, 0, SamplingParams.GREEDY, Set.of(), "", task));
        List<SequenceEvent> events = new ArrayList<>();
        while (!batcher.idle()) {
            PlannedStep step = batcher.next().orElseThrow();
            events.addAll(batcher.complete(step.batch().stepId(), pipeline.run(step), 0));
        }
        pipeline.stages().forEach(Stage::reset);
        return events;
    }

    @Test
    void aTableThatReadsWhatNobodyWroteIsRefused() {
        try (var pipeline = cpu(1)) {
            Stage stage = pipeline.stages().getFirst();
            var unwritten = new TableUpdate(0, new int[] {3, 4});
            refused(stage, new Slice(1, 16, 1, false, null, unwritten), "from at most 0");
            var outside = new TableUpdate(0, new int[] {8_192});
            refused(stage, new Slice(1, 0, 1, false, null, outside), "below 512");
            run(stage, new Slice(1, 0, 16, false, null, new TableUpdate(0, new int[] {3})));
            run(stage, new Slice(2, 16, 1, false, null, unwritten)); // shares block 3
            refused(
                    stage,
                    new Slice(3, 0, 1, false, null, new TableUpdate(0, new int[] {4})),
                    "in 2 places");
            refused(stage, new Slice(1, 0, 1, false, null, new TableUpdate(1, new int[0])), "in 2");
        }
    }

    private static void refused(Stage stage, Slice slice, String message) {
        assertThatThrownBy(() -> run(stage, slice))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.STEP_INVALID))
                .hasMessageContaining(message);
    }

    @Test
    void aSequenceRolledBackGoesOnAsIfNothingHadBeen() {
        int[] ids = goldens.get(3).promptIds();
        try (var pipeline = cpu(1)) {
            List<float[]> expected = logits(pipeline, ids, 256);
            int[] other = new int[40];
            Arrays.fill(other, 77);
            logitsAt(pipeline, Arrays.copyOf(ids, 10), 0);
            logitsAt(pipeline, other, 10);
            int[] rest = Arrays.copyOfRange(ids, 10, ids.length);
            assertThat(logitsAt(pipeline, rest, 10).getLast()).isEqualTo(expected.getLast());
        }
    }

    private static List<float[]> logitsAt(LocalPipeline pipeline, int[] ids, int position) {
        List<float[]> rows = new ArrayList<>();
        var slice = new Slice(1, position, ids.length, false, null);
        pipeline.run(new MicroBatch(1, List.of(slice)), ids, (id, at, row) -> rows.add(row));
        return rows;
    }

    @Test
    void aStepThatDoesNotFitChangesNothing() {
        var small = new StageConfig(32, 2, 64);
        try (var pipeline = new LocalPipeline(ReferenceModel.folder(), "cpu", 1, small)) {
            Stage stage = pipeline.stages().getFirst();
            run(stage, new Slice(1, 0, 16, false, null));
            assertThatThrownBy(() -> run(stage, new Slice(2, 0, 17, false, null)))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.KV_EXHAUSTED));
            assertThat(stage.freeKvTokens()).isEqualTo(16);
            assertThatThrownBy(() -> run(stage, new Slice(1, 17, 1, false, null)))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.STEP_INVALID));
            stage.release(List.of(1L, 99L));
            assertThat(stage.freeKvTokens()).isEqualTo(32);
        }
    }

    private static void run(Stage stage, Slice slice) {
        int[] ids = new int[slice.tokens()];
        stage.step(new MicroBatch(1, List.of(slice)), new StageInput.TokenIds(ids));
    }

    @Test
    void stagesHoldTheirOwnTensorsAndNoOthers() {
        try (var pipeline = cpu(2);
                var checkpoint = Checkpoint.open(ReferenceModel.folder())) {
            ModelLayout layout = ModelLayout.of(pipeline.spec(), checkpoint);
            long first = layout.weightBytes(new LayerRange(0, 4), true, false);
            long last = layout.weightBytes(new LayerRange(4, 8), false, true);
            assertThat(pipeline.stages().get(0).weightBytes()).isEqualTo(first);
            assertThat(pipeline.stages().get(1).weightBytes()).isEqualTo(last);
            assertThat(first + last).isEqualTo(27_538_176);
            assertThat(layout.kvBytesPerTokenPerLayer()).isEqualTo(1_024);
        }
    }

    @Test
    void warmingUpLeavesNoSequenceBehind() {
        try (var pipeline = cpu(2)) {
            for (Stage stage : pipeline.stages()) {
                stage.warmUp();
                assertThat(stage.freeKvTokens()).isEqualTo(8_192);
            }
        }
    }
}
