package assay.scheduler.sim.bench;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
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
import assay.scheduler.core.reconcile.ClusterAction;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Probe;
import assay.scheduler.core.reconcile.ClusterEvent;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.NodeMarked;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Reconciler;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaState;
import assay.scheduler.core.reconcile.ReplicaUse;
import assay.scheduler.core.reconcile.StagePhase;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What a decision and a pass over everything cost as a cluster grows: nodes of eight cards of three
 * kinds, half as many deployments as nodes, of small, large and very large models, a part of them
 * with rules. First with few replicas each, then with so many that the fleet is full and some wait.
 */
final class ScaleReport {
    private static final int[] SIZES = {100, 300, 1_000, 3_000, 10_000};
    private static final int[] SIZES_FULL = {100, 1_000, 10_000};
    private static final int RACK = 40;
    private static final ModelLayout SMALL = layout(32, 0.44, 8, 4_096);
    private static final ModelLayout LARGE = layout(80, 1.72, 8, 8_192);
    private static final ModelLayout VERY_LARGE = DeepSeekV3.layout();
    private static final double GIGA = 1e9;
    private static final int FEW = 3;
    private static final int MANY = 20;
    private static final int WARM_UP = 300;
    private static final int PASSES = 5;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final PrintStream out;

    ScaleReport(PrintStream out) {
        this.out = out;
    }

    void print() {
        for (int time = 0; time < 2; time++) {
            new Growing(WARM_UP, FEW).row();
            new Growing(WARM_UP, MANY).row();
        }
        for (int most : new int[] {FEW, MANY}) {
            out.printf(
                    Locale.ROOT,
                    "%nOne to %d replicas of each deployment; ms of the thread's own time (wall: of"
                            + " the clock);%ndecisions that found one device, several, or none%n",
                    most);
            out.printf(
                    Locale.ROOT,
                    "%6s %7s %6s %6s | %8s %8s %8s %8s | %8s %8s %8s | %8s %8s %8s %9s %6s%n",
                    "nodes",
                    "stages",
                    "asked",
                    "wait",
                    "p50",
                    "p99",
                    "max",
                    "p99 wall",
                    "one p99",
                    "sev. p99",
                    "none p99",
                    "pass",
                    "asking",
                    "losing",
                    "heartbeat",
                    "MiB");
            for (int nodes : most == FEW ? SIZES : SIZES_FULL) {
                out.printf(Locale.ROOT, "%s%n", new Growing(nodes, most).row());
            }
        }
    }

    /** Times every decision that the reconciler asks for. */
    private static final class Timed implements Placement {
        private final Placement placement = new BalancedPlacement();
        private final List<Long> elapsed = new ArrayList<>();

        /** Of decisions that found one device, several, or none. */
        private final List<List<Long>> computed =
                List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

        @Override
        public PlacementDecision place(Wish wish, Fleet fleet) {
            long start = System.nanoTime();
            long computing = THREADS.getCurrentThreadCpuTime();
            PlacementDecision decision = placement.place(wish, fleet);
            long took = THREADS.getCurrentThreadCpuTime() - computing;
            elapsed.add(System.nanoTime() - start);
            int outcome =
                    decision instanceof Placed placed && placed.givingWay().isEmpty()
                            ? Math.min(1, placed.plan().size() - 1)
                            : 2;
            computed.get(outcome).add(took);
            return decision;
        }

        int count() {
            return elapsed.size();
        }

        double elapsed(double share) {
            return percentile(elapsed.stream(), share);
        }

        double computed(double share) {
            return percentile(computed.stream().flatMap(List::stream), share);
        }

        /**
         * @param outcome 0 one device, 1 several, 2 none
         */
        double computed(int outcome, double share) {
            return percentile(computed.get(outcome).stream(), share);
        }

        private static double percentile(Stream<Long> some, double share) {
            long[] sorted = some.mapToLong(Long::longValue).sorted().toArray();
            int index = (int) Math.ceil(sorted.length * share) - 1;
            return sorted.length == 0 ? 0 : sorted[Math.max(0, index)] / 1e6;
        }
    }

    /** One cluster, from nothing to the loss of a node. */
    private static final class Growing {
        private final int size;
        private final int mostReplicas;
        private final Timed timed = new Timed();
        private final Cluster cluster = new Cluster();
        private final Reconciler reconciler;
        private long ids;
        private Instant now = Instant.EPOCH.plus(Duration.ofDays(1));

        Growing(int size, int mostReplicas) {
            this.size = size;
            this.mostReplicas = mostReplicas;
            reconciler =
                    new Reconciler(
                            ReconcileConfig.DEFAULTS,
                            cluster,
                            timed,
                            () -> new ReplicaId(new UUID(2, ids++)));
        }

