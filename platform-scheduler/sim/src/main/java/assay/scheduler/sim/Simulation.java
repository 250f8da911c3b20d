package assay.scheduler.sim;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.ClusterAction;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.CloseSession;
import assay.scheduler.core.reconcile.ClusterAction.ForgetReplica;
import assay.scheduler.core.reconcile.ClusterAction.Probe;
import assay.scheduler.core.reconcile.ClusterAction.PublishRoutes;
import assay.scheduler.core.reconcile.ClusterAction.Release;
import assay.scheduler.core.reconcile.ClusterAction.SaveNode;
import assay.scheduler.core.reconcile.ClusterAction.SaveReplica;
import assay.scheduler.core.reconcile.ClusterEvent;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Reconciler;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaState;
import assay.scheduler.core.reconcile.ReplicaTable;
import assay.scheduler.core.reconcile.StagePhase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One run: agents, one scheduler at a time, a lossy network between them. Single-threaded and a
 * pure function of its seed.
 *
 * <p>Checked after every event: a route's epoch never goes back; no device is booked beyond its
 * capacity; no epoch is told before it is stored; and what the reconciler checks of itself.
 */
public final class Simulation {
    private static final Duration TICK = Duration.ofMillis(500);
    private static final Duration BEAT = Duration.ofSeconds(1);

    /**
     * How bad the world is.
     *
     * @param lost probability that a message is lost
     * @param failed probability that a load fails
     * @param troubleEvery mean time between two mishaps
     */
    public record Weather(double lost, double failed, Duration troubleEvery) {
        public static final Weather CALM = new Weather(0, 0, Duration.ofDays(1));
        public static final Weather STORM = new Weather(0.02, 0.1, Duration.ofSeconds(4));
    }

    private final Random random;
    private final VirtualTime time = new VirtualTime();
    private final StoredCluster stored = new StoredCluster();
    private final Map<NodeId, SimulatedAgent> agents = new TreeMap<>();
    private final Map<ReplicaId, Epoch> highestRoute = new TreeMap<>();
    private final Set<ReplicaTable.Cell> visited = new HashSet<>();
    private final ReconcileConfig config = ReconcileConfig.DEFAULTS;

    private Weather weather = Weather.CALM;
    private Cluster cluster = new Cluster();
    private Reconciler reconciler;
    private long incarnation;
    private long sessions;
    private long ids;
    private long events;

    /** A cluster with agents of that memory, all down, and nothing to run. */
    public Simulation(long seed, int nodes, Bytes memory) {
        random = new Random(seed);
        reconciler = newReconciler();
        for (int index = 1; index <= nodes; index++) {
            var id = new NodeId(new UUID(1, index));
            var device = new DeviceSnapshot("cpu", "cpu", "simulated", memory, Bytes.ZERO);
            var node =
                    new NodeSnapshot(
                            id,
                            "node-" + index,
                            "n" + index,
                            "1",
                            List.of(device),
                            NodeState.READY);
            agents.put(id, new SimulatedAgent(node));
        }
        tick();
        beat();
        trouble();
    }

    private Reconciler newReconciler() {
        return new Reconciler(
                config, cluster, new BalancedPlacement(), () -> new ReplicaId(new UUID(2, ids++)));
    }

    /** Lets time pass in some weather, checking after every event. */
    public void run(Duration span, Weather in) {
        weather = in;
        time.runUntil(time.now().plus(span), this::check);
    }

    public void deploy(DeploymentSpec spec) {
        stored.save(spec);
        happen(new DeploymentApplied(spec));
    }

    public void startAll() {
        agents.values().forEach(this::start);
    }

    /** Whether every replica that is wanted serves. */
    public boolean allServe() {
        return !cluster.replicas().isEmpty()
                && cluster.replicas().stream()
                        .allMatch(replica -> replica.state() == ReplicaState.SERVING);
    }

    /** Cells of the replica table that were used. */
    public Set<ReplicaTable.Cell> visited() {
        return Set.copyOf(visited);
    }

