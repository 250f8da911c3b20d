package assay.scheduler.sim;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.ClusterAction;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.CloseSession;
import assay.scheduler.core.reconcile.ClusterAction.Doubted;
import assay.scheduler.core.reconcile.ClusterAction.DutyChanged;
import assay.scheduler.core.reconcile.ClusterAction.ForgetNode;
import assay.scheduler.core.reconcile.ClusterAction.ForgetReplica;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom;
import assay.scheduler.core.reconcile.ClusterAction.NodeChanged;
import assay.scheduler.core.reconcile.ClusterAction.Probe;
import assay.scheduler.core.reconcile.ClusterAction.PublishRoutes;
import assay.scheduler.core.reconcile.ClusterAction.Release;
import assay.scheduler.core.reconcile.ClusterAction.SaveDeployment;
import assay.scheduler.core.reconcile.ClusterAction.SaveNode;
import assay.scheduler.core.reconcile.ClusterAction.SaveReplica;
import assay.scheduler.core.reconcile.ClusterAction.Scaled;
import assay.scheduler.core.reconcile.ClusterEvent;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentRemoved;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentWanted;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.NodeTable;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Reconciler;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaState;
import assay.scheduler.core.reconcile.ReplicaTable;
import assay.scheduler.core.reconcile.ReplicaUse;
import assay.scheduler.core.reconcile.StagePhase;
import java.time.Duration;
import java.time.Instant;
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
 * One run: agents, one scheduler at a time, a lossy network between them, a gateway with requests,
 * and operators. Single-threaded and a pure function of its seed; {@link Mishaps} makes trouble,
 * {@link Invariants} are checked after every event.
 */
public final class Simulation {
    private static final Duration TICK = Duration.ofMillis(500);
    private static final Duration BEAT = Duration.ofSeconds(1);
    private static final Duration STEP = Duration.ofMillis(500);

    /** After which a head says that a stage does not answer. */
    private static final Duration SILENCE = Duration.ofSeconds(4);

    /**
     * How bad the world is.
     *
     * @param lost probability that a message is lost, and breaks its session with it
     * @param failed probability that a load fails
     * @param troubleEvery mean time between two mishaps
     * @param operatorEvery mean time between two things that an operator does
     */
    public record Weather(
            double lost, double failed, Duration troubleEvery, Duration operatorEvery) {
        private static final Duration NEVER = Duration.ofDays(1);
        public static final Weather CALM = new Weather(0, 0, NEVER, NEVER);
        public static final Weather STORM =
                new Weather(0.02, 0.1, Duration.ofSeconds(4), Duration.ofSeconds(30));

        /** Nothing breaks, and operators are busy. */
        public static final Weather BUSY = new Weather(0, 0, NEVER, Duration.ofSeconds(20));
    }

    final Random random;
    final VirtualTime time = new VirtualTime();
    final Map<NodeId, SimulatedAgent> agents = new TreeMap<>();
    final SimulatedGateway gateway;
    final Map<DeploymentId, Order> orders = new TreeMap<>();
    Weather weather = Weather.CALM;
    Cluster cluster = new Cluster();

    private final StoredCluster stored = new StoredCluster();
    private final Map<NodeId, Instant> deliveries = new TreeMap<>();
    private final Map<ReplicaId, Instant> stuckSince = new TreeMap<>();
    private final Set<ReplicaTable.Cell> visited = new HashSet<>();
    private final Set<NodeTable.Cell> visitedOfNodes = new HashSet<>();
    final ReconcileConfig config;
    private final Invariants invariants;
    private final Mishaps mishaps;
    private Reconciler reconciler;
    private long incarnation;
    private long sessions;
    private long ids;
    private long events;

    /** A cluster with agents of that memory, all down, and nothing to run. */
    public Simulation(long seed, int nodes, Bytes memory) {
        this(seed, nodes, memory, ReconcileConfig.DEFAULTS);
    }

