package assay.scheduler.server.control;

import assay.agent.v1.Device;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.Heartbeat;
import assay.agent.v1.ProbeReplica;
import assay.agent.v1.ReleaseStage;
import assay.agent.v1.SchedulerMessage;
import assay.agent.v1.Welcome;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.Placement;
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
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.LossAccepted;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.Deployment;
import assay.scheduler.core.reconcile.NodeStatus;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Reconciler;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaState;
import assay.scheduler.core.reconcile.ReplicaUse;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.v1.PlanReply;
import assay.scheduler.v1.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the reconciler decides: stores, tells nodes, shows routes. Confined to the
 * control loop; its methods are the letters.
 */
public final class ClusterControl {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterControl.class);
    private static final Duration SNAPSHOT_EVERY = Duration.ofSeconds(1);
    private static final Duration ROUTES_EVERY = Duration.ofSeconds(2);

    /**
     * How long gateways keep the routes of an earlier scheduler while agents come back to us:
     * longer than the longest pause between an agent's attempts.
     */
    private static final Duration SETTLING = Duration.ofSeconds(8);

    private final ClusterStore stored;
    private final ClusterRows rows;
    private final StoreQueue store;
    private final ModelCatalog catalog;
    private final RoutesService boards;
    private final ClusterMeters meters;
    private final InstantSource clock;
    private final Duration heartbeatInterval;
    private final Cluster cluster = new Cluster();
    private final Reconciler reconciler;
    private final LiveFigures figures = new LiveFigures();
    private final Map<NodeId, NodeLink> links = new HashMap<>();
    private final Map<VersionId, ModelVersion> versions = new HashMap<>();
    private final Map<NodeId, List<NodeRecord.Checker>> checkers = new HashMap<>();
    private final ClusterViews views;
    private final ClusterHistory history;

    private final AfterStored afterStored;

    private RouteTable shown = RouteTable.getDefaultInstance();
    private long revision;
    private Instant settledAt = Instant.MIN;
    private boolean settled;
    private boolean changed = true;
    private Instant routesShownAt = Instant.MIN;
    private Instant snapshotShownAt = Instant.MIN;
    private Optional<VersionId> defaultVersion = Optional.empty();

    /** What it needs of the world. */
    public record World(
            ClusterStore stored,
            ClusterRows rows,
            StoreQueue store,
            ModelCatalog catalog,
            RoutesService boards,
            ClusterMeters meters,
            InstantSource clock) {}

    /**
     * Knows nothing yet: see {@link #restore}.
     *
     * @param term of the lease: revisions of the routes grow with it
     */
    public ClusterControl(
            World world,
            ReconcileConfig config,
            Placement placement,
            Duration heartbeatInterval,
            long term) {
        stored = world.stored();
        rows = world.rows();
        store = world.store();
        catalog = world.catalog();
        boards = world.boards();
        meters = world.meters();
        clock = world.clock();
        this.heartbeatInterval = heartbeatInterval;
        reconciler =
                new Reconciler(config, cluster, placement, () -> new ReplicaId(UUID.randomUUID()));
        views = new ClusterViews(cluster, figures, versions, checkers);
        history = new ClusterHistory(cluster, store, rows, meters);
        afterStored = new AfterStored(store);
        revision = Math.multiplyExact(term, 1L << 32);
    }

    /** Takes over what an earlier scheduler left. Before the loop starts. */
    public void restore(ReconcileConfig config) {
        for (VersionId id : stored.deployedVersions()) {
            catalog.find(id).ifPresent(version -> versions.put(id, version));
        }
        List<ClusterStore.StoredNode> nodes = stored.nodes();
        nodes.forEach(it -> checkers.put(it.node().snapshot().id(), it.node().checkers()));
        List<Deployment.Stored> deployments = stored.deployments(versions);
        List<Replica.Stored> replicas = stored.replicas(versions);
        Instant now = clock.instant();
        cluster.restore(
                new Cluster.Stored(
                        nodes.stream()
                                .map(it ->
                                        new Cluster.StoredNode(
                                                it.node().snapshot(), it.dutyReason()))
                                .toList(),
                        deployments,
                        replicas),
                now,
                config);
        settledAt = now.plus(SETTLING);
        LOG.info(
                "restored {} nodes, {} deployments, {} replicas",
                nodes.size(),
                deployments.size(),
                replicas.size());
    }

    /** A node said hello. */
    void open(NodeLink link, NodeRecord node, List<Device> devices, List<HeldStage> held) {
        NodeLink older = links.put(link.node(), link);
        if (older != null) {
            older.end(ErrorCode.SESSION_REPLACED, "the node opened a newer session");
        }
        checkers.put(link.node(), node.checkers());
        figures.take(link.node(), devices);
        LOG.info("node {} ({}) is here", node.snapshot().name(), link.node());
        link.send(
                SchedulerMessage.newBuilder()
                        .setWelcome(
                                Welcome.newBuilder()
                                        .setNodeId(link.node().toString())
                                        .setHeartbeatIntervalMillis(heartbeatInterval.toMillis()))
                        .build());
        handle(new NodeJoined(node.snapshot(), link.session(), held));
        showRoutes();
    }

    /** A session is over. */
    void closed(NodeLink link) {
        if (links.remove(link.node(), link)) {
            figures.forget(link.node());
            LOG.info("session of node {} is over", link.node());
            handle(new NodeLeft(link.node(), link.session()));
            showRoutes();
        }
    }

    /** A node sent word; an older session's word is void. */
    void heard(NodeLink link, ClusterEvent event) {
        if (link == links.get(link.node())) {
            handle(event);
        }
    }

    /** A sign of life with figures. */
    void heard(NodeLink link, Heartbeat heartbeat) {
        if (link != links.get(link.node())) {
            return;
        }
        meters.heartbeat();
        Instant now = clock.instant();
        figures.take(link.node(), heartbeat, now);
        turnDevices(link, heartbeat);
        var uses = new ArrayList<ReplicaUse>();
        for (var use : heartbeat.getStagesList()) {
            long age = use.getLastTokenAgeMillis();
            boolean tokens = age >= 0 && use.getGenerationTokensTotal() > 0;
            uses.add(
                    new ReplicaUse(
                            NodeMessages.replica(use.getReplicaId()),
                            NodeMessages.epoch(use.getEpoch()),
                            tokens ? now.minusMillis(age) : Instant.EPOCH,
                            use.getRequestsRunning(),
                            use.getRequestsWaiting(),
                            Duration.ofMillis(Math.max(0, use.getQueueWaitMillis())),
                            Math.clamp(use.getKvCacheUsageRatio(), 0, 1)));
        }
        handle(new ClusterEvent.Heartbeat(link.node(), link.session(), uses));
    }

    /** Placement decides by what a device was last; a heartbeat that says otherwise changes it. */
    private void turnDevices(NodeLink link, Heartbeat heartbeat) {
        Map<String, Boolean> known = new HashMap<>();
        cluster.node(link.node())
                .ifPresent(node ->
                        node.snapshot()
                                .devices()
                                .forEach(it -> known.put(it.name(), it.healthy())));
        for (DeviceUse use : heartbeat.getDevicesList()) {
            boolean healthy = use.getHealth().getFault().isEmpty();
            if (!known.getOrDefault(use.getDeviceId(), healthy).equals(healthy)) {
                handle(new DeviceTurned(link.node(), link.session(), use.getDeviceId(), healthy));
            }
        }
    }

    /** Something happened to a device of a node. */
    void heard(NodeLink link, DeviceEvent event) {
        if (link != links.get(link.node())) {
            return;
        }
        LOG.warn(
                "{} on device {} of node {}: {} {}",
                event.getCode(),
                event.getDeviceId(),
                link.node(),
                event.getDetail(),
                new TreeMap<>(event.getFieldsMap()));
        meters.deviceEvent();
        var fields = new TreeMap<>(event.getFieldsMap());
        fields.put("device", event.getDeviceId());
        fields.put("detail", event.getDetail());
        history.fault(link.node(), String.valueOf(event.getCode()), fields, clock.instant());
    }

    /**
     * Creates or changes a deployment.
     *
     * @return completed when it is stored
     */
    CompletableFuture<Boolean> apply(Order order, ModelVersion version) {
        versions.put(version.id(), version);
        handle(new DeploymentApplied(order));
        history.applied(order.spec().name(), order.spec().replicas(), clock.instant());
        return whenStored();
    }

    /** The id of a deployment, for a name that may be new: then the other one. */
    DeploymentId deploymentId(String name, DeploymentId otherwise) {
        return named(name).map(Deployment::id).orElse(otherwise);
    }

    private Optional<Deployment> named(String name) {
        return cluster.deployments().stream()
                .filter(it -> it.spec().name().equals(name))
                .findFirst();
    }

    /**
     * Takes a deployment away.
     *
     * @return empty when there is none; completed when it is stored
     */
    Optional<CompletableFuture<Boolean>> remove(String name) {
        return named(name)
                .map(it -> {
                    store.put(
                            new StoreQueue.Key(StoreQueue.Kind.DEPLOYMENT, it.id()),
                            rows.remove(it.id()));
                    handle(new DeploymentRemoved(it.id()));
                    history.removed(name, clock.instant());
                    return whenStored();
                });
    }

    /** What would become of a new replica now. */
    PlanReply plan(DeploymentSpec spec) {
        return new PlanMessages(cluster).reply(reconciler.plan(spec));
    }

    /**
     * Requests wait for a model.
     *
     * @return serving replicas; empty when nothing runs the model
     */
    OptionalInt wake(String model, String version) {
        OptionalInt serving = OptionalInt.empty();
        for (Deployment deployment : List.copyOf(cluster.deployments())) {
            ModelVersion known = versions.get(deployment.spec().version());
            if (known != null
                    && known.model().equals(model)
                    && (version.isEmpty() || known.version().equals(version))) {
                handle(new DeploymentWanted(deployment.id()));
                int here = serving(cluster.replicasOf(deployment.id()));
                serving = OptionalInt.of(serving.orElse(0) + here);
            }
        }
        return serving;
    }

    /**
     * An operator did something with a node.
     *
     * @return empty when there is no such node; completed when it is stored
     */
    Optional<CompletableFuture<Boolean>> operate(NodeId node, ClusterEvent event) {
        return cluster.node(node)
                .map(it -> {
                    handle(event);
                    return whenStored();
                });
    }

    /** A node for an answer. */
    Optional<NodeStatus> node(NodeId id) {
        return cluster.node(id);
    }

    /** Stages that have their place on a node. */
    int stagesOn(NodeId id) {
        return views.stagesOn(id);
    }

    /** Ends the doubt; how many nodes were waited for. */
    int acceptLoss() {
        int away =
                Math.toIntExact(
                        cluster.nodes().stream()
                                .filter(it ->
                                        it.snapshot().state() == NodeState.SUSPECT
                                                && !cluster.doubt().isEmpty())
                                .count());
        handle(new LossAccepted());
        return away;
    }

    /** A deployment with what is known of its replicas. */
    record Listed(Deployment deployment, ModelVersion version, int serving, Reason reason) {}

    List<assay.scheduler.v1.Deployment> deployments() {
        var listed = new ArrayList<assay.scheduler.v1.Deployment>();
        for (Deployment deployment : cluster.deployments()) {
            ModelVersion version = versions.get(deployment.spec().version());
            if (version != null) {
                List<Replica> replicas = cluster.replicasOf(deployment.id());
                Reason reason =
                        replicas.stream()
                                .filter(it ->
                                        it.state() != ReplicaState.SERVING
                                                && !it.reason().isEmpty())
                                .map(Replica::reason)
                                .findFirst()
                                .orElse(Reason.NONE);
                var seen = new Listed(deployment, version, serving(replicas), reason);
                listed.add(DeploymentMessages.view(seen));
            }
        }
        return listed;
    }

    private static int serving(List<Replica> replicas) {
        return Math.toIntExact(
                replicas.stream().filter(it -> it.state() == ReplicaState.SERVING).count());
    }

    /** Time went by. */
    public void tick() {
        stored();
        handle(new Tick());
        Instant now = clock.instant();
        if (!settled) {
            // A replica whose row waits to be stored is in no table yet, and would be missed.
            boolean allServe =
                    afterStored.unstored().isEmpty()
                            && cluster.replicas().stream()
                                    .allMatch(it -> it.state() == ReplicaState.SERVING);
            settled = allServe || !now.isBefore(settledAt);
        }
        if (!now.isBefore(routesShownAt.plus(ROUTES_EVERY))) {
            showRoutes();
        }
        if (changed || !now.isBefore(snapshotShownAt.plus(SNAPSHOT_EVERY))) {
            changed = false;
            snapshotShownAt = now;
            boards.show(views.snapshot(now, store.trouble()));
            meters.count(cluster);
            history.prune(now);
        }
    }

    /** Something was stored: what waited for it goes on. */
    public void stored() {
        if (afterStored.flush()) {
            showRoutes();
        }
    }

    private CompletableFuture<Boolean> whenStored() {
        CompletableFuture<Boolean> answer = afterStored.answer();
        stored();
        return answer;
    }

    /** Another model is taken when a request names none. */
    public void defaultIs(Optional<VersionId> version) {
        defaultVersion = version;
        showRoutes();
    }

    private void handle(ClusterEvent event) {
        List<ClusterAction> actions = reconciler.on(event, clock.instant());
        changed |= !actions.isEmpty() || event instanceof ClusterEvent.StageReported;
        // What is to be stored is queued first: only then is it known that it may not be told yet.
        actions.stream().filter(ClusterAction::isStorage).forEach(this::perform);
        actions.stream().filter(action -> !action.isStorage()).forEach(this::perform);
    }

    private void perform(ClusterAction action) {
        Instant now = clock.instant();
        switch (action) {
            case PublishRoutes publish -> showRoutes();
            case SaveNode save -> saveNode(save.node());
            case ForgetNode forget -> {
                checkers.remove(forget.node());
                store.put(
                        new StoreQueue.Key(StoreQueue.Kind.FORGOTTEN_NODE, forget.node()),
                        rows.forget(forget.node()));
            }
            case SaveDeployment save ->
                    cluster.deployment(save.deployment())
                            .ifPresent(it ->
                                    store.put(
                                            new StoreQueue.Key(StoreQueue.Kind.DEPLOYMENT, it.id()),
                                            rows.save(it)));
            case SaveReplica save -> cluster.replica(save.replica()).ifPresent(this::saveReplica);
            case ForgetReplica forget -> {
                afterStored.forget(forget.replica());
                store.put(
                        new StoreQueue.Key(StoreQueue.Kind.FORGOTTEN_REPLICA, forget.replica()),
                        rows.forget(forget.replica()));
            }
            case Assign assign -> assign(assign);
            case Release release -> tellStored(release.node(), release(release));
            case Probe probe -> send(probe.head(), probe(probe));
            case CloseSession close -> {
                NodeLink link = links.remove(close.node());
                if (link != null) {
                    link.end(ErrorCode.SESSION_SILENT, close.reason());
                }
            }
            case Changed turn -> history.tell(turn, now);
            case NodeChanged turn -> history.tell(turn, now);
            case DutyChanged turn -> history.tell(turn, now);
            case Scaled turn -> history.tell(turn, now);
            case MakingRoom room -> history.tell(room, now);
            case Doubted doubted -> history.tell(doubted);
        }
    }

    private void saveNode(NodeId id) {
        NodeStatus node = cluster.node(id).orElseThrow();
        var known = new NodeRecord(node.snapshot(), checkers.getOrDefault(id, List.of()));
        store.put(
                new StoreQueue.Key(StoreQueue.Kind.NODE, id),
                rows.save(known, node.dutyReason(), node.lastSeenAt()));
    }

    private void saveReplica(Replica replica) {
        store.put(new StoreQueue.Key(StoreQueue.Kind.REPLICA, replica.id()), rows.save(replica));
        afterStored.put(replica.id(), replica.epoch());
    }

    private void assign(Assign assign) {
        Optional<Replica> replica =
                cluster.replica(assign.replica()).filter(it -> it.epoch().equals(assign.epoch()));
        if (replica.isEmpty()) {
            return;
        }
        var spec = replica.get().spec();
        ModelVersion version = versions.get(spec.version());
        if (version == null) {
            throw new IllegalStateException("no version " + spec.version() + " of a deployment");
        }
        var message =
                NodeMessages.assign(replica.get(), assign.index(), version, spec, this::address);
        tellStored(
                replica.get().stages().get(assign.index()).node(),
                SchedulerMessage.newBuilder().setAssign(message).build());
    }

    private String address(NodeId node) {
        return cluster.node(node).orElseThrow().snapshot().address();
    }

    private static SchedulerMessage release(Release release) {
        return SchedulerMessage.newBuilder()
                .setRelease(
                        ReleaseStage.newBuilder()
                                .setReplicaId(release.replica().toString())
                                .setEpoch(release.epoch().value()))
                .build();
    }

    private static SchedulerMessage probe(Probe probe) {
        return SchedulerMessage.newBuilder()
                .setProbe(
                        ProbeReplica.newBuilder()
                                .setReplicaId(probe.replica().toString())
                                .setEpoch(probe.epoch().value()))
                .build();
    }

    /** Tells a node when everything that was decided so far is stored. */
    private void tellStored(NodeId node, SchedulerMessage message) {
        NodeLink link = links.get(node);
        if (link != null) {
            afterStored.tell(link, message);
            stored();
        }
    }

    private void send(NodeId node, SchedulerMessage message) {
        NodeLink link = links.get(node);
        if (link != null) {
            link.send(message);
        }
    }

    private void showRoutes() {
        if (!settled) {
            return;
        }
        routesShownAt = clock.instant();
        RouteTable table = views.routes(defaultVersion, shown, afterStored.unstored());
        if (revision % (1L << 32) == 0 || !table.equals(shown)) {
            shown = table;
            revision++;
            boards.show(table.toBuilder().setRevision(revision).build());
        }
    }
}
