package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.BlockTables;
import assay.engine.cache.TableUpdate;
import assay.engine.kernel.TokenPlaces;
import assay.engine.model.ModelSpec;
import java.util.List;

/** Finds each slice of a step its KV blocks, on any kind of stage. Confined to its thread. */
public final class Placement {
    private final ModelSpec spec;
    private final StageConfig config;
    private final BlockTables tables;

    public Placement(ModelSpec spec, StageConfig config, BlockTables tables) {
        this.spec = spec;
        this.config = config;
        this.tables = tables;
    }

    /**
     * Tokens of a step.
     *
     * @throws EngineException STEP_INVALID when there are more than the stage has room for
     */
    public int tokens(MicroBatch batch) {
        int tokens = batch.tokens();
        if (tokens > config.maxStepTokens()) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "step: %d tokens (expected: at most %d)"
                            .formatted(tokens, config.maxStepTokens()));
        }
        return tokens;
    }

    /**
     * Updates the tables of all sequences of a step.
     *
     * @return one table for each slice, valid until its sequence is placed or released again
     * @throws EngineException STEP_INVALID or KV_EXHAUSTED; where the stage takes free blocks
     *     itself, nothing has changed then
     */
    public int[][] place(MicroBatch batch) {
        requireBlocks(batch);
        List<Slice> slices = batch.slices();
        int[][] placed = new int[slices.size()][];
        for (int i = 0; i < placed.length; i++) {
            Slice slice = slices.get(i);
            TableUpdate update =
                    slice.table() == null
                            ? tables.choose(slice.sequenceId(), slice.end())
                            : slice.table();
            placed[i] = tables.place(slice.sequenceId(), slice.position(), slice.end(), update);
        }
        return placed;
    }

    /** The same for each token, of what {@link #place} gave. */
    static TokenPlaces ofTokens(MicroBatch batch, int[][] placed) {
        int tokens = batch.tokens();
        int[] positions = new int[tokens];
        int[][] ofTokens = new int[tokens][];
        int t = 0;
        for (int i = 0; i < placed.length; i++) {
            Slice slice = batch.slices().get(i);
            for (int p = slice.position(); p < slice.end(); p++, t++) {
                positions[t] = p;
                ofTokens[t] = placed[i];
            }
        }
        return new TokenPlaces(positions, ofTokens);
    }

    private static EngineException invalid(Slice slice, int limit) {
        return new EngineException(
                ErrorCode.STEP_INVALID,
                "sequence %d: positions %d..%d (expected: from at most %d, or within it)"
                        .formatted(slice.sequenceId(), slice.position(), slice.end(), limit));
    }

    /**
     * Looks at the whole batch before any of it is placed, so that a stage that takes its blocks
     * itself is unchanged by a step it refuses.
     */
    private void requireBlocks(MicroBatch batch) {
        int blocks = 0;
        int sequences = tables.sequenceCount();
        for (Slice slice : batch.slices()) {
            if (slice.end() > spec.contextTokens()) {
                throw invalid(slice, spec.contextTokens());
            }
            if (slice.table() == null) {
                int held = tables.tokens(slice.sequenceId());
                if (slice.position() > held) {
                    throw invalid(slice, held);
                }
                blocks += Math.max(0, tables.blocksMissing(slice.sequenceId(), slice.end()));
                sequences += held == 0 ? 1 : 0;
            }
        }
        if (blocks > tables.freeBlocks() || sequences > config.maxSequences()) {
            throw new EngineException(
                    ErrorCode.KV_EXHAUSTED,
                    "KV: %d blocks for %d sequences (expected: at most %d for %d)"
                            .formatted(
                                    blocks, sequences, tables.freeBlocks(), config.maxSequences()));
        }
    }
}