    public long events() {
        return events;
    }

    /** The replicas and their states, for messages. */
    public String describe() {
        var lines = new ArrayList<String>();
        for (Replica replica : cluster.replicas()) {
            lines.add(replica.id() + " " + replica.state() + " " + replica.reason());
        }
        return String.join("\n", lines);
    }

    // ---------------------------------------------------------------- the scheduler

    private void happen(ClusterEvent event) {
        events++;
        for (ClusterAction action : reconciler.on(event, time.now())) {
            perform(action);
        }
    }

    private void perform(ClusterAction action) {
        switch (action) {
            case PublishRoutes publish -> publishRoutes();
            case SaveNode save ->
                    cluster.node(save.node()).ifPresent(node -> stored.save(node.snapshot()));
            case SaveReplica save -> cluster.replica(save.replica()).ifPresent(stored::save);
            case ForgetReplica forget -> stored.forget(forget.replica());
            case Assign assign -> assign(assign);
            case Release release ->
                    toAgent(
                            release.node(),
                            agent -> agent.drop(release.replica(), release.epoch()));
            case Probe probe -> toAgent(probe.head(), agent -> probe(agent, probe));
            case CloseSession close -> {
                SimulatedAgent agent = agent(close.node());
                if (agent.session == close.session()) {
                    agent.session = 0;
                    reconnect(agent);
                }
            }
            case Changed changed ->
                    visited.add(new ReplicaTable.Cell(changed.from(), changed.event()));
        }
    }

    private void publishRoutes() {
        for (Replica replica : cluster.replicas()) {
            if (replica.state() == ReplicaState.SERVING) {
                Epoch before = highestRoute.put(replica.id(), replica.epoch());
                demand(
                        before == null || before.compareTo(replica.epoch()) <= 0,
                        "a route went back in time");
            }
        }
    }

    private void assign(Assign assign) {
        Replica.Stored known = stored.replica(assign.replica());
        demand(known.epoch().equals(assign.epoch()), "an epoch was told before it was stored");
        var stage = known.stages().get(assign.index());
        toAgent(
                stage.device().node(),
                agent -> {
                    if (agent.take(assign.replica(), assign.epoch(), stage)) {
                        load(agent, assign);
                    }
                });
    }

    private void check() {
        for (SimulatedAgent agent : agents.values()) {
            for (DeviceSnapshot device : agent.node().devices()) {
                Bytes booked = cluster.booked(new DeviceId(agent.id(), device.name()));
                demand(!booked.isMoreThan(device.capacity()), "a device is overbooked");
            }
        }
    }

