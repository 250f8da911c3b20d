package assay.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.cache.KeptTable;
import assay.engine.cache.PagedKvCache;
import assay.engine.cache.TableUpdate;
import assay.engine.kernel.KvBlocks;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Slice;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.StageOutput;
import assay.engine.stage.TokenRating;
import assay.engine.stage.TokenState;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A stage whose KV is the token ids themselves, and whose next token is a pure function of all that
 * its tables let it see: a block that is shared wrongly, written twice or replayed wrongly shows in
 * the tokens.
 */
final class HistoryModel implements AutoCloseable {
    static final int EOS = 2;
    private static final int IDS = 40;

    private final Arena arena = Arena.ofConfined();
    private final PagedKvCache tables;
    private final int[] memory;
    private final Map<Long, int[]> started = new HashMap<>();
    private final Map<Long, int[]> seen = new HashMap<>();
    private final Map<Long, int[]> placed = new HashMap<>();

    HistoryModel(int kvTokens, int maxSequences) {
        tables = new PagedKvCache(arena, 1, 1, 1, 1, kvTokens, maxSequences);
        memory = new int[KvBlocks.blocksFor(kvTokens) * KvBlocks.BLOCK_TOKENS];
    }

    int freeBlocks() {
        return tables.freeBlocks();
    }

    void reset() {
        tables.reset();
        started.clear();
    }

    void keep(List<KeptTable> kept) {
        tables.keep(kept);
        started.clear();
    }

    /** Takes the tokens of a step in, and answers nothing: a stage that is not the last. */
    void take(PlannedStep step) {
        int token = 0;
        for (Slice slice : step.batch().slices()) {
            TableUpdate update = Objects.requireNonNull(slice.table());
            int[] table = tables.place(slice.sequenceId(), slice.position(), slice.end(), update);
            placed.put(slice.sequenceId(), table);
            for (int p = slice.position(); p < slice.end(); p++) {
                memory[place(table, p)] = step.tokenIds()[token++];
            }
        }
        for (Slice slice : step.batch().slices()) {
            seen.put(slice.sequenceId(), history(slice));
        }
    }

    void release(List<Long> ids) {
        ids.forEach(tables::release);
        ids.forEach(started::remove);
    }

    StageOutput.Sampled run(PlannedStep step) {
        take(step);
        Map<Long, Slice> slices = new HashMap<>();
        step.batch().slices().forEach(slice -> slices.put(slice.sequenceId(), slice));
        return answer(step, slices, seen);
    }

    private int[] history(Slice slice) {
        int[] table = Objects.requireNonNull(placed.get(slice.sequenceId()));
        int[] history = new int[slice.end()];
        Arrays.setAll(history, p -> memory[place(table, p)]);
        return history;
    }

    private static int place(int[] table, int position) {
        return table[position / KvBlocks.BLOCK_TOKENS] * KvBlocks.BLOCK_TOKENS
                + position % KvBlocks.BLOCK_TOKENS;
    }

    private StageOutput.Sampled answer(
            PlannedStep step, Map<Long, Slice> slices, Map<Long, int[]> seen) {
        List<SampledToken> tokens = new ArrayList<>();
        List<TokenRating> ratings = new ArrayList<>();
        List<TokenState> states = new ArrayList<>();
        for (SliceDemand demand : step.demands()) {
            long id = demand.sequenceId();
            int[] history = Objects.requireNonNull(seen.get(id));
            int position = Objects.requireNonNull(slices.get(id)).position();
            switch (demand) {
                case SliceDemand.Sample(long sequence, SliceDemand.SamplingStart start) -> {
                    if (start != null) {
                        started.put(id, concat(start.promptIds(), start.generatedIds()));
                    }
                    assertThat(started.get(id)).as("the sampler's history").isEqualTo(history);
                    int next = next(history);
                    started.put(id, concat(history, next));
                    tokens.add(new SampledToken(id, next, -1));
                }
                case SliceDemand.Rate(long sequence, int[] targets, int alternatives) -> {
                    for (int i = 0; i < targets.length; i++) {
                        int[] before = Arrays.copyOf(history, position + i + 1);
                        float rating = rating(before, targets[i]);
                        ratings.add(new TokenRating(id, position + i + 1, rating, List.of()));
                    }
                }
                case SliceDemand.States(long sequence, int first, int count) -> {
                    for (int i = first; i < first + count; i++) {
                        int[] before = Arrays.copyOf(history, position + i + 1);
                        float[] state = {Arrays.hashCode(before)};
                        states.add(new TokenState(id, position + i, state));
                    }
                }
            }
        }
        return new StageOutput.Sampled(tokens, ratings, states, List.of());
    }

    /** What follows a history: the end now and then. */
    static int next(int[] history) {
        int mixed = Arrays.hashCode(history) * 0x9E3779B9;
        return (mixed >>> 8) % 150 == 0 ? EOS : 3 + (mixed >>> 16) % IDS;
    }

    static float rating(int[] before, int target) {
        return -(float) (Math.abs((long) Arrays.hashCode(before) * 31 + target) % 1_000);
    }

    /** The tokens of a request that runs alone. */
    static List<Integer> alone(SequenceRequest request, int contextTokens) {
        int[] ids = request.promptIds();
        int limit = Sequence.lengthLimit(request, contextTokens);
        List<Integer> tokens = new ArrayList<>();
        while (ids.length < limit) {
            int next = next(ids);
            tokens.add(next);
            ids = concat(ids, next);
            if (request.eosIds().contains(next)) {
                break;
            }
        }
        return tokens;
    }

    static int[] concat(int[] first, int... second) {
        int[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Override
    public void close() {
        arena.close();
    }
}
