package assay.scheduler.sim.share;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tasks in the order of their arrival, over and over, until a whole round finds no place for any:
 * none ever leaves, and a task that does not fit is passed over. Costs that a policy found for a
 * node are kept until the node changes. Single-threaded.
 */
public final class Replay {
    /**
     * What came of it.
     *
     * @param unallocatedGpuRatio of all GPUs, at the end
     * @param p99Millis of a hundred decisions the second slowest
     * @param placed tasks
     */
    public record Outcome(double unallocatedGpuRatio, double p99Millis, int placed) {}

    private static final int NOWHERE = -1;

    /** What is known of one shape on every node. */
    private static final class Costs {
        final double[] cost;
        final int[] gpu;
        final int[] version;

        Costs(int nodes) {
            cost = new double[nodes];
            gpu = new int[nodes];
            version = new int[nodes];
        }
    }

    private final List<Machine> machines;
    private final Policy policy;
    private final Map<TaskShape, Costs> costs = new HashMap<>();

    private Replay(List<Machine.Size> nodes, Policy policy) {
        machines = nodes.stream().map(Machine::new).toList();
        this.policy = policy;
    }

    public static Outcome run(List<Machine.Size> nodes, List<TaskShape> tasks, Policy policy) {
        return new Replay(nodes, policy).run(tasks);
    }

    private Outcome run(List<TaskShape> tasks) {
        var open = new ArrayList<>(tasks);
        long[] nanos = new long[1024];
        int decisions = 0;
        int placed = 0;
        while (!open.isEmpty()) {
            var next = new ArrayList<TaskShape>();
            for (TaskShape task : open) {
                long start = System.nanoTime();
                boolean fits = place(task);
                if (decisions == nanos.length) {
                    nanos = Arrays.copyOf(nanos, 2 * decisions);
                }
                nanos[decisions++] = System.nanoTime() - start;
                if (fits) {
                    placed++;
                    next.add(task);
                }
            }
            // Nothing ever leaves: what did not fit will not fit later either.
            open = next;
        }
        long all = machines.stream().mapToLong(it -> (long) it.size.gpus()).sum();
        long free = machines.stream().mapToLong(Machine::gpuFreeInAll).sum();
        double ratio = all == 0 ? 0 : (double) free / (all * TaskShape.WHOLE);
        return new Outcome(ratio, p99Millis(Arrays.copyOf(nanos, decisions)), placed);
    }

    private static double p99Millis(long[] nanos) {
        Arrays.sort(nanos);
        int index = Math.max(0, (int) Math.ceil(nanos.length * 0.99) - 1);
        return nanos.length == 0 ? 0 : nanos[index] / 1e6;
    }

    private boolean place(TaskShape task) {
        Costs known = costs.computeIfAbsent(task, key -> new Costs(machines.size()));
        int best = NOWHERE;
        for (int index = 0; index < machines.size(); index++) {
            Machine machine = machines.get(index);
            if (known.version[index] != machine.version || !policy.isSteady()) {
                known.version[index] = machine.version;
                judge(machine, task, known, index);
            }
            if (known.gpu[index] != NOWHERE
                    && (best == NOWHERE || known.cost[index] < known.cost[best])) {
                best = index;
            }
        }
        if (best == NOWHERE) {
            return false;
        }
        machines.get(best).take(task, known.gpu[best]);
        return true;
    }

    private void judge(Machine machine, TaskShape task, Costs known, int index) {
        known.gpu[index] = NOWHERE;
        if (!machine.holds(task)) {
            return;
        }
        if (!task.isShare()) {
            known.gpu[index] = 0;
            known.cost[index] = policy.cost(machine, task, 0);
            return;
        }
        for (int gpu = 0; gpu < machine.gpuFree.length; gpu++) {
            if (machine.gpuFree[gpu] >= task.gpuMilli() && isFirstOfItsKind(machine, gpu)) {
                double cost = policy.cost(machine, task, gpu);
                if (known.gpu[index] == NOWHERE || cost < known.cost[index]) {
                    known.gpu[index] = gpu;
                    known.cost[index] = cost;
                }
            }
        }
    }

    /** Of GPUs with as much left one is as good as another, but for chance. */
    private boolean isFirstOfItsKind(Machine machine, int gpu) {
        for (int before = 0; before < gpu && policy.isSteady(); before++) {
            if (machine.gpuFree[before] == machine.gpuFree[gpu]) {
                return false;
            }
        }
        return true;
    }
}
