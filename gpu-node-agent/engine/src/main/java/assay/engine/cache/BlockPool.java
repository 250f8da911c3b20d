package assay.engine.cache;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides which block numbers sequences hold. There is one for a replica, at its head; every stage
 * has memory for each number and follows the tables.
 *
 * <p>A full block may have a name; sequences with the same beginning then share it without a copy.
 * A named block that nobody holds keeps its content until the room is needed: the least recently
 * held goes first. Confined to the batch loop.
 */
public final class BlockPool {
    private final int[] holders;
    private final @Nullable BlockName[] names;
    private final Map<BlockName, Integer> named = new HashMap<>();
    private final Deque<Integer> blank = new ArrayDeque<>();
    private final SequencedSet<Integer> kept = new LinkedHashSet<>();

    /** All blocks are free, and none has content. */
    public BlockPool(int blockCount) {
        holders = new int[blockCount];
        names = new BlockName[blockCount];
        reset();
    }

    /** Blocks that {@link #take} could give one after the other. */
    public int available() {
        return blank.size() + kept.size();
    }

    /** Blocks that some sequence holds. */
    public int held() {
        return holders.length - available();
    }

    /**
     * A block for one sequence to write to.
     *
     * @throws EngineException KV_EXHAUSTED when none is available
     */
    public int take() {
        Integer block = blank.poll();
        if (block == null) {
            if (kept.isEmpty()) {
                throw new EngineException(
                        ErrorCode.KV_EXHAUSTED, "available KV blocks: 0 (expected: at least 1)");
            }
            block = kept.removeFirst();
            named.remove(names[block]);
            names[block] = null;
        }
        holders[block] = 1;
        return block;
    }

    /** The block of that name for one holder more, if its content is still there. */
    public OptionalInt share(BlockName name) {
        Integer block = named.get(name);
        if (block == null) {
            return OptionalInt.empty();
        }
        if (holders[block]++ == 0) {
            kept.remove(block);
        }
        return OptionalInt.of(block);
    }

    /** How {@link #share} would find a name. */
    public enum Presence {
        ABSENT,
        /** Held by nobody: sharing it takes an available block. */
        KEPT,
        /** Held by some sequence: sharing it takes nothing. */
        HELD
    }

    public Presence presence(BlockName name) {
        Integer block = named.get(name);
        if (block == null) {
            return Presence.ABSENT;
        }
        return holders[block] == 0 ? Presence.KEPT : Presence.HELD;
    }

    /**
     * A held block is full from now on, as every later step will see it. Where another block has
     * the name already, this one stays without.
     */
    public void name(int block, BlockName name) {
        if (names[block] == null && named.putIfAbsent(name, block) == null) {
            names[block] = name;
        }
    }

    /** A held block is not full after all. */
    public void unname(int block) {
        BlockName name = names[block];
        if (name != null) {
            named.remove(name);
            names[block] = null;
        }
    }

    /** Blocks that nobody holds have no content any more. */
    public void forgetKept() {
        for (int block : kept) {
            named.remove(names[block]);
            names[block] = null;
            blank.push(block);
        }
        kept.clear();
    }

    /** One holder less. */
    public void give(int block) {
        if (holders[block] == 0) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "block %d: given back by nobody (expected: a holder)".formatted(block));
        }
        if (--holders[block] == 0) {
            if (names[block] == null) {
                blank.push(block);
            } else {
                kept.addLast(block);
            }
        }
    }

    /** No block is held, and none has content. */
    public void reset() {
        named.clear();
        kept.clear();
        blank.clear();
        for (int block = 0; block < holders.length; block++) {
            holders[block] = 0;
            names[block] = null;
            blank.add(block);
        }
    }
}