    /** The same with other patience. */
    public Simulation(long seed, int nodes, Bytes memory, ReconcileConfig config) {
        this.config = config;
        random = new Random(seed);
        gateway = new SimulatedGateway(random);
        reconciler = newReconciler();
        invariants = new Invariants(this);
        mishaps = new Mishaps(this);
        for (int index = 1; index <= nodes; index++) {
            var id = new NodeId(new UUID(1, index));
            var device = new DeviceSnapshot("gpu", "cuda", "simulated", memory, Bytes.ZERO);
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
        step();
        mishaps.begin();
    }

    private Reconciler newReconciler() {
        return new Reconciler(
                config, cluster, new BalancedPlacement(), () -> new ReplicaId(new UUID(2, ids++)));
    }

    /** Lets time pass in some weather, checking after every event. */
    public void run(Duration span, Weather in) {
        weather = in;
        time.runUntil(time.now().plus(span), invariants::check);
    }

    public void deploy(DeploymentSpec spec) {
        deploy(new Order(spec));
    }

    /** Creates or changes a deployment. */
    public void deploy(Order order) {
        orders.put(order.spec().id(), order);
        happen(new DeploymentApplied(order));
    }

    /** An operator does something. */
    public void operate(ClusterEvent event) {
        happen(event);
    }

    public void startAll() {
        agents.values().forEach(this::start);
    }

    /** All is repaired: agents run, devices are well, nodes are open, nobody is cut off. */
    public void repair() {
        for (SimulatedAgent agent : agents.values()) {
            agent.cutOff = false;
            agent.turn("gpu", true);
            happen(new DutySet(agent.id(), NodeDuty.OPEN, "", Duration.ZERO));
            happen(new DeviceTurned(agent.id(), agent.session, "gpu", true));
        }
        startAll();
    }

    /** So many requests for each deployment. */
    public void ask(int requests) {
        for (DeploymentId id : orders.keySet()) {
            for (int count = 0; count < requests; count++) {
                gateway.ask(id, Duration.ofMillis(random.nextInt(20_000)), time.now());
            }
        }
    }

    /** Whether every deployment has what it wants, and nothing else is there. */
    public boolean allServe() {
        return !cluster.replicas().isEmpty()
                && cluster.deployments().stream()
                        .allMatch(it ->
                                cluster.replicasOf(it.id()).size() == it.wanted()
                                        && cluster.replicasOf(it.id()).stream()
                                                .allMatch(Simulation::serves));
    }

    private static boolean serves(Replica replica) {
        return replica.state() == ReplicaState.SERVING;
    }

    /** Cells of the replica table that were used. */
    public Set<ReplicaTable.Cell> visited() {
        return Set.copyOf(visited);
    }

    /** Cells of the node table that were used. */
    public Set<NodeTable.Cell> visitedOfNodes() {
        return Set.copyOf(visitedOfNodes);
    }

    public long events() {
        return events;
    }

    /** What the scheduler knows; to be read only. */
    public Cluster cluster() {
        return cluster;
    }

    /** Requests that are not finished. */
    public int unfinished() {
        return gateway.unfinished();
    }

    /** Requests that are finished. */
    public long finished() {
        return gateway.finished();
    }

    /** Requests that went to another head because theirs was gone. */
    public long resent() {
        return gateway.resent();
    }

    /** Plans to make room that ended so, over all of the run. */
    public long plans(MakingRoom.Step end) {
        return invariants.plans(end);
    }

    /** Whether room is being made now. */
    public boolean makesRoom() {
        return invariants.makesRoom();
    }

    /** Takes a deployment away. */
    public void remove(DeploymentId deployment) {
        orders.remove(deployment);
        stored.forget(deployment);
        happen(new DeploymentRemoved(deployment));
    }

    /** The replicas and their states, for messages. */
    public String describe() {
        var lines = new ArrayList<String>();
        lines.add(cluster.doubt().inWords() + " unfinished " + gateway.unfinished());
        for (Replica replica : cluster.replicas()) {
            lines.add(
                    "%s %s %s epoch %s %s"
                            .formatted(
                                    replica.spec().name(),
                                    replica.id(),
                                    replica.state(),
                                    replica.epoch(),
                                    replica.reason().inWords()));
        }
        return String.join("\n", lines);
    }

    // ---------------------------------------------------------------- the scheduler

    void happen(ClusterEvent event) {
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
            case ForgetNode forget -> stored.forget(forget.node());
            case SaveDeployment save ->
                    cluster.deployment(save.deployment()).ifPresent(stored::save);
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
            case Changed changed -> {
                visited.add(new ReplicaTable.Cell(changed.from(), changed.event()));
                invariants.see(changed);
            }
            case NodeChanged changed ->
                    visitedOfNodes.add(new NodeTable.Cell(changed.from(), changed.event()));
            case DutyChanged changed -> {}
            case Scaled scaled -> {}
            case MakingRoom room -> invariants.see(room);
            case Doubted doubted -> {}
        }
    }

