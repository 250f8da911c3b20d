package assay.scheduler.sim.share;

import java.util.Set;

/**
 * What a task asks for. Immutable.
 *
 * @param cpuMilli thousandths of a processor
 * @param memoryMib of the host
 * @param gpus 0 for a task without
 * @param gpuMilli thousandths of each of them; 1000 where there is more than one
 * @param models of GPUs that it may have; empty for any
 */
public record TaskShape(long cpuMilli, long memoryMib, int gpus, int gpuMilli, Set<String> models) {
    /** A whole GPU. */
    public static final int WHOLE = 1_000;

    public TaskShape {
        models = Set.copyOf(models);
        if (cpuMilli < 0 || memoryMib < 0 || gpus < 0 || gpuMilli < 0 || gpuMilli > WHOLE) {
            throw new IllegalArgumentException(
                    "task: cpu %d, memory %d, gpus %d of %d (expected: 0 or more, of 0..%d)"
                            .formatted(cpuMilli, memoryMib, gpus, gpuMilli, WHOLE));
        }
    }

    boolean isShare() {
        return gpus == 1 && gpuMilli < WHOLE;
    }

    boolean mayBeOn(Machine.Size node) {
        return gpus == 0 || models.isEmpty() || models.contains(node.model());
    }

    /** How many of it processors and memory hold. */
    long timesIn(long cpuFree, long memoryFree) {
        long byCpu = cpuMilli == 0 ? Long.MAX_VALUE : cpuFree / cpuMilli;
        return memoryMib == 0 ? byCpu : Math.min(byCpu, memoryFree / memoryMib);
    }

    /** Thousandths of GPUs in all. */
    long gpuMilliInAll() {
        return (long) gpus * gpuMilli;
    }
}
