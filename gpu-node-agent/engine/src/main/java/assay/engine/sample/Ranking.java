package assay.engine.sample;

import java.util.Arrays;

/**
 * The largest elements of a row, of equal ones the lower index first, without sorting the row: a
 * partial quicksort (Hoare, "Algorithm 65: find", CACM 1961) over one number for each candidate,
 * which orders as value and index do. Keeps scratch arrays: confined to one thread.
 */
final class Ranking {
    private static final long INDEX_MASK = 0xFFFFFFFFL;

    private final long[] keys;
    private final int[] candidates;
    private int collected;
    private int size;

    Ranking(int capacity) {
        keys = new long[capacity];
        candidates = new int[capacity];
    }

    /** Begins with all elements that reach a threshold. */
    void collect(float[] values, int count, float threshold) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (values[i] >= threshold) {
                candidates[found++] = i;
            }
        }
        for (int i = 0; i < found; i++) {
            keys[i] = key(values[candidates[i]], candidates[i]);
        }
        collected = found;
        size = found;
    }

    /** How many are kept. */
    int size() {
        return size;
    }

    /** Keeps the first {@code k}, in no order. */
    void keep(int k) {
        int from = 0;
        int to = size - 1;
        while (from < to && k < size) {
            int pivot = partition(from, to);
            if (pivot < k) {
                from = pivot + 1;
            } else {
                to = pivot - 1;
            }
        }
        size = Math.min(k, size);
    }

    /** Keeps the fewest first ones, at least one, whose shares sum up to {@code enough}. */
    void keepSum(float[] shares, double enough) {
        int from = 0;
        int to = size - 1;
        double before = 0;
        while (from <= to && before < enough) {
            int pivot = partition(from, to);
            double left = sum(shares, from, pivot);
            if (before + left >= enough) {
                to = pivot - 1;
            } else {
                before += left + shares[index(pivot)];
                from = pivot + 1;
            }
        }
        size = Math.max(1, from);
    }

    /** Of the shares of those that are kept. */
    double sum(float[] shares) {
        return sum(shares, 0, size);
    }

    private double sum(float[] shares, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += shares[index(i)];
        }
        return sum;
    }

    /** The first one first. */
    void sort() {
        Arrays.sort(keys, 0, size);
    }

    int index(int rank) {
        return (int) (keys[rank] & INDEX_MASK);
    }

    /** The indices of those that are kept, ascending; of use until the next collection. */
    int[] inOrder(float[] values) {
        long last = Long.MIN_VALUE;
        for (int i = 0; i < size; i++) {
            last = Math.max(last, keys[i]);
        }
        int found = 0;
        for (int i = 0; i < collected; i++) {
            int candidate = candidates[i];
            if (key(values[candidate], candidate) <= last) {
                candidates[found++] = candidate;
            }
        }
        return candidates;
    }

    /** Around one of the keys: lower ones come before its place, higher ones after it. */
    private int partition(int from, int to) {
        int middle = (from + to) >>> 1;
        long pivot = median(keys[from], keys[middle], keys[to]);
        int at = pivot == keys[from] ? from : pivot == keys[to] ? to : middle;
        keys[at] = keys[to];
        keys[to] = pivot;
        int end = from;
        for (int i = from; i < to; i++) {
            long key = keys[i];
            if (key < pivot) {
                keys[i] = keys[end];
                keys[end++] = key;
            }
        }
        keys[to] = keys[end];
        keys[end] = pivot;
        return end;
    }

    private static long median(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    /** Orders as (value descending, index ascending): the bits of floats order as they do. */
    private static long key(float value, int index) {
        int bits = Float.floatToRawIntBits(value + 0f); // the zeros are equal
        int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ~ascending << Integer.SIZE) | index;
    }
}
