package assay.scheduler.sim.bench;

import assay.scheduler.sim.share.Machine;
import assay.scheduler.sim.share.OpenB;
import assay.scheduler.sim.share.Policy;
import assay.scheduler.sim.share.Replay;
import assay.scheduler.sim.share.Replay.Outcome;
import assay.scheduler.sim.share.TaskShape;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Replays a trace under every policy and prints what was left unallocated. */
final class ReplayReport {
    private static final int SEEDS = 5;

    private record Line(String policy, double unallocatedGpuRatio, double decisionP99Millis) {
        String json() {
            return String.format(
                    Locale.ROOT,
                    "{\"policy\":\"%s\",\"unallocated_gpu_ratio\":%.6f,\"decision_p99_ms\":%.6f}",
                    policy,
                    unallocatedGpuRatio,
                    decisionP99Millis);
        }
    }

    private final PrintStream out;
    private final boolean json;

    ReplayReport(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void print(Path nodesFile, Path tasksFile) throws IOException {
        List<Machine.Size> nodes = OpenB.nodes(nodesFile);
        List<TaskShape> tasks = OpenB.tasks(tasksFile);
        int gpus = nodes.stream().mapToInt(Machine.Size::gpus).sum();
        out.printf(
                Locale.ROOT, "%d nodes with %d GPUs, %d tasks%n", nodes.size(), gpus, tasks.size());
        out.printf(Locale.ROOT, "%-32s %12s %14s%n", "policy", "unallocated", "decision p99");
        var lines = new ArrayList<Line>();
        lines.add(show(chance(nodes, tasks)));
        for (Policy policy : Policy.all(nodes, tasks)) {
            Outcome outcome = Replay.run(nodes, tasks, policy);
            lines.add(
                    show(
                            new Line(
                                    policy.name(),
                                    outcome.unallocatedGpuRatio(),
                                    outcome.p99Millis())));
        }
        if (json) {
            List<String> items = lines.stream().map(Line::json).toList();
            out.println("{\"policies\":[" + String.join(",", items) + "]}");
        }
    }

    /** The mean over seeds. */
    private static Line chance(List<Machine.Size> nodes, List<TaskShape> tasks) {
        double ratio = 0;
        double p99 = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            Outcome outcome = Replay.run(nodes, tasks, new Policy.Chance(new Random(seed)));
            ratio += outcome.unallocatedGpuRatio() / SEEDS;
            p99 += outcome.p99Millis() / SEEDS;
        }
        return new Line("random", ratio, p99);
    }

    private Line show(Line line) {
        out.printf(
                Locale.ROOT,
                "%-32s %10.2f %% %11.3f ms%n",
                line.policy(),
                100 * line.unallocatedGpuRatio(),
                line.decisionP99Millis());
        return line;
    }
}
