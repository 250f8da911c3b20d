package assay.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.constrain.ConstraintSpec;
import assay.engine.sample.constrain.MasksAhead;
import assay.engine.sample.constrain.TokenConstraint;
import assay.engine.sample.constrain.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SamplingStateTest {
    private static final int SIZE = 300;
    private static final int END = 299;
    private static final int[] PROMPT = {7, 8, 9, 7};

    private static final SamplingParams PARAMS =
            new SamplingParams(1.3f, 0.95f, 40, 5)
                    .withPenalties(new Penalties(1.2f, 0.3f, 0.1f))
                    .withBias(new LogitBias(Map.of(50, 3f)))
                    .withTopLogProbs(3);

    /** Ids 0..255 are bytes. */
    private static TokenConstraint constraint() {
        byte[][] tokens = new byte[SIZE][0];
        for (int b = 0; b < 256; b++) {
            tokens[b] = new byte[] {(byte) b};
        }
        tokens[260] = "abc".getBytes(StandardCharsets.US_ASCII);
        return TokenConstraint.compile(
                new ConstraintSpec.Regex("[a-z]{3,}( [a-z]{2})*\\."),
                Vocabulary.of(tokens, Set.of(END)));
    }

    private static float[] logits(int position) {
        Random random = new Random(position);
        float[] logits = new float[SIZE];
        for (int id = 0; id < SIZE; id++) {
            logits[id] = (float) random.nextGaussian() * 3;
        }
        return logits;
    }

    @Test
    void aStateMadeAnewGoesOnAsTheOldOne() {
        Sampler sampler = new Sampler(SIZE);
        TokenConstraint constraint = constraint();
        for (TokenConstraint with : new TokenConstraint[] {null, constraint}) {
            int[] generated = new int[0];
            SamplingState state = new SamplingState(PARAMS, PROMPT.length, PROMPT, generated, with);
            for (int i = 0; i < 60; i++) {
                int position = PROMPT.length + i;
                SamplingState anew = new SamplingState(PARAMS, position, PROMPT, generated, with);
                // Another sequence in between changes nothing.
                sampler.sample(logits(i + 1_000), SamplingParams.GREEDY, i);
                Sampled sampled = state.sample(sampler, logits(position), position);
                assertThat(anew.sample(new Sampler(SIZE), logits(position), position))
                        .isEqualTo(sampled);
                assertThat(sampled.top()).hasSize(3);
                generated = Arrays.copyOf(generated, i + 1);
                generated[i] = sampled.id();
                if (sampled.id() == END) {
                    break;
                }
            }
            assertThat(generated).hasSizeGreaterThan(3);
        }
    }

    @Test
    void masksMadeAheadChangeNoDraw() {
        Sampler sampler = new Sampler(SIZE);
        for (int run = 0; run < 20; run++) {
            SamplingParams params = new SamplingParams(1.3f, 0.95f, 40, run);
            SamplingState plain =
                    new SamplingState(params, 3, new int[0], new int[0], constraint());
            SamplingState ahead =
                    new SamplingState(params, 3, new int[0], new int[0], constraint());
            try (MasksAhead masks = new MasksAhead()) {
                for (int position = 3; position < 60; position++) {
                    ahead.prepare(masks);
                    assertThat(ahead.sample(sampler, logits(position), position))
                            .isEqualTo(plain.sample(sampler, logits(position), position));
                }
            }
        }
    }

    @Test
    void aPositionThatDoesNotFollowIsRefusedAndChangesNothing() {
        SamplingState state = new SamplingState(PARAMS, 4, PROMPT, new int[0], null);
        Sampler sampler = new Sampler(SIZE);
        assertThatThrownBy(() -> state.sample(sampler, logits(5), 5))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.STEP_INVALID));
        state.sample(sampler, logits(4), 4);
        state.accept(12);
        assertThat(state.position()).isEqualTo(6);
    }

    @Test
    void onlyWhatTheConstraintAdmitsIsDrawnAndItsEndFollows() {
        SamplingState state =
                new SamplingState(SamplingParams.GREEDY, 3, new int[0], new int[0], constraint());
        Sampler sampler = new Sampler(SIZE);
        StringBuilder text = new StringBuilder();
        for (int position = 3; position < 40; position++) {
            int id = state.sample(sampler, logits(position), position).id();
            if (id == END) {
                break;
            }
            text.append(id == 260 ? "abc" : Character.toString(id));
        }
        assertThat(text.toString()).matches("[a-z]{3,}( [a-z]{0,2})*\\.?");
        assertThatThrownBy(() ->
                        new SamplingState(
                                SamplingParams.GREEDY,
                                4,
                                new int[0],
                                new int[] {'.'},
                                constraint()))
                .isInstanceOf(EngineException.class);
    }
}