    private void demand(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise + " at event " + events);
        }
    }

    private void tick() {
        happen(new Tick());
        time.after(TICK, this::tick);
    }

    /** The process is gone and comes back from what is stored; every session breaks. */
    private void restartScheduler() {
        incarnation++;
        cluster = stored.restore(time.now(), config);
        reconciler = newReconciler();
        for (SimulatedAgent agent : agents.values()) {
            agent.session = 0;
            reconnect(agent);
        }
    }

    // ---------------------------------------------------------------- the network

    private void toAgent(NodeId node, Consumer<SimulatedAgent> message) {
        SimulatedAgent agent = agent(node);
        long session = agent.session;
        if (session != 0 && arrives()) {
            time.after(
                    delay(),
                    () -> {
                        if (agent.session == session) {
                            message.accept(agent);
                        }
                    });
        }
    }

    private void toScheduler(SimulatedAgent agent, ClusterEvent event) {
        long session = agent.session;
        long to = incarnation;
        if (session != 0 && arrives()) {
            time.after(
                    delay(),
                    () -> {
                        if (incarnation == to && agent.session == session) {
                            happen(event);
                        }
                    });
        }
    }

    private boolean arrives() {
        return random.nextDouble() >= weather.lost();
    }

    private Duration delay() {
        return Duration.ofMillis(1 + random.nextInt(50));
    }

    // ---------------------------------------------------------------- the agents

    private SimulatedAgent agent(NodeId id) {
        SimulatedAgent agent = agents.get(id);
        if (agent == null) {
            throw new IllegalStateException("no agent " + id);
        }
        return agent;
    }

    private void start(SimulatedAgent agent) {
        if (!agent.up) {
            agent.up = true;
            reconnect(agent);
        }
    }

    private void reconnect(SimulatedAgent agent) {
        time.after(
                Duration.ofMillis(random.nextInt(3_000)),
                () -> {
                    if (agent.up && agent.session == 0) {
                        agent.session = ++sessions;
                        happen(new NodeJoined(agent.node(), agent.session, agent.held()));
                    }
                });
    }

    private void breakSession(SimulatedAgent agent) {
        long session = agent.session;
        long to = incarnation;
        agent.session = 0;
        if (session != 0) {
            time.after(
                    delay(),
                    () -> {
                        if (incarnation == to) {
                            happen(new NodeLeft(agent.id(), session));
                        }
                    });
        }
    }

    private void load(SimulatedAgent agent, Assign assign) {
        if (random.nextDouble() < weather.failed()) {
            report(agent, assign, StagePhase.FAILED);
            return;
        }
        report(agent, assign, StagePhase.FETCHING);
        time.after(
                Duration.ofMillis(20 + random.nextInt(2_000)),
                () -> {
                    if (agent.holds(assign.replica(), assign.epoch()).isPresent()) {
                        agent.loaded(assign.replica(), assign.epoch());
                        report(agent, assign, StagePhase.LOADED);
                    }
                });
    }

    private void report(SimulatedAgent agent, Assign assign, StagePhase phase) {
        toScheduler(
                agent,
                new StageReported(
                        agent.id(),
                        assign.replica(),
                        assign.epoch(),
                        assign.index(),
                        phase,
                        0,
                        0,
                        phase == StagePhase.FAILED ? "bad luck" : ""));
    }

    /** Passes only when the whole chain really is there, under that very epoch. */
    private void probe(SimulatedAgent head, Probe probe) {
        boolean whole =
                stored.replica(probe.replica()).stages().stream()
                        .allMatch(stage ->
                                agent(stage.device().node())
                                        .holds(probe.replica(), probe.epoch())
                                        .filter(SimulatedAgent.Held::loaded)
                                        .isPresent());
        toScheduler(
                head,
                new ProbeReported(
                        head.id(),
                        probe.replica(),
                        probe.epoch(),
                        whole,
                        whole ? "" : "a stage is not there"));
    }

    private void beat() {
        for (SimulatedAgent agent : agents.values()) {
            toScheduler(agent, new Heartbeat(agent.id(), agent.session, List.of()));
        }
        time.after(BEAT, this::beat);
    }

    private void trouble() {
        double mean = weather.troubleEvery().toMillis();
        long wait = (long) Math.min(60_000, -Math.log(1 - random.nextDouble()) * mean);
        time.after(Duration.ofMillis(Math.max(1, wait)), this::trouble);
        if (weather.equals(Weather.CALM)) {
            return;
        }
        var all = List.copyOf(agents.values());
        SimulatedAgent one = all.get(random.nextInt(all.size()));
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                breakSession(one);
                one.die();
            }
            case 2 -> {
                breakSession(one);
                reconnect(one);
            }
            case 3 -> one.session = 0;
            case 4 -> restartScheduler();
            case 5 -> failStage(one);
            default -> {
                start(one);
                reconnect(one);
            }
        }
    }

    /** A stage that ran breaks by itself: some say so, some only stop answering. */
    private void failStage(SimulatedAgent agent) {
        for (var held : agent.held()) {
            agent.drop(held.replica(), held.epoch());
            if (random.nextBoolean()) {
                toScheduler(
                        agent,
                        new StageReported(
                                agent.id(),
                                held.replica(),
                                held.epoch(),
                                held.index(),
                                StagePhase.FAILED,
                                0,
                                0,
                                "broke by itself"));
            }
        }
    }
}