    private void publishRoutes() {
        var ways = new ArrayList<SimulatedGateway.Way>();
        for (Replica replica : cluster.replicas()) {
            if (replica.isRouted()) {
                invariants.see(replica);
                ways.add(
                        new SimulatedGateway.Way(
                                replica.deployment(),
                                replica.id(),
                                replica.stages().getFirst().node(),
                                replica.isRecovering()));
            }
        }
        gateway.show(ways);
    }

    private void assign(Assign assign) {
        Replica.Stored known = stored.replica(assign.replica());
        invariants.demand(
                known.epoch().equals(assign.epoch()), "an epoch was told before it was stored");
        var stage = known.stages().get(assign.index());
        invariants.seeOwner(assign, stage.device().node());
        toAgent(
                stage.device().node(),
                agent -> {
                    if (agent.take(assign.replica(), assign.epoch(), stage)) {
                        load(agent, assign);
                    }
                });
    }

    private void tick() {
        happen(new Tick());
        gateway.wanted().forEach(id -> happen(new DeploymentWanted(id)));
        time.after(TICK, this::tick);
    }

    /** The process is gone and comes back from what is stored; every session breaks. */
    void restartScheduler() {
        incarnation++;
        invariants.forgetPlan();
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
        if (session != 0 && arrives(agent)) {
            Instant before = deliveries.getOrDefault(node, Instant.MIN);
            Instant at = time.now().plus(delay());
            deliveries.put(node, at.isAfter(before) ? at : before); // a stream keeps its order
            time.after(
                    Duration.between(time.now(), deliveries.getOrDefault(node, at)),
                    () -> {
                        if (agent.session == session && agent.up && !agent.cutOff) {
                            message.accept(agent);
                        }
                    });
        }
    }

    void toScheduler(SimulatedAgent agent, ClusterEvent event) {
        long session = agent.session;
        long to = incarnation;
        if (session != 0 && arrives(agent)) {
            time.after(
                    delay(),
                    () -> {
                        if (incarnation == to && agent.session == session) {
                            happen(event);
                        }
                    });
        }
    }

    private boolean arrives(SimulatedAgent agent) {
        return !agent.cutOff && random.nextDouble() >= weather.lost();
    }

    private Duration delay() {
        return Duration.ofMillis(1 + random.nextInt(50));
    }

    // ---------------------------------------------------------------- the agents

    SimulatedAgent agent(NodeId id) {
        SimulatedAgent agent = agents.get(id);
        if (agent == null) {
            throw new IllegalStateException("no agent " + id);
        }
        return agent;
    }

    void start(SimulatedAgent agent) {
        agent.up = true;
        reconnect(agent);
    }

