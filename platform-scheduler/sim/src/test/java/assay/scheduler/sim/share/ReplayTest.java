package assay.scheduler.sim.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.scheduler.sim.share.Replay.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

class ReplayTest {
    @TempDir Path folder;

    @Test
    void readsColumnsInAnyOrderAndTasksInTheOrderOfTheirArrival() throws IOException {
        Path nodes = file("n.csv", "model,gpu,sn,cpu_milli,memory_mib", "T4,2,a,64000,1024");
        assertThat(OpenB.nodes(nodes))
                .containsExactly(new Machine.Size("a", 64_000, 1_024, 2, "T4"));
        Path tasks =
                file(
                        "t.csv",
                        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time",
                        "late,1000,1,1,460,T4|P100,7",
                        "",
                        "early,2000,,2,1000,,3",
                        "none,3000,5,0,0,,5");
        assertThat(OpenB.tasks(tasks))
                .containsExactly(
                        new TaskShape(2_000, 0, 2, 1_000, Set.of()),
                        new TaskShape(3_000, 5, 0, 0, Set.of()),
                        new TaskShape(1_000, 1, 1, 460, Set.of("T4", "P100")));
        assertThatThrownBy(() -> OpenB.nodes(file("x.csv", "sn,gpu", "a,2")))
                .hasMessageContaining("no column cpu_milli");
        assertThatThrownBy(() -> OpenB.nodes(file("y.csv", "cpu_milli,memory_mib,gpu", "a,2,1")))
                .hasMessageContaining("y.csv:2: cpu_milli: a");
    }

    @Test
    void goesOnUntilNothingFits() {
        var node = new Machine.Size("a", 10_000, 1_000, 2, "T4");
        var half = new TaskShape(1_000, 1, 1, 500, Set.of());
        assertThat(Replay.run(List.of(node), List.of(half), new Policy.FirstFit()))
                .satisfies(outcome -> {
                    assertThat(outcome.placed()).isEqualTo(4);
                    assertThat(outcome.unallocatedGpuRatio()).isZero();
                });
        var greedy = new TaskShape(6_000, 1, 1, 500, Set.of());
        assertThat(
                        Replay.run(List.of(node), List.of(greedy), new Policy.FirstFit())
                                .unallocatedGpuRatio())
                .isCloseTo(0.75, within(1e-9));
        var other = new TaskShape(1, 1, 1, 500, Set.of("P100"));
        assertThat(Replay.run(List.of(node), List.of(other), new Policy.FirstFit()).placed())
                .isZero();
    }

    @Test
    void neitherProcessorsNorGpusAreGivenTwiceAndOursLeavesNoMoreThanTheBestOfTheOthers() {
        double ours = 0;
        double descent = 0;
        double others = 0;
        for (int seed = 0; seed < 12; seed++) {
            var random = new Random(seed);
            List<Machine.Size> nodes = randomNodes(random);
            List<TaskShape> tasks = randomTasks(random);
            double best = 1;
            for (Policy policy : Policy.all(nodes, tasks)) {
                Outcome outcome = Replay.run(nodes, tasks, policy);
                assertThat(outcome.unallocatedGpuRatio()).isBetween(0.0, 1.0);
                if (policy instanceof Policy.Assay) {
                    ours += outcome.unallocatedGpuRatio();
                } else {
                    best = Math.min(best, outcome.unallocatedGpuRatio());
                }
                if (policy instanceof Policy.Descent) {
                    descent += outcome.unallocatedGpuRatio();
                }
            }
            others += best;
        }
        assertThat(ours).as("against the descent on the same").isLessThan(descent);
        assertThat(ours).as("against the best of all for each").isLessThan(1.1 * others);
    }

    private static List<Machine.Size> randomNodes(Random random) {
        var nodes = new ArrayList<Machine.Size>();
        for (int number = 0; number < 60; number++) {
            int gpus = 1 << random.nextInt(4);
            nodes.add(
                    new Machine.Size(
                            "node-" + number,
                            (8 + random.nextInt(10)) * 1_000L * gpus,
                            65_536L * gpus,
                            gpus,
                            random.nextBoolean() ? "T4" : "G2"));
        }
        return nodes;
    }

    private static List<TaskShape> randomTasks(Random random) {
        var shapes = new ArrayList<TaskShape>();
        for (int shape = 0; shape < 25; shape++) {
            int gpus = random.nextInt(4) == 0 ? 1 << random.nextInt(4) : 1;
            boolean share = gpus == 1 && random.nextBoolean();
            shapes.add(
                    new TaskShape(
                            (2 + random.nextInt(14)) * 1_000L * gpus,
                            1_024L * random.nextInt(64),
                            gpus,
                            share ? 10 * (5 + random.nextInt(90)) : TaskShape.WHOLE,
                            random.nextInt(6) == 0 ? Set.of("G2") : Set.of()));
        }
        var tasks = new ArrayList<TaskShape>();
        for (int task = 0; task < 600; task++) {
            tasks.add(shapes.get(random.nextInt(1 + random.nextInt(shapes.size()))));
        }
        return tasks;
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    }
}
