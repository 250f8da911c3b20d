package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.AttentionKernels;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.cuda.StepFrame.Singles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which tokens of a step attend how: those that are alone with their sequence in runs as long as
 * can be, those of longer slices in tiles. What fills a step up counts as alone. Immutable.
 *
 * @param singles ascending
 * @param tiles first token and number of tokens of each tile, which never spans two slices
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
record StepPlan(List<Singles> singles, int[] tiles) {
    StepPlan {
        singles = List.copyOf(singles);
    }

    /**
     * @param count tokens of the step and what fills it up
     */
    static StepPlan of(MicroBatch batch, int count) {
        List<Singles> singles = new ArrayList<>();
        int[] tiles = new int[2 * count];
        int size = 0;
        int token = 0;
        for (Slice slice : batch.slices()) {
            if (slice.tokens() == 1) {
                add(singles, token, 1);
            }
            for (int at = 0; slice.tokens() > 1 && at < slice.tokens(); size += 2) {
                tiles[size] = token + at;
                tiles[size + 1] = Math.min(AttentionKernels.TILE_TOKENS, slice.tokens() - at);
                at += AttentionKernels.TILE_TOKENS;
            }
            token += slice.tokens();
        }
        if (token < count) {
            add(singles, token, count - token);
        }
        return new StepPlan(singles, Arrays.copyOf(tiles, size));
    }

    private static void add(List<Singles> singles, int first, int count) {
        Singles last = singles.isEmpty() ? null : singles.getLast();
        if (last != null && last.first() + last.count() == first) {
            singles.set(singles.size() - 1, new Singles(last.first(), last.count() + count));
        } else {
            singles.add(new Singles(first, count));
        }
    }

    int tileCount() {
        return tiles.length / 2;
    }
}
