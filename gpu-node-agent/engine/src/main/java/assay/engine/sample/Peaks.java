package assay.engine.sample;

import java.util.Arrays;

/**
 * The largest value of each block of a row. The k-th largest of these is at most the k-th largest
 * of all, which lets a search for the largest pass over nearly all of a row. Keeps scratch arrays:
 * confined to one thread.
 */
final class Peaks {
    private static final int BLOCK = 1_024;

    private final float[] largest;
    private final float[] sorted;
    private int blocks;

    Peaks(int capacity) {
        largest = new float[Math.ceilDiv(capacity, BLOCK)];
        sorted = new float[largest.length];
    }

    /** Looks at the first {@code count}, at least 1. */
    void survey(float[] values, int count) {
        blocks = Math.ceilDiv(count, BLOCK);
        for (int block = 0; block < blocks; block++) {
            int from = block * BLOCK;
            largest[block] = largest(values, from, Math.min(count, from + BLOCK));
        }
    }

    private static float largest(float[] values, int from, int to) {
        float most = values[from];
        for (int i = from; i < to; i++) {
            most = Math.max(most, values[i]);
        }
        return most;
    }

    private static float smallest(float[] values, int count) {
        float least = values[0];
        for (int i = 0; i < count; i++) {
            least = Math.min(least, values[i]);
        }
        return least;
    }

    /** Not a number when one of the values is none. */
    float largest() {
        return largest(largest, 0, blocks);
    }

    /** Whether all values of the survey are finite numbers. */
    boolean finite(float[] values, int count) {
        return Float.isFinite(largest()) && Float.isFinite(smallest(values, count));
    }

    /** A value that at least {@code k} of the elements reach; -Infinity when none is known. */
    float reachedBy(int k) {
        if (k > blocks) {
            return Float.NEGATIVE_INFINITY;
        }
        System.arraycopy(largest, 0, sorted, 0, blocks);
        Arrays.sort(sorted, 0, blocks);
        return sorted[blocks - k];
    }

    /** The lowest index of the largest value. */
    int first(float[] values) {
        float most = largest();
        int block = 0;
        while (largest[block] != most) {
            block++;
        }
        int at = block * BLOCK;
        while (values[at] != most) {
            at++;
        }
        return at;
    }
}
