package assay.engine.sample;

import java.util.Arrays;

/**
 * The largest value of each residue class of a row: class c holds the elements c, c + 1024, c +
 * 2048 and so on. The k-th largest of these is at most the k-th largest of all, which lets a search
 * for the largest pass over nearly all of a row. Keeps scratch arrays: confined to one thread.
 */
final class Peaks {
    private static final int CLASSES = 1_024;

    private final float[] largest = new float[CLASSES];
    private final float[] sorted = new float[CLASSES];
    private final float[] zeros = new float[CLASSES];
    private int classes;

    /** Looks at the first {@code count}, at least 1. */
    void survey(float[] values, int count) {
        classes = Math.min(CLASSES, count);
        System.arraycopy(values, 0, largest, 0, classes);
        int from = classes;
        for (; from + CLASSES <= count; from += CLASSES) {
            for (int c = 0; c < CLASSES; c++) {
                largest[c] = Math.max(largest[c], values[from + c]);
            }
        }
        for (int i = from; i < count; i++) {
            largest[i - from] = Math.max(largest[i - from], values[i]);
        }
    }

    float largest() {
        float most = largest[0];
        for (int c = 1; c < classes; c++) {
            most = Math.max(most, largest[c]);
        }
        return most;
    }

    /** A value that at least {@code k} of the elements reach; -Infinity when none is known. */
    float reachedBy(int k) {
        if (k > classes) {
            return Float.NEGATIVE_INFINITY;
        }
        System.arraycopy(largest, 0, sorted, 0, classes);
        Arrays.sort(sorted, 0, classes);
        return sorted[classes - k];
    }

    /** Whether all are numbers; an infinite or undefined one times 0 is undefined. */
    boolean finite(float[] values, int count) {
        Arrays.fill(zeros, 0);
        int from = 0;
        for (; from + CLASSES <= count; from += CLASSES) {
            for (int c = 0; c < CLASSES; c++) {
                zeros[c] += values[from + c] * 0;
            }
        }
        float sum = 0;
        for (int i = from; i < count; i++) {
            sum += values[i] * 0;
        }
        for (float zero : zeros) {
            sum += zero;
        }
        return sum == 0;
    }

    /** The lowest index of the largest value. */
    int first(float[] values, int count) {
        float most = largest();
        int first = count;
        for (int c = 0; c < classes; c++) {
            if (largest[c] == most) {
                int at = c;
                while (at < first && values[at] != most) {
                    at += CLASSES;
                }
                first = Math.min(first, at);
            }
        }
        return first;
    }
}
