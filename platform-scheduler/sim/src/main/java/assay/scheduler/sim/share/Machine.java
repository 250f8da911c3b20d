package assay.scheduler.sim.share;

import java.util.Arrays;

/** A node and what is free on it. Single-threaded. */
public final class Machine {
    /**
     * What a node has. Immutable.
     *
     * @param gpus 0 for a node without
     * @param model of its GPUs
     */
    public record Size(String name, long cpuMilli, long memoryMib, int gpus, String model) {
        public Size {
            if (cpuMilli < 0 || memoryMib < 0 || gpus < 0) {
                throw new IllegalArgumentException(
                        "node %s: cpu %d, memory %d, gpus %d (expected: 0 or more)"
                                .formatted(name, cpuMilli, memoryMib, gpus));
            }
        }
    }

    final Size size;
    final int[] gpuFree;
    long cpuFree;
    long memoryFree;

    /** Grows with each change: what was computed of an older one is void. */
    int version = 1;

    private int unusableOf;
    private Mix.Unusable unusable = Mix.Unusable.NOTHING;

    Machine(Size size) {
        this.size = size;
        cpuFree = size.cpuMilli();
        memoryFree = size.memoryMib();
        gpuFree = new int[size.gpus()];
        Arrays.fill(gpuFree, TaskShape.WHOLE);
    }

    boolean holds(TaskShape task) {
        if (task.cpuMilli() > cpuFree || task.memoryMib() > memoryFree || !task.mayBeOn(size)) {
            return false;
        }
        int found = 0;
        for (int free : gpuFree) {
            if (free >= task.gpuMilli()) {
                found++;
            }
        }
        return found >= task.gpus();
    }

    long gpuFreeInAll() {
        long sum = 0;
        for (int free : gpuFree) {
            sum += free;
        }
        return sum;
    }

    /**
     * Takes what the task asks for, for good.
     *
     * @param gpu of a task with a share; others take those that are free, from the first on
     */
    void take(TaskShape task, int gpu) {
        cpuFree -= task.cpuMilli();
        memoryFree -= task.memoryMib();
        take(gpuFree, task, gpu);
        version++;
    }

    private static void take(int[] gpuFree, TaskShape task, int gpu) {
        if (task.isShare()) {
            gpuFree[gpu] -= task.gpuMilli();
            return;
        }
        int left = task.gpus();
        for (int index = 0; index < gpuFree.length && left > 0; index++) {
            if (gpuFree[index] >= task.gpuMilli()) {
                gpuFree[index] -= task.gpuMilli();
                left--;
            }
        }
    }

    /** What a mix could not use here now. */
    Mix.Unusable unusable(Mix mix) {
        if (unusableOf != version) {
            unusableOf = version;
            unusable = mix.unusable(size, cpuFree, memoryFree, gpuFree);
        }
        return unusable;
    }

    /** What it could not use once the task were here. */
    Mix.Unusable unusableWith(Mix mix, TaskShape task, int gpu) {
        int[] after = gpuFree.clone();
        take(after, task, gpu);
        return mix.unusable(size, cpuFree - task.cpuMilli(), memoryFree - task.memoryMib(), after);
    }
}
