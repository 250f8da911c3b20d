package assay.engine.stage;

import assay.engine.model.ModelSpec;
import assay.engine.sample.SamplingParams;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * The made-up steps behind {@link Stage#warmUp}: a prompt and some decodes, over and over for a
 * while.
 */
public final class WarmUp {
    private static final long NANOS_MAX = 1_500_000_000L;
    private static final int ROUNDS_MAX = 400;
    private static final int PROMPT_TOKENS = 33;
    private static final int DECODES = 7;
    private static final int HIDDEN_BYTES = Float.BYTES;
    private static final SamplingParams SAMPLED = new SamplingParams(0.8f, 0.9f, 0, 1);

    private final StageConfig config;
    private final boolean first;
    private final boolean last;
    private final int hiddenSize;
    private final int promptTokens;

    /**
     * @param first whether the stage embeds
     * @param last whether it samples
     */
    public WarmUp(ModelSpec spec, StageConfig config, boolean first, boolean last) {
        this.config = config;
        this.first = first;
        this.last = last;
        this.hiddenSize = spec.hiddenSize();
        int room = Math.min(spec.contextTokens(), config.kvTokens()) - DECODES;
        this.promptTokens = Math.min(PROMPT_TOKENS, Math.min(room, config.maxStepTokens()));
    }

    /** Leaves sequence 0 behind. */
    public void run(Stage stage) {
        if (promptTokens < 1) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            var states =
                    arena.allocate((long) config.maxStepTokens() * hiddenSize * HIDDEN_BYTES, 1);
            long end = System.nanoTime() + NANOS_MAX;
            for (int round = 0; round < ROUNDS_MAX && System.nanoTime() < end; round++) {
                SamplingParams params = round % 2 == 0 ? SamplingParams.GREEDY : SAMPLED;
                step(stage, states, 0, promptTokens, params);
                for (int i = 0; i < DECODES; i++) {
                    step(stage, states, promptTokens + i, 1, params);
                }
            }
        }
    }

    private void step(
            Stage stage,
            java.lang.foreign.MemorySegment states,
            int position,
            int tokens,
            SamplingParams params) {
        Slice slice = new Slice(0, position, tokens, last, params);
        StageInput input =
                first
                        ? new StageInput.TokenIds(new int[tokens])
                        : new StageInput.Hidden(
                                states.asSlice(0, (long) tokens * hiddenSize * HIDDEN_BYTES));
        stage.step(new MicroBatch(0, List.of(slice)), input);
    }
}
