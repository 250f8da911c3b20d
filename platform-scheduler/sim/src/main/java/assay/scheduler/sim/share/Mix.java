package assay.scheduler.sim.share;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How often each shape of task is asked for, and what of a node's free GPUs such tasks could not
 * use. Immutable.
 */
public final class Mix {
    /**
     * Thousandths of free GPUs that a task of the mix could not use, on average over the mix.
     *
     * @param atOnce by one task: all of them where the node does not hold it, else those on GPUs
     *     with less left than it asks of one. Source: Weng et al., "Beware of Fragmentation"
     *     (USENIX ATC 2023), section 3
     * @param filled by as many tasks of that one shape as the node holds: sees that processors or
     *     memory will run out before GPUs do, long before a single task is turned away
     */
    record Unusable(double atOnce, double filled) {
        static final Unusable NOTHING = new Unusable(0, 0);
    }

    /** What a task wants of GPUs; there are far fewer of these than of shapes. */
    private record Demand(int gpus, int gpuMilli) {}

    private final TaskShape[] shapes;
    private final double[] share;
    private final int[] demandOf;
    private final Demand[] demands;

    private Mix(List<TaskShape> shapes, double[] share) {
        this.shapes = shapes.toArray(TaskShape[]::new);
        this.share = share;
        var known = new ArrayList<Demand>();
        demandOf = new int[share.length];
        for (int index = 0; index < share.length; index++) {
            var demand = new Demand(this.shapes[index].gpus(), this.shapes[index].gpuMilli());
            if (!known.contains(demand)) {
                known.add(demand);
            }
            demandOf[index] = known.indexOf(demand);
        }
        demands = known.toArray(Demand[]::new);
    }

    /** Of the tasks that ask for GPUs: what others could use of them is nothing anywhere. */
    public static Mix of(List<TaskShape> tasks) {
        Map<TaskShape, Integer> counts = new LinkedHashMap<>();
        tasks.stream()
                .filter(task -> task.gpuMilliInAll() > 0)
                .forEach(task -> counts.merge(task, 1, Integer::sum));
        double all = counts.values().stream().mapToInt(Integer::intValue).sum();
        return new Mix(
                List.copyOf(counts.keySet()),
                counts.values().stream().mapToDouble(count -> count / all).toArray());
    }

    /**
     * What the mix could not use if so much were free on a node.
     *
     * @param gpuFree thousandths of each GPU
     */
    Unusable unusable(Machine.Size node, long cpuFree, long memoryFree, int[] gpuFree) {
        long all = 0;
        for (int free : gpuFree) {
            all += free;
        }
        if (all == 0) {
            return Unusable.NOTHING;
        }
        long[] tasks = new long[demands.length];
        long[] small = new long[demands.length];
        count(gpuFree, tasks, small);
        double atOnce = 0;
        double filled = 0;
        for (int index = 0; index < shapes.length; index++) {
            TaskShape shape = shapes[index];
            int demand = demandOf[index];
            long held =
                    shape.mayBeOn(node)
                            ? Math.min(tasks[demand], shape.timesIn(cpuFree, memoryFree))
                            : 0;
            atOnce += share[index] * (held > 0 ? small[demand] : all);
            filled += share[index] * (all - held * shape.gpuMilliInAll());
        }
        return new Unusable(atOnce, filled);
    }

    /**
     * For each demand, how many such tasks the GPUs hold, and what lies on those that hold no part
     * of one.
     */
    private void count(int[] gpuFree, long[] tasks, long[] small) {
        for (int demand = 0; demand < demands.length; demand++) {
            int milli = demands[demand].gpuMilli();
            long parts = 0;
            for (int free : gpuFree) {
                if (free >= milli) {
                    parts += milli == TaskShape.WHOLE ? 1 : free / milli;
                } else {
                    small[demand] += free;
                }
            }
            tasks[demand] = parts / demands[demand].gpus();
        }
    }
}