    void reconnect(SimulatedAgent agent) {
        time.after(
                Duration.ofMillis(random.nextInt(3_000)),
                () -> {
                    if (agent.up && agent.session == 0 && !agent.cutOff) {
                        agent.session = ++sessions;
                        happen(new NodeJoined(agent.node(), agent.session, agent.held()));
                    }
                });
    }

    void breakSession(SimulatedAgent agent) {
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
        if (random.nextDouble() < weather.failed()
                || !agent.node().devices().getFirst().healthy()) {
            report(agent, assign, StagePhase.FAILED);
            return;
        }
        report(agent, assign, StagePhase.FETCHING);
        if (random.nextDouble() < weather.failed() / 4) {
            return; // it hangs, and nobody is told
        }
        time.after(
                Duration.ofMillis(20 + random.nextInt(2_000)),
                () -> {
                    if (agent.up
                            && agent.holds(assign.replica(), assign.epoch(), assign.index())
                                    .isPresent()) {
                        agent.loaded(assign.replica(), assign.epoch(), assign.index());
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
        boolean whole = isWhole(probe.replica(), probe.epoch());
        toScheduler(
                head,
                new ProbeReported(
                        head.id(),
                        probe.replica(),
                        probe.epoch(),
                        whole,
                        whole ? "" : "a stage is not there"));
    }

    private boolean isWhole(ReplicaId replica, Epoch epoch) {
        return stored.knows(replica)
                && stored.replica(replica).stages().stream()
                        .allMatch(stage -> answers(replica, epoch, stage));
    }

    private boolean answers(ReplicaId replica, Epoch epoch, StageAssignment stage) {
        SimulatedAgent agent = agent(stage.device().node());
        return agent.up
                && !agent.cutOff
                && agent.holds(replica, epoch, stage.index())
                        .filter(SimulatedAgent.Held::loaded)
                        .isPresent();
    }

    private void beat() {
        for (SimulatedAgent agent : agents.values()) {
            var uses = new ArrayList<ReplicaUse>();
            for (HeldStage stage : agent.held()) {
                if (stage.index() == 0) {
                    uses.add(
                            new ReplicaUse(
                                    stage.replica(),
                                    stage.epoch(),
                                    Instant.EPOCH,
                                    gateway.running(stage.replica()),
                                    0,
                                    Duration.ZERO,
                                    0));
                }
            }
            toScheduler(agent, new Heartbeat(agent.id(), agent.session, uses));
            agent.held().forEach(stage -> watchChain(agent, stage));
        }
        time.after(BEAT, this::beat);
    }

    /** A head whose requests get no step tells which stage does not answer. */
    private void watchChain(SimulatedAgent head, HeldStage held) {
        ReplicaId replica = held.replica();
        if (held.index() != 0) {
            return;
        }
        boolean stuck = gateway.running(replica) > 0 && !isWhole(replica, held.epoch());
        if (!stuck || !stored.knows(replica)) {
            stuckSince.remove(replica);
            return;
        }
        Instant since = stuckSince.computeIfAbsent(replica, key -> time.now());
        Duration silent = Duration.between(since, time.now());
        if (silent.compareTo(SILENCE) >= 0) {
            stored.replica(replica).stages().stream()
                    .filter(stage -> stage.index() > 0 && !answers(replica, held.epoch(), stage))
                    .findFirst()
                    .ifPresent(stage ->
                            toScheduler(
                                    head,
                                    new StageSilent(
                                            head.id(),
                                            replica,
                                            held.epoch(),
                                            stage.index(),
                                            silent,
                                            "no step came back")));
        }
    }

    /** Requests go where they can, and on where their chain is whole. */
    private void step() {
        gateway.route(way -> agent(way.head()).isHead(way.replica()));
        gateway.work(
                STEP,
                replica ->
                        stored.knows(replica)
                                && !stored.replica(replica).stages().isEmpty()
                                && isWhole(replica, stored.replica(replica).epoch()));
        time.after(STEP, this::step);
    }
}
