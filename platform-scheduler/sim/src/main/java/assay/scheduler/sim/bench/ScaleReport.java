package assay.scheduler.sim.bench;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.placement.Fleet;
import assay.scheduler.core.placement.Placement;
import assay.scheduler.core.placement.Wish;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Reconciler;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * What a decision and a pass over everything cost as a cluster grows: nodes of eight cards of three
 * kinds, half as many deployments as nodes, of small, large and very large models, a part of them
 * with rules.
 */
final class ScaleReport {
    private static final int[] SIZES = {100, 300, 1_000, 3_000, 10_000};
    private static final int RACK = 40;
    private static final ModelLayout SMALL = layout(32, 0.44, 8, 4_096);
    private static final ModelLayout LARGE = layout(80, 1.72, 8, 8_192);
    private static final ModelLayout VERY_LARGE = DeepSeekV3.layout();
    private static final double GIGA = 1e9;
    private static final int WARM_UP = 1_000;

    private final PrintStream out;

    /** Times every decision that the reconciler asks for. */
    private static final class Timed implements Placement {
        private final Placement placement = new BalancedPlacement();
        private long[] nanos = new long[1024];
        private int count;
        private int waiting;

        @Override
        public PlacementDecision place(Wish wish, Fleet fleet) {
            long start = System.nanoTime();
            PlacementDecision decision = placement.place(wish, fleet);
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = System.nanoTime() - start;
            waiting += decision instanceof PlacementDecision.Waiting ? 1 : 0;
            return decision;
        }

        double percentile(double share) {
            long[] sorted = Arrays.copyOf(nanos, count);
            Arrays.sort(sorted);
            return sorted[Math.max(0, (int) Math.ceil(count * share) - 1)] / 1e6;
        }

        void forget() {
            count = 0;
            waiting = 0;
        }
    }

    ScaleReport(PrintStream out) {
        this.out = out;
    }

    void print() {
        for (int time = 0; time < 3; time++) {
            grow(WARM_UP);
        }
        out.printf(
                Locale.ROOT,
                "   nodes     GPUs  deployments  decisions  waiting  median ms   p99 ms   max ms %n"
                        + " pass ms  heap MiB");
        for (int nodes : SIZES) {
            out.printf(Locale.ROOT, "%s%n", grow(nodes));
        }
    }

    /** One row of the table. */
    private static String grow(int nodes) {
        var timed = new Timed();
        var cluster = new Cluster();
        long[] ids = {0};
        var reconciler =
                new Reconciler(
                        ReconcileConfig.DEFAULTS,
                        cluster,
                        timed,
                        () -> new ReplicaId(new UUID(2, ids[0]++)));
        Instant now = Instant.EPOCH.plus(Duration.ofDays(1));
        for (int number = 1; number <= nodes; number++) {
            Cards cards =
                    switch (number % 4) {
                        case 0 -> Cards.H100;
                        case 1 -> Cards.A100;
                        default -> Cards.L40S;
                    };
            var node = cards.node(number, "rack-" + number / RACK);
            reconciler.on(new NodeJoined(node, number, List.of()), now);
        }
        var random = new Random(7);
        timed.forget();
        for (int number = 1; number <= nodes / 2; number++) {
            var order = new Order(deployment(number, random));
            reconciler.on(new DeploymentApplied(order), now);
        }
        // The first passes are the compiler's.
        long best = Long.MAX_VALUE;
        for (int pass = 0; pass < 5; pass++) {
            long start = System.nanoTime();
            reconciler.on(new Tick(), now);
            best = Math.min(best, System.nanoTime() - start);
        }
        long heap = heapBytes();
        return String.format(
                Locale.ROOT,
                "%8d %8d %12d %10d %8d %10.3f %8.3f %8.3f %8.1f %9d",
                cluster.nodes().size(),
                8 * nodes,
                cluster.deployments().size(),
                timed.count,
                timed.waiting,
                timed.percentile(0.5),
                timed.percentile(0.99),
                timed.percentile(1),
                best / 1e6,
                heap >> 20);
    }

    private static long heapBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static DeploymentSpec deployment(int number, Random random) {
        int kind = random.nextInt(100);
        ModelLayout layout = kind < 70 ? SMALL : kind < 95 ? LARGE : VERY_LARGE;
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, number)),
                "deployment-" + number,
                new VersionId(new UUID(4, number)),
                layout,
                1 + random.nextInt(3),
                0,
                65_536,
                16,
                Precision.EXACT,
                random.nextInt(3),
                rules(number, random));
    }

    private static PlacementRules rules(int number, Random random) {
        Map<String, String> labels =
                random.nextInt(10) == 0 ? Map.of("pool", "reserved") : Map.of();
        Set<String> types =
                random.nextInt(5) == 0 ? Set.of(Cards.H100.label(), Cards.A100.label()) : Set.of();
        TenantQuota tenant =
                random.nextInt(5) == 0
                        ? new TenantQuota("tenant-" + number % 50, 64)
                        : TenantQuota.NONE;
        return new PlacementRules(
                labels, Set.of(), types, false, PlacementRules.ANYWHERE.apart(), tenant);
    }

    private static ModelLayout layout(
            int layers, double gigabytes, int keyValueHeads, int hiddenSize) {
        Bytes ends = Bytes.of(2L * 128_256 * hiddenSize);
        return new ModelLayout(
                ends,
                new ArrayList<>(Collections.nCopies(layers, Bytes.of((long) (gigabytes * GIGA)))),
                ends,
                LayerCache.grouped(keyValueHeads, 128),
                hiddenSize,
                128_256);
    }
}