        /** One row of the table. */
        String row() {
            for (int number = 1; number <= size; number++) {
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
            for (int number = 1; number <= size / 2; number++) {
                var order = new Order(deployment(number, mostReplicas, random));
                settle(reconciler.on(new DeploymentApplied(order), now));
            }
            // What does not wait serves now. The first passes are the compiler's.
            double pass = Double.MAX_VALUE;
            for (int time = 0; time < PASSES; time++) {
                pass = Math.min(pass, millis(new Tick()));
            }
            long heap = heapBytes();
            double heartbeat = heartbeats();
            var changed = new NodeMarked(node(1), Map.of("pool", "common"), Set.of());
            settle(reconciler.on(changed, now));
            double asking = millis(new Tick());
            double losing = lose(node(size));
            long waiting =
                    cluster.replicas().stream()
                            .filter(it -> it.state() == ReplicaState.WAITING)
                            .count();
            long stages = cluster.replicas().stream().mapToLong(it -> it.stages().size()).sum();
            return String.format(
                    Locale.ROOT,
                    "%6d %7d %6d %6d | %8.3f %8.3f %8.3f %8.3f | %8.3f %8.3f %8.3f |"
                            + " %8.2f %8.2f %8.2f %9.4f %6d",
                    size,
                    stages,
                    timed.count(),
                    waiting,
                    timed.computed(0.5),
                    timed.computed(0.99),
                    timed.computed(1),
                    timed.elapsed(0.99),
                    timed.computed(0, 0.99),
                    timed.computed(1, 0.99),
                    timed.computed(2, 0.99),
                    pass,
                    asking,
                    losing,
                    heartbeat,
                    heap >> 20);
        }

        private static NodeId node(int number) {
            return new NodeId(new UUID(1, number));
        }

        private double millis(ClusterEvent event) {
            long start = THREADS.getCurrentThreadCpuTime();
            List<ClusterAction> actions = reconciler.on(event, now);
            long took = THREADS.getCurrentThreadCpuTime() - start;
            settle(actions);
            return took / 1e6;
        }

        /** The nodes do at once what they are told: stages load, tokens come through. */
        private void settle(List<ClusterAction> actions) {
            var queue = new ArrayDeque<>(actions);
            while (!queue.isEmpty()) {
                Optional<ClusterEvent> answer =
                        switch (queue.remove()) {
                            case Assign told -> loaded(told);
                            case Probe asked ->
                                    Optional.of(
                                            new ProbeReported(
                                                    asked.head(),
                                                    asked.replica(),
                                                    asked.epoch(),
                                                    true,
                                                    ""));
                            default -> Optional.empty();
                        };
                answer.ifPresent(event -> queue.addAll(reconciler.on(event, now)));
            }
        }

        private Optional<ClusterEvent> loaded(Assign told) {
            return cluster.replica(told.replica())
                    .filter(replica -> told.index() < replica.stages().size())
                    .map(replica -> replica.stages().get(told.index()).node())
                    .map(node ->
                            new StageReported(
                                    node,
                                    told.replica(),
                                    told.epoch(),
                                    told.index(),
                                    StagePhase.LOADED,
                                    0,
                                    0,
                                    ""));
        }

        /** Mean of one of each node, in ms. */
        private double heartbeats() {
            long nanos = 0;
            now = now.plusSeconds(1);
            for (int number = 1; number <= size; number++) {
                var uses = new ArrayList<ReplicaUse>();
                for (Replica replica : cluster.replicasOn(node(number))) {
                    uses.add(
                            new ReplicaUse(
                                    replica.id(), replica.epoch(), now, 1, 0, Duration.ZERO, 0.5));
                }
                var heartbeat = new Heartbeat(node(number), number, uses);
                long start = THREADS.getCurrentThreadCpuTime();
                reconciler.on(heartbeat, now);
                nanos += THREADS.getCurrentThreadCpuTime() - start;
            }
            return nanos / 1e6 / size;
        }

        /** The pass in which a node is given up and what it held goes elsewhere, in ms. */
        private double lose(NodeId node) {
            settle(reconciler.on(new NodeLeft(node, size), now));
            now = now.plus(ReconcileConfig.DEFAULTS.nodes().returnGrace());
            heartbeats();
            return millis(new Tick());
        }
    }

    private static long heapBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static DeploymentSpec deployment(int number, int mostReplicas, Random random) {
        int kind = random.nextInt(100);
        ModelLayout layout = kind < 70 ? SMALL : kind < 95 ? LARGE : VERY_LARGE;
        return new DeploymentSpec(
                new DeploymentId(new UUID(3, number)),
                "deployment-" + number,
                new VersionId(new UUID(4, number)),
                layout,
                1 + random.nextInt(mostReplicas),
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
