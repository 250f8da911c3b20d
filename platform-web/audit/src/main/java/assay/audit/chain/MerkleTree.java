package assay.audit.chain;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * The tree of RFC 6962, section 2.1: of n leaves, the largest power of two below n go to the left.
 * Leaves come in order, one by one; memory grows with the logarithm of their number. Confined to
 * one thread.
 */
final class MerkleTree {
    /** Roots of full trees over what came so far, the largest at the bottom of the stack. */
    private final Deque<byte[]> peaks = new ArrayDeque<>();

    private long leafCount;

    /** Takes the hash of the next leaf. */
    void add(byte[] leaf) {
        byte[] hash = leaf;
        for (long n = leafCount; (n & 1) == 1; n >>= 1) {
            hash = Hashes.node(peaks.pop(), hash);
        }
        peaks.push(hash);
        leafCount++;
    }

    long leafCount() {
        return leafCount;
    }

    /** The root over all leaves so far; of none, the hash of nothing. */
    byte[] root() {
        if (peaks.isEmpty()) {
            return Hashes.sha256(new byte[0]);
        }
        Iterator<byte[]> fromSmallest = peaks.iterator();
        byte[] hash = fromSmallest.next();
        while (fromSmallest.hasNext()) {
            hash = Hashes.node(fromSmallest.next(), hash);
        }
        return hash;
    }

    /**
     * What shows that leaves stand in a tree one after another: the roots of the largest subtrees
     * beside them, from left to right. For a single leaf these are the hashes of its audit path
     * (RFC 6962, section 2.1.1), in this order.
     *
     * @param leaves all n hashes, in order; each is asked for once
     * @param from first leaf of the run
     * @param to after its last leaf
     */
    static List<byte[]> proof(long n, long from, long to, Supplier<byte[]> leaves) {
        checkRun(n, from, to);
        List<byte[]> proof = new ArrayList<>();
        prove(0, n, from, to, leaves, proof);
        return proof;
    }

    private static void prove(
            long lo, long hi, long from, long to, Supplier<byte[]> leaves, List<byte[]> proof) {
        if (hi <= from || lo >= to) {
            var beside = new MerkleTree();
            for (long i = lo; i < hi; i++) {
                beside.add(leaves.get());
            }
            proof.add(beside.root());
        } else if (from <= lo && hi <= to) {
            for (long i = lo; i < hi; i++) {
                byte[] _ = leaves.get();
            }
        } else {
            long middle = lo + split(hi - lo);
            prove(lo, middle, from, to, leaves, proof);
            prove(middle, hi, from, to, leaves, proof);
        }
    }

    /**
     * The root that follows from a run of leaves and its proof.
     *
     * @param leaves those of the run alone
     * @throws IllegalArgumentException if the proof has too few or too many hashes for this run
     */
    static byte[] rootOf(long n, long from, long to, Supplier<byte[]> leaves, List<byte[]> proof) {
        checkRun(n, from, to);
        Iterator<byte[]> beside = proof.iterator();
        byte[] root = fold(0, n, from, to, leaves, beside);
        if (beside.hasNext()) {
            throw new IllegalArgumentException("proof: too long for its run of leaves");
        }
        return root;
    }

    private static byte[] fold(
            long lo, long hi, long from, long to, Supplier<byte[]> leaves, Iterator<byte[]> proof) {
        if (hi <= from || lo >= to) {
            if (!proof.hasNext()) {
                throw new IllegalArgumentException("proof: too short for its run of leaves");
            }
            return proof.next();
        }
        if (from <= lo && hi <= to) {
            var inside = new MerkleTree();
            for (long i = lo; i < hi; i++) {
                inside.add(leaves.get());
            }
            return inside.root();
        }
        long middle = lo + split(hi - lo);
        byte[] left = fold(lo, middle, from, to, leaves, proof);
        return Hashes.node(left, fold(middle, hi, from, to, leaves, proof));
    }

    private static long split(long n) {
        return Long.highestOneBit(n - 1);
    }

    private static void checkRun(long n, long from, long to) {
        if (from < 0 || from >= to || to > n) {
            throw new IllegalArgumentException(
                    "leaves: %d to %d of %d (expected: a run of one or more)"
                            .formatted(from, to, n));
        }
    }
}
