package assay.scheduler.core.placement;

import java.util.Arrays;

/** What is booked on a device, by priority. Confined to the control loop. */
final class Booked {
    private int[] priorities = {};
    private int[] stages = {};
    private long[] bytes = {};
    private long all;

    /** A stage more, or one less where the bytes are negative. */
    void add(int priority, long change) {
        all = Math.addExact(all, change);
        int at = Arrays.binarySearch(priorities, priority);
        if (at < 0) {
            at = -at - 1;
            priorities = moved(priorities, at, at + 1);
            stages = moved(stages, at, at + 1);
            bytes = moved(bytes, at, at + 1);
            priorities[at] = priority;
            stages[at] = 0;
            bytes[at] = 0;
        }
        stages[at] += Long.signum(change);
        bytes[at] += change;
        if (bytes[at] == 0) {
            priorities = moved(priorities, at + 1, at);
            stages = moved(stages, at + 1, at);
            bytes = moved(bytes, at + 1, at);
        }
    }

    /** What stands from one place on stands from the other on: longer or shorter by that. */
    private static int[] moved(int[] all, int from, int to) {
        int[] changed = Arrays.copyOf(all, all.length + to - from);
        System.arraycopy(all, from, changed, to, all.length - from);
        return changed;
    }

    private static long[] moved(long[] all, int from, int to) {
        long[] changed = Arrays.copyOf(all, all.length + to - from);
        System.arraycopy(all, from, changed, to, all.length - from);
        return changed;
    }

    long all() {
        return all;
    }

    /** Bytes of priorities up to this one. */
    long upTo(int priority) {
        long sum = 0;
        for (int index = 0; index < priorities.length && priorities[index] <= priority; index++) {
            sum += bytes[index];
        }
        return sum;
    }

    /** Stages of priorities up to this one. */
    int stagesUpTo(int priority) {
        int sum = 0;
        for (int index = 0; index < priorities.length && priorities[index] <= priority; index++) {
            sum += stages[index];
        }
        return sum;
    }
}
