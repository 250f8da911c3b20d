package assay.engine.batch;

import assay.engine.cache.BlockName;
import assay.engine.cache.BlockPool;
import assay.engine.cache.BlockPool.Presence;
import assay.engine.cache.KeptTable;
import assay.engine.cache.PrefixNames;
import assay.engine.kernel.KvBlocks;
import java.util.List;
import java.util.OptionalInt;

/**
 * The KV of running sequences: room as they grow, and reuse of what is there already. Full blocks
 * get their name when the step that fills them is planned, since every stage runs steps in order.
 * Confined to the batch loop.
 */
final class KvRoom {
    private final BlockPool pool;
    private final PrefixNames hash = new PrefixNames();
    private long queriedTokens;
    private long hitTokens;

    KvRoom(int blockCount) {
        pool = new BlockPool(blockCount);
    }

    int heldBlocks() {
        return pool.held();
    }

    int availableBlocks() {
        return pool.available();
    }

    /** Tokens that were looked for among the blocks that are there. */
    long queriedTokens() {
        return queriedTokens;
    }

    /** Of those, the ones that were there. */
    long hitTokens() {
        return hitTokens;
    }

    /** Blocks that a sequence would take out of the available ones to begin. */
    int needed(Sequence sequence) {
        int missing = KvBlocks.blocksFor(target(sequence));
        for (BlockName name : reusable(sequence)) {
            Presence presence = pool.presence(name);
            if (presence == Presence.ABSENT) {
                break;
            }
            missing -= presence == Presence.HELD ? 1 : 0;
        }
        return missing;
    }

    /** Blocks that a running sequence lacks for the tokens it is known to have. */
    static int outstanding(Sequence sequence) {
        return Math.max(0, KvBlocks.blocksFor(target(sequence)) - sequence.blockCount());
    }

    private static int target(Sequence sequence) {
        return sequence.reserves()
                ? sequence.limit()
                : Math.min(sequence.limit(), sequence.known() + 1);
    }

    /** A sequence begins to run: shares what is there, and takes what it reserves. */
    void enter(Sequence sequence) {
        if (sequence.count() && sequence.generates()) {
            queriedTokens += sequence.known();
        }
        share(sequence);
        if (sequence.reserves()) {
            grow(sequence, sequence.limit() - sequence.position());
        }
    }

    /**
     * Shares the blocks that come next in a sequence, as far as they are there by now: others with
     * the same beginning may have run since it was admitted.
     */
    void share(Sequence sequence) {
        List<BlockName> names = reusable(sequence);
        for (int i = sequence.blockCount();
                i < names.size() && sequence.position() == i * KvBlocks.BLOCK_TOKENS;
                i++) {
            OptionalInt block = pool.share(names.get(i));
            if (block.isEmpty()) {
                return;
            }
            sequence.addBlock(block.getAsInt());
            hitTokens += sequence.skipBlock();
        }
    }

    /** Whether a sequence is about to compute what another one is computing before it. */
    boolean follows(Sequence sequence, Sequence other) {
        int next = sequence.position() / KvBlocks.BLOCK_TOKENS;
        List<BlockName> names = reusable(sequence);
        List<BlockName> others = reusable(other);
        return sequence.position() == next * KvBlocks.BLOCK_TOKENS
                && next < Math.min(names.size(), others.size())
                && names.get(next).equals(others.get(next));
    }

    /**
     * Room for tokens to come, as far as there are blocks.
     *
     * @return for how many there is room, at most {@code tokens}
     */
    int grow(Sequence sequence, int tokens) {
        int blocks = KvBlocks.blocksFor(sequence.position() + tokens);
        while (sequence.blockCount() < blocks && pool.available() > 0) {
            sequence.addBlock(pool.take());
        }
        int room = sequence.blockCount() * KvBlocks.BLOCK_TOKENS - sequence.position();
        return Math.min(tokens, room);
    }

    /** Names what the scheduled tokens have filled, for others to share. */
    void filled(Sequence sequence) {
        int full = sequence.position() / KvBlocks.BLOCK_TOKENS;
        List<BlockName> names = names(sequence, full);
        for (int i = sequence.named(); i < full; i++) {
            pool.name(sequence.block(i), names.get(i));
        }
        sequence.named(full);
    }

    /** Gives all blocks back, the last first: the beginnings of sequences are kept longest. */
    void leave(Sequence sequence) {
        for (int i = sequence.blockCount() - 1; i >= 0; i--) {
            pool.give(sequence.block(i));
        }
        sequence.rewind();
    }

    /**
     * Goes back to the blocks of what is committed, and to their names.
     *
     * @param refills the first stages have lost even that
     */
    KeptTable rollBack(Sequence sequence, boolean refills) {
        int blocks = KvBlocks.blocksFor(sequence.committed());
        while (sequence.blockCount() > blocks) {
            pool.give(sequence.removeBlock());
        }
        if (sequence.committed() % KvBlocks.BLOCK_TOKENS != 0) {
            pool.unname(sequence.block(blocks - 1));
        }
        return sequence.rollBack(refills);
    }

    /** Some stage lacks a held block: it can not be shared. */
    void lacks(int block) {
        pool.unname(block);
    }

    /** What no sequence holds can not be shared any more. */
    void forgetKept() {
        pool.forgetKept();
    }

    /** The stages have lost everything. */
    void reset() {
        pool.reset();
    }

    /**
     * Names of the blocks a sequence could share: full ones, before its last known token, which
     * must run so that something can be sampled. What must be answered for each token shares none.
     */
    private List<BlockName> reusable(Sequence sequence) {
        return sequence.generates()
                ? names(sequence, (sequence.known() - 1) / KvBlocks.BLOCK_TOKENS)
                : List.of();
    }

    private List<BlockName> names(Sequence sequence, int count) {
        List<BlockName> names = sequence.names();
        if (names.isEmpty() && count > 0) {
            BlockName root = hash.root(sequence.request().tenant());
            names.add(hash.next(root, sequence.ids(), 0));
        }
        while (names.size() < count) {
            names.add(
                    hash.next(
                            names.getLast(), sequence.ids(), names.size() * KvBlocks.BLOCK_TOKENS));
        }
        return names.subList(0, count);
    }
}
