package assay.engine.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.Distances;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.LocalPipeline;
import assay.engine.ReferenceModel;
import assay.engine.kernel.cuda.driver.Gpus;
import assay.engine.sample.Cut;
import assay.engine.sample.LogitBias;
import assay.engine.sample.Penalties;
import assay.engine.sample.Sampled;
import assay.engine.sample.Sampler;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Slice;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.engine.weights.WeightType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a stage on a GPU promises beside its arithmetic, on the reference model. */
@Tag("gpu")
class CudaStageTest {
    private static final StageConfig CONFIG = new StageConfig(2_048, 40, 256);

    private LocalPipeline pipeline;
    private List<ReferenceModel.Golden> goldens;

    @BeforeEach
    void load() throws IOException {
        Gpus.driver();
        pipeline = new LocalPipeline(ReferenceModel.folder(), "cuda", 1, CONFIG);
        goldens = ReferenceModel.goldens();
    }

    @AfterEach
    void close() {
        if (pipeline != null) {
            pipeline.close();
        }
    }

    private Stage stage() {
        return pipeline.stages().getFirst();
    }

    private static SamplingParams params(int i) {
        Cut cut =
                switch (i % 5) {
                    case 0 -> new Cut(0, 0, 1);
                    case 1 -> new Cut(0, 7, 1);
                    case 2 -> new Cut(0, 0, 0.8f);
                    case 3 -> new Cut(0.05f, 0, 1);
                    default -> new Cut(0.01f, 40, 0.9f);
                };
        return new SamplingParams(
                i % 7 == 0 ? 0 : 0.5f + i % 3, cut, i, Penalties.NONE, LogitBias.NONE, 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT4"})
    void weightsQuantizedAtLoadAnswerAsTheyDoOnTheProcessor(WeightType type) {
        StageConfig config = new StageConfig(2_048, 40, 256, type);
        int[] prompt = goldens.getFirst().promptIds();
        try (var onGpu = new LocalPipeline(ReferenceModel.folder(), "cuda", 1, config);
                var onCpu = new LocalPipeline(ReferenceModel.folder(), "cpu", 1, config)) {
            float[][] expected = logits(onCpu, prompt).toArray(float[][]::new);
            assertThat(Distances.relative(logits(onGpu, prompt), expected)).isLessThan(2e-2);
        }
    }

    private static List<float[]> logits(LocalPipeline pipeline, int[] prompt) {
        List<float[]> logits = new ArrayList<>();
        Slice slice = new Slice(0, 0, prompt.length, true, SamplingParams.GREEDY);
        pipeline.run(
                new MicroBatch(0, List.of(slice)), prompt, (id, position, row) -> logits.add(row));
        return logits;
    }

    @Test
    void idsAreThoseThatTheSamplerDrawsFromTheSameLogits() {
        Sampler sampler = new Sampler(pipeline.spec().vocabularySize());
        int same = 0;
        int all = 0;
        for (int round = 0; round < 5; round++) {
            List<Slice> slices = new ArrayList<>();
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < 33; i++) {
                int[] prompt = goldens.get(i % goldens.size()).promptIds();
                int length = Math.min(7, prompt.length);
                slices.add(new Slice(i, 0, length, true, params(round * 33 + i)));
                Arrays.stream(prompt).limit(length).forEach(ids::add);
            }
            List<float[]> logits = new ArrayList<>();
            List<SampledToken> tokens =
                    pipeline.run(
                            new MicroBatch(round, slices),
                            ids.stream().mapToInt(Integer::intValue).toArray(),
                            (id, position, row) -> {
                                if (position == slices.get((int) id).end() - 1) {
                                    logits.add(row);
                                }
                            });
            for (int i = 0; i < slices.size(); i++, all++) {
                SamplingParams params = params(round * 33 + i);
                Sampled expected = sampler.sample(logits.get(i), params, slices.get(i).end());
                same += tokens.get(i).id() == expected.id() ? 1 : 0;
                float logProb = sampler.rate(logits.get(i), tokens.get(i).id(), 0).logProb();
                assertThat(tokens.get(i).logProb()).isCloseTo(logProb, within(1e-3f));
            }
            stage().reset();
        }
        // A draw that falls on the border of two ids may go to either.
        assertThat(same).isGreaterThanOrEqualTo(all - 2);
    }

    @Test
    void whatNeedsMoreThanLogitsIsSampledOnTheHost() {
        int[] ids = goldens.getFirst().promptIds();
        SamplingParams told = SamplingParams.GREEDY.withTopLogProbs(3);
        var slice = new Slice(1, 0, ids.length, true, told);
        List<SampledToken> tokens = pipeline.run(new MicroBatch(1, List.of(slice)), ids, null);
        assertThat(tokens.getFirst().alternatives()).hasSize(3);
        assertThat(tokens.getFirst().alternatives().getFirst().id())
                .isEqualTo(tokens.getFirst().id())
                .isEqualTo(goldens.getFirst().greedyIds()[0]);
    }

    @Test
    void statesAndRatingsAreThoseOfTheProcessor() {
        int[] ids = goldens.getFirst().promptIds();
        var batch = new MicroBatch(1, List.of(new Slice(1, 0, ids.length, true, null)));
        int[] targets = Arrays.copyOfRange(ids, 1, ids.length);
        List<SliceDemand> states = List.of(new SliceDemand.States(1, 0, ids.length));
        List<SliceDemand> rates = List.of(new SliceDemand.Rate(1, targets, 2));
        try (var exact = new LocalPipeline(ReferenceModel.folder(), "cpu", 1, CONFIG)) {
            var expected = sampled(exact.stages().getFirst(), batch, ids, states);
            var actual = sampled(stage(), batch, ids, states);
            for (int i = 0; i < ids.length; i++) {
                float[][] row = {expected.states().get(i).values()};
                List<float[]> own = List.of(actual.states().get(i).values());
                assertThat(Distances.relative(own, row)).isLessThan(5e-2);
            }
            exact.stages().forEach(Stage::reset);
            stage().reset();
            expected = sampled(exact.stages().getFirst(), batch, ids, rates);
            actual = sampled(stage(), batch, ids, rates);
            for (int i = 0; i < targets.length; i++) {
                assertThat(actual.ratings().get(i).logProb())
                        .isCloseTo(expected.ratings().get(i).logProb(), within(0.3f));
            }
        }
    }

    private static StageOutput.Sampled sampled(
            Stage stage, MicroBatch batch, int[] ids, List<SliceDemand> demands) {
        StageOutput output = stage.step(batch, new StageInput.TokenIds(ids), demands, null);
        return (StageOutput.Sampled) output;
    }

    @Test
    void sequencesComeAndGoWithoutATrace() {
        int[] ids = goldens.getFirst().promptIds();
        List<Integer> first = greedy(1, ids);
        for (int round = 0; round < 60; round++) {
            int[] other = goldens.get(round % goldens.size()).promptIds();
            greedy(2 + round, other);
            stage().release(List.of(2L + round));
        }
        assertThat(greedy(100, ids)).isEqualTo(first);
        stage().release(List.of(1L, 100L));
        assertThat(stage().freeKvTokens()).isEqualTo(CONFIG.kvTokens());
    }

    private List<Integer> greedy(long id, int[] prompt) {
        List<Integer> ids = new ArrayList<>();
        int position = 0;
        int[] next = prompt;
        for (int i = 0; i < 6; i++) {
            var slice = new Slice(id, position, next.length, true, SamplingParams.GREEDY);
            position += next.length;
            next =
                    new int[] {
                        pipeline.run(new MicroBatch(i, List.of(slice)), next, null).getFirst().id()
                    };
            ids.add(next[0]);
        }
        return ids;
    }

    @Test
    void aRefusedStepLeavesTheStageAsItWas() {
        int[] ids = goldens.getFirst().promptIds();
        List<Integer> first = greedy(1, ids);
        var tooMany = new Slice(2, 0, CONFIG.maxStepTokens() + 1, true, SamplingParams.GREEDY);
        assertThatThrownBy(() ->
                        pipeline.run(
                                new MicroBatch(9, List.of(tooMany)),
                                new int[tooMany.tokens()],
                                null))
                .isInstanceOf(EngineException.class);
        assertThat(greedy(3, ids)).isEqualTo(first);
    }

    @Test
    void aStageThatDoesNotFitSaysWhatItAskedForAndLeavesTheDeviceUsable() {
        StageConfig huge = new StageConfig(200_000_000, 4, 64);
        assertThatThrownBy(
                        () -> new LocalPipeline(ReferenceModel.folder(), "cuda", 1, huge).close())
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                .hasMessageContaining("KV of layer")
                .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY")
                .hasMessageContaining("bytes");
        assertThat(greedy(1, goldens.getFirst().promptIds())).hasSize(6);
    }

    @Test
    void aStageThatIsClosedGivesItsMemoryBack() {
        for (int i = 0; i < 12; i++) {
            new LocalPipeline(ReferenceModel.folder(), "cuda", 2, new StageConfig(1 << 16, 8, 64))
                    .close();
        }
        assertThat(greedy(1, goldens.getFirst().promptIds())).hasSize(6);
    }

    @Test
    void warmingUpHoldsNothing() {
        stage().warmUp();
        assertThat(stage().freeKvTokens()).isEqualTo(CONFIG.kvTokens());
    }
}
