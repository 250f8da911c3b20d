package assay.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.constrain.TokenMask;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final float[] LOGITS = {0.5f, 2, -1, 2, 0, 1};
    private final Sampler sampler = new Sampler(LOGITS.length);

    /** The known answers that come with Random123. */
    @Test
    void noiseIsPhilox() {
        assertThat(Philox.block(0, 0, 0, 0, 0, 0))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(Philox.block(-1, -1, -1, -1, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(
                        Philox.block(
                                0x243f6a88,
                                0x85a308d3,
                                0x13198a2e,
                                0x03707344,
                                0xa4093822,
                                0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void greedyTakesTheLowestOfTheLikeliest() {
        Sampled sampled = sampler.sample(LOGITS, SamplingParams.GREEDY, 9);
        double sum = 0;
        for (float logit : LOGITS) {
            sum += Math.exp(logit);
        }
        assertThat(sampled.id()).isEqualTo(1);
        assertThat((double) sampled.logProb()).isCloseTo(2 - Math.log(sum), within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(floats = {0.3f, 1, 2.5f})
    void idsAreDrawnAsTheirSharesSay(float temperature) {
        int draws = 20_000;
        int[] counts = new int[LOGITS.length];
        for (int position = 0; position < draws; position++) {
            counts[
                    sampler.sample(LOGITS, new SamplingParams(temperature, 1, 0, 7), position)
                            .id()]++;
        }
        double sum = 0;
        for (float logit : LOGITS) {
            sum += Math.exp(logit / temperature);
        }
        for (int id = 0; id < LOGITS.length; id++) {
            double share = Math.exp(LOGITS[id] / temperature) / sum;
            assertThat(counts[id] / (double) draws).isCloseTo(share, within(0.012));
        }
    }

    @Test
    void aDrawDependsOnSeedAndPositionAlone() {
        SamplingParams params = new SamplingParams(1, 0.9f, 0, 123);
        int expected = sampler.sample(LOGITS, params, 40).id();
        for (int i = 0; i < 50; i++) {
            sampler.sample(new float[] {i, 1, 2, 3, 4, 5}, params, i);
            assertThat(sampler.sample(LOGITS, params, 40).id()).isEqualTo(expected);
        }
        assertThat(new Sampler(LOGITS.length).sample(LOGITS, params, 40).id()).isEqualTo(expected);
    }

    @Test
    void topPKeepsTheLikeliestUntilTheyHoldTheShare() {
        // Shares: ids 1 and 3 about 0.33 each, id 5 about 0.12.
        assertThat(drawn(new SamplingParams(1, 0.3f, 0, 1))).containsExactlyInAnyOrder(1);
        assertThat(drawn(new SamplingParams(1, 0.5f, 0, 1))).containsExactlyInAnyOrder(1, 3);
        assertThat(drawn(new SamplingParams(1, 0.75f, 0, 1))).containsExactlyInAnyOrder(1, 3, 5);
        assertThat(drawn(new SamplingParams(1, 1, 0, 1))).hasSize(LOGITS.length);
    }

    @Test
    void topKKeepsThatMany() {
        assertThat(drawn(new SamplingParams(1, 1, 1, 1))).containsExactlyInAnyOrder(1);
        assertThat(drawn(new SamplingParams(1, 1, 2, 1))).containsExactlyInAnyOrder(1, 3);
        assertThat(drawn(new SamplingParams(1, 1, 99, 1))).hasSize(LOGITS.length);
    }

    private Set<Integer> drawn(SamplingParams params) {
        Set<Integer> ids = new HashSet<>();
        for (int position = 0; position < 3_000; position++) {
            ids.add(sampler.sample(LOGITS, params, position).id());
        }
        return ids;
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void logitsThatAreNoNumbersAreAnError(float bad) {
        float[] logits = LOGITS.clone();
        logits[4] = bad;
        assertThatThrownBy(() -> sampler.sample(logits, SamplingParams.GREEDY, 0))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.LOGITS_NOT_FINITE));
    }

    @Test
    void parametersOutsideTheirRangesAreRefused() {
        assertThatThrownBy(() -> new SamplingParams(Float.NaN, 1, 0, 0))
                .hasMessage("temperature: NaN (expected: 0..100.0)");
        assertThatThrownBy(() -> new SamplingParams(-1, 1, 0, 0))
                .isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> new SamplingParams(1, 0, 0, 0))
                .isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> new SamplingParams(1, 1.5f, 0, 0))
                .isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> new SamplingParams(1, 1, -1, 0))
                .isInstanceOf(EngineException.class);
    }

    @Test
    void parametersOfPenaltiesAndCutsAreChecked() {
        refused(() -> new Penalties(0, 0, 0), "repetition_penalty: 0.0");
        refused(() -> new Penalties(11, 0, 0), "repetition_penalty");
        refused(() -> new Penalties(1, 2.5f, 0), "frequency_penalty: 2.5 (expected: -2.0..2.0)");
        refused(() -> new Penalties(1, 0, Float.NaN), "presence_penalty");
        refused(() -> new Cut(1.5f, 0, 1), "min_p");
        refused(() -> new LogitBias(Map.of(3, 101f)), "logit_bias of id 3: 101.0");
        refused(() -> new LogitBias(Map.of(6, 1f)).checkIds(6), "logit_bias of id 6");
        refused(() -> SamplingParams.GREEDY.withTopLogProbs(21), "top_logprobs: 21");
        Map<Integer, Float> many = new HashMap<>();
        for (int id = 0; id <= LogitBias.COUNT_MAX; id++) {
            many.put(id, 1f);
        }
        refused(() -> new LogitBias(many), "logit_bias: 301 ids (expected: at most 300)");
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining(message);
    }

    /** Logits 0.5, 2, -1, 2, 0, 1; the prompt holds ids 1 and 2, generated were 3, 3 and 5. */
    @Test
    void penaltiesFollowTheirDefinitions() {
        TokenHistory history = TokenHistory.of(new int[] {1, 2}, new int[] {3, 5, 3});
        SamplingParams base = SamplingParams.GREEDY;
        // 1: 2/5, 2: -5, 3: 2/5, 5: 1/5; what was not seen stays.
        assertThat(greedy(base.withPenalties(new Penalties(5, 0, 0)), history)).isZero();
        // 3: 2 - 2 * 1.5, 5: 1 - 1.5; the prompt does not count.
        assertThat(greedy(base.withPenalties(new Penalties(1, 1.5f, 0)), history)).isOne();
        // 3: 2 + 2 * 0.1 is above 1 with 2.
        assertThat(greedy(base.withPenalties(new Penalties(1, -0.1f, 0)), history)).isEqualTo(3);
        // 3: 2 - 1.6 + 1.8, 5: 1 - 0.8 + 1.8; presence counts once.
        assertThat(greedy(base.withPenalties(new Penalties(1, 0.8f, -1.8f)), history)).isEqualTo(3);
        assertThat(greedy(base.withPenalties(new Penalties(1, 1, -1.8f)), history)).isOne();
        assertThat(greedy(base.withBias(new LogitBias(Map.of(4, 2.1f, 1, -1f))), history))
                .isEqualTo(4);
    }

    private int greedy(SamplingParams params, TokenHistory history) {
        Sampled sampled = sampler.sample(LOGITS, params, history, 9, null);
        float own = sampler.sample(LOGITS, SamplingParams.GREEDY, 9).logProb();
        assertThat((double) sampled.logProb())
                .as("of the model's own distribution")
                .isCloseTo(LOGITS[sampled.id()] - 2 + own, within(1e-6));
        return sampled.id();
    }

    @Test
    void penaltiesWithoutAHistoryAndMasksThatDoNotFitAreRefused() {
        SamplingParams params = SamplingParams.GREEDY.withPenalties(new Penalties(2, 0, 0));
        for (ThrowingCallable call :
                List.<ThrowingCallable>of(
                        () -> sampler.sample(LOGITS, params, 0),
                        () ->
                                sampler.sample(
                                        LOGITS,
                                        params,
                                        TokenHistory.of(new int[] {6}, new int[0]),
                                        0,
                                        null),
                        () ->
                                sampler.sample(
                                        LOGITS,
                                        params.withPenalties(Penalties.NONE),
                                        null,
                                        0,
                                        TokenMask.of(6)),
                        () ->
                                sampler.sample(
                                        LOGITS,
                                        params.withPenalties(Penalties.NONE),
                                        null,
                                        0,
                                        TokenMask.of(7, 1)),
                        () -> sampler.sample(new float[5], SamplingParams.GREEDY, 0))) {
            assertThatThrownBy(call)
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.STEP_INVALID));
        }
    }

    @Test
    void aMaskLeavesNothingElse() {
        TokenMask mask = TokenMask.of(LOGITS.length, 0, 4);
        assertThat(sampler.sample(LOGITS, SamplingParams.GREEDY, null, 0, mask).id()).isZero();
        Set<Integer> ids = new HashSet<>();
        for (int position = 0; position < 500; position++) {
            SamplingParams params = new SamplingParams(5, 1, 0, 3);
            ids.add(sampler.sample(LOGITS, params, null, position, mask).id());
        }
        assertThat(ids).containsExactlyInAnyOrder(0, 4);
    }

    @Test
    void answersHaveSeedsOfTheirOwn() {
        SamplingParams params = new SamplingParams(1, 1, 0, 77);
        assertThat(params.forAnswer(0)).isEqualTo(params);
        Set<Long> seeds = new HashSet<>();
        for (int answer = 0; answer < 1_000; answer++) {
            assertThat(params.forAnswer(answer)).isEqualTo(params.forAnswer(answer));
            seeds.add(params.forAnswer(answer).seed());
            seeds.add(new SamplingParams(1, 1, 0, 78).forAnswer(answer).seed());
        }
        assertThat(seeds).hasSize(2_000);
    }
}
