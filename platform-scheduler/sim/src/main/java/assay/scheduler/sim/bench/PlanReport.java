package assay.scheduler.sim.bench;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.placement.Fleet;
import assay.scheduler.core.placement.Wish;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** Prints where a very large model would go, stage by stage, or what is missing. */
final class PlanReport {
    private static final int KV_TOKENS = 131_072;
    private static final int SEQUENCES = 32;

    private final PrintStream out;

    PlanReport(PrintStream out) {
        this.out = out;
    }

    void print() {
        Bytes weights = DeepSeekV3.bytes();
        out.printf(
                Locale.ROOT,
                "DeepSeek-V3 by formula: %,d parameters, %,d bytes of weights; %,d tokens of"
                        + " cache,%n %d sequences",
                DeepSeekV3.parameters(),
                weights.value(),
                KV_TOKENS,
                SEQUENCES);
        print("8 x H200-141", 8, Cards.H200.node(1, "a"));
        print("16 x H100-80", 16, Cards.H100.node(1, "a"), Cards.H100.node(2, "a"));
        print("8 x H100-80 + 8 x A100-80", 16, Cards.H100.node(1, "a"), Cards.A100.node(2, "a"));
        print("8 x H100-80", 0, Cards.H100.node(1, "a"));
    }

    private void print(String title, int stages, NodeSnapshot... nodes) {
        var fleet = new Fleet();
        Map<UUID, String> labels = new HashMap<>();
        for (NodeSnapshot node : nodes) {
            fleet.put(node);
            labels.put(node.id().value(), node.devices().getFirst().label());
        }
        var wish = new Wish(spec(stages), new ReplicaId(new UUID(2, 1)));
        out.println();
        switch (new BalancedPlacement().place(wish, fleet)) {
            case Placed placed -> print(title, placed.plan(), labels);
            case Waiting waiting -> {
                out.printf(
                        Locale.ROOT,
                        "%s: refused, %,d bytes short%n",
                        title,
                        waiting.missing().value());
                out.printf(
                        Locale.ROOT,
                        "  would do: %d devices with %,d bytes free each; on these, %,d tokens of"
                                + " cache%n",
                        waiting.wouldFit().stages(),
                        waiting.wouldFit().device().value(),
                        waiting.wouldFit().kvTokens());
                waiting.rejections()
                        .forEach(it -> out.printf(Locale.ROOT, "  %s%n", it.reason().inWords()));
            }
            case Refused refused -> out.printf(Locale.ROOT, "%s: %s%n", title, refused.detail());
        }
    }

    private static DeploymentSpec spec(int stages) {
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, 1)),
                "deepseek-v3",
                new VersionId(new UUID(4, 1)),
                DeepSeekV3.layout(),
                1,
                stages,
                KV_TOKENS,
                SEQUENCES,
                Precision.EXACT);
    }

    private void print(String title, List<StagePlan> plan, Map<UUID, String> labels) {
        Duration slowest =
                plan.stream().map(StagePlan::step).max(Duration::compareTo).orElseThrow();
        Duration hops = plan.stream().map(StagePlan::hop).reduce(Duration.ZERO, Duration::plus);
        long room = plan.stream().mapToLong(StagePlan::kvRoomTokens).min().orElseThrow();
        out.printf(
                Locale.ROOT,
                "%s: %d stages, slowest %s ms, hops %s ms, room for %,d more tokens of cache%n",
                title,
                plan.size(),
                millis(slowest),
                millis(hops),
                room);
        out.printf(
                Locale.ROOT,
                "  stage  device                             layers    weights          kv        "
                        + "     workspace      step ms  hop ms  kv room%n");
        for (StagePlan stage : plan) {
            var assignment = stage.assignment();
            out.printf(
                    Locale.ROOT,
                    "  %5d  %-33s  %6s  %,15d  %,13d  %,13d  %7s  %6s  %,9d%n",
                    assignment.index(),
                    labels.get(assignment.device().node().value())
                            + " "
                            + assignment.device().name(),
                    assignment.layers(),
                    assignment.weights().value(),
                    assignment.kv().value(),
                    assignment.workspace().value(),
                    millis(stage.step()),
                    millis(stage.hop()),
                    stage.kvRoomTokens());
        }
    }

    private static String millis(Duration time) {
        return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e6);
    }
}
