package assay.engine.batch;

import assay.engine.kernel.KvBlocks;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Sequences whose KV the first stages lack and the others have: their tokens run through the first
 * stages again, one sequence after the other, and nothing is sampled. A block that several hold is
 * written for the first of them, and passed over for the others. Confined to the batch loop.
 */
final class Refill {
    private final Deque<Sequence> open = new ArrayDeque<>();
    private final Set<Integer> written = new HashSet<>();

    void begin(Collection<Sequence> sequences) {
        clear();
        open.addAll(sequences);
    }

    void clear() {
        open.clear();
        written.clear();
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /**
     * The sequence is not wanted any more.
     *
     * @return its blocks that the first stages still lack
     */
    List<Integer> remove(Sequence sequence) {
        if (!open.remove(sequence)) {
            return List.of();
        }
        return IntStream.range(0, sequence.blockCount())
                .mapToObj(sequence::block)
                .filter(block -> !written.contains(block))
                .toList();
    }

    /**
     * Fills a step.
     *
     * @return sequences that are through with it
     */
    List<Sequence> plan(StepDraft draft, StepCost cost) {
        List<Sequence> through = new ArrayList<>();
        while (!open.isEmpty()) {
            Sequence sequence = open.element();
            skipWritten(sequence);
            int count = runLength(sequence, draft.room());
            if (sequence.position() < sequence.committed()
                    && (count == 0 || draft.holds(sequence))) {
                return through; // the rest in the next step
            }
            if (count > 0) {
                int from = sequence.position();
                draft.refill(sequence, count, cost.of(from, count));
                note(sequence, from);
                skipWritten(sequence);
            }
            if (sequence.position() == sequence.committed()) {
                through.add(open.remove());
            }
        }
        return through;
    }

    private void skipWritten(Sequence sequence) {
        while (sequence.position() % KvBlocks.BLOCK_TOKENS == 0
                && sequence.position() + KvBlocks.BLOCK_TOKENS <= sequence.committed()
                && isWritten(sequence, sequence.position())) {
            sequence.passOver(KvBlocks.BLOCK_TOKENS);
        }
    }

    /** Tokens from here on that no other sequence has written, as far as there is room. */
    private int runLength(Sequence sequence, int room) {
        int end = Math.min(sequence.committed(), sequence.position() + room);
        for (int at = sequence.position(); at < end; at++) {
            if (at % KvBlocks.BLOCK_TOKENS == 0 && isWritten(sequence, at)) {
                return at - sequence.position();
            }
        }
        return end - sequence.position();
    }

    private boolean isWritten(Sequence sequence, int position) {
        return written.contains(sequence.block(position / KvBlocks.BLOCK_TOKENS));
    }

    private void note(Sequence sequence, int from) {
        int full = sequence.position() / KvBlocks.BLOCK_TOKENS;
        for (int i = from / KvBlocks.BLOCK_TOKENS; i < full; i++) {
            written.add(sequence.block(i));
        }
    }
}
