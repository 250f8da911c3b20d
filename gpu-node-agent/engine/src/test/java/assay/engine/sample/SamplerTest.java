package assay.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
    void aStopSequenceIsFoundAcrossPieces() {
        StopSequences stops = new StopSequences(List.of("END.", "STOP"));
        assertThat(stops.append("one E")).isEqualTo("one ");
        assertThat(stops.append("N")).isEmpty();
        assertThat(stops.append("ough EN")).isEqualTo("ENough ");
        assertThat(stops.append("D. and more STOP")).isEmpty();
        assertThat(stops.stopped()).isTrue();
        assertThat(stops.append("more")).isEmpty();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void theEarliestStopSequenceCuts() {
        StopSequences stops = new StopSequences(List.of("bc", "ab"));
        assertThat(stops.append("xabc")).isEqualTo("x");
        StopSequences none = new StopSequences(List.of("\n\n"));
        assertThat(none.append("a\n") + none.append("b\n") + none.finish()).isEqualTo("a\nb\n");
    }
}
