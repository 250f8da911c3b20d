package assay.scheduler.sim.share;

import java.util.List;
import java.util.random.RandomGenerator;

/** Which of the nodes that hold a task it gets. */
public interface Policy {
    /** As tables call it. */
    String name();

    /**
     * How bad it is to put the task there; the least bad wins, the first of equals.
     *
     * @param machine that holds the task
     * @param gpu that a share would be of; any for other tasks
     */
    double cost(Machine machine, TaskShape task, int gpu);

    /** Whether costs of a node stay the same as long as the node does. */
    default boolean isSteady() {
        return true;
    }

    /** The first node in the order of the file, the first GPU. */
    record FirstFit() implements Policy {
        @Override
        public String name() {
            return "first-fit";
        }

        @Override
        public double cost(Machine machine, TaskShape task, int gpu) {
            return 0;
        }
    }

    /** Any node, any GPU. */
    record Chance(RandomGenerator random) implements Policy {
        @Override
        public String name() {
            return "random";
        }

        @Override
        public double cost(Machine machine, TaskShape task, int gpu) {
            return random.nextDouble();
        }

        @Override
        public boolean isSteady() {
            return false;
        }
    }

    /**
     * The least left of processors and GPUs, each against the largest node; of GPUs the fullest.
     *
     * @param mostCpuMilli of any node
     * @param mostGpus of any node
     */
    record BestFit(double mostCpuMilli, double mostGpus) implements Policy {
        @Override
        public String name() {
            return "best-fit";
        }

        @Override
        public double cost(Machine machine, TaskShape task, int gpu) {
            double cpu = (machine.cpuFree - task.cpuMilli()) / mostCpuMilli;
            double gpus =
                    (machine.gpuFreeInAll() - task.gpuMilliInAll()) / (mostGpus * TaskShape.WHOLE);
            double tightness = task.isShare() ? machine.gpuFree[gpu] / 1e6 : 0;
            return (cpu + gpus) / 2 + tightness;
        }
    }

    /**
     * The smallest product of what is free with what is asked for, each against the largest node;
     * of GPUs the fullest. Source: Grandl et al., "Multi-Resource Packing for Cluster Schedulers"
     * (SIGCOMM 2014), in the form in which the paper on fragmentation compares it.
     *
     * @param mostCpuMilli of any node
     * @param mostGpus of any node
     */
    record DotProduct(double mostCpuMilli, double mostGpus) implements Policy {
        @Override
        public String name() {
            return "dot-product";
        }

        @Override
        public double cost(Machine machine, TaskShape task, int gpu) {
            double cpu = machine.cpuFree / mostCpuMilli * (task.cpuMilli() / mostCpuMilli);
            double all = mostGpus * TaskShape.WHOLE;
            double gpus = machine.gpuFreeInAll() / all * (task.gpuMilliInAll() / all);
            double tightness = task.isShare() ? machine.gpuFree[gpu] / 1e6 : 0;
            return cpu + gpus + tightness;
        }
    }

    /**
     * The least growth of what the mix can not use. Source: Weng et al., "Beware of Fragmentation"
     * (USENIX ATC 2023), algorithm 1.
     *
     * @param mix of the tasks to come
     */
    record Descent(Mix mix) implements Policy {
        @Override
        public String name() {
            return "fragmentation-gradient-descent";
        }

        @Override
        public double cost(Machine machine, TaskShape task, int gpu) {
            return machine.unusableWith(mix, task, gpu).atOnce() - machine.unusable(mix).atOnce();
        }
    }

    /**
     * Assay's: the least growth of what the mix can not use, by one task and by as many as the node
     * holds, and the tightest of those that are equal.
     *
     * <p>A node with eight GPUs free and processors for one more task holds every task of the mix,
     * so fragmentation as the descent sees it is nothing, and seven GPUs are lost all the same. The
     * second measure sees that, and keeps processors and GPUs of a node in the proportion in which
     * they are asked for.
     *
     * @param mix of the tasks to come
     * @param tightest for ties
     */
    record Assay(Mix mix, BestFit tightest) implements Policy {
        private static final double TIE = 1e-3;

        @Override
        public String name() {
            return "assay";
        }

        @Override
        public double cost(Machine machine, TaskShape task, int gpu) {
            Mix.Unusable before = machine.unusable(mix);
            Mix.Unusable after = machine.unusableWith(mix, task, gpu);
            return after.atOnce()
                    - before.atOnce()
                    + after.filled()
                    - before.filled()
                    + TIE * tightest.cost(machine, task, gpu);
        }
    }

    /** The policies of the comparison that need no chance, for those nodes and tasks. */
    static List<Policy> all(List<Machine.Size> nodes, List<TaskShape> tasks) {
        Mix mix = Mix.of(tasks);
        double cpu = Math.max(1, nodes.stream().mapToLong(Machine.Size::cpuMilli).max().orElse(1));
        double gpus = Math.max(1, nodes.stream().mapToInt(Machine.Size::gpus).max().orElse(1));
        var tightest = new BestFit(cpu, gpus);
        return List.of(
                new FirstFit(),
                tightest,
                new DotProduct(cpu, gpus),
                new Descent(mix),
                new Assay(mix, tightest));
    }
}
