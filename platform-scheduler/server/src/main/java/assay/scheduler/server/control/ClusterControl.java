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
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.Placement;
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
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentRemoved;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.ClusterEvent.TokenSeen;
import assay.scheduler.core.reconcile.NodeStatus;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Reconciler;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaState;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.v1.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

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

    private final ClusterStore store;
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
            ClusterStore store,
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
        store = world.store();
        catalog = world.catalog();
        boards = world.boards();
        meters = world.meters();
        clock = world.clock();
        this.heartbeatInterval = heartbeatInterval;
        reconciler =
                new Reconciler(config, cluster, placement, () -> new ReplicaId(UUID.randomUUID()));
        views = new ClusterViews(cluster, figures, versions, checkers);
        revision = Math.multiplyExact(term, 1L << 32);
    }

    /** Takes over what an earlier scheduler left. Before the loop starts. */
    public void restore(ReconcileConfig config) {
        for (VersionId id : store.deployedVersions()) {
            catalog.find(id).ifPresent(version -> versions.put(id, version));
        }
        List<NodeRecord> nodes = store.nodes();
        nodes.forEach(node -> checkers.put(node.snapshot().id(), node.checkers()));
        List<DeploymentSpec> deployments = store.deployments(versions);
        var replicas = new ArrayList<Replica.Stored>();
        deployments.forEach(spec -> replicas.addAll(store.replicas(spec)));
        Instant now = clock.instant();
        cluster.restore(
                nodes.stream().map(NodeRecord::snapshot).toList(),
                deployments,
                replicas,
                now,
                config);
        settledAt = now.plus(SETTLING);
        deployments.forEach(spec -> handle(new DeploymentApplied(spec)));
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
        figures.take(link.node(), heartbeat);
        turnDevices(link, heartbeat);
        Instant now = clock.instant();
        var tokens = new ArrayList<TokenSeen>();
        for (var use : heartbeat.getStagesList()) {
            if (use.getLastTokenAgeMillis() >= 0 && use.getGenerationTokensTotal() > 0) {
                tokens.add(
                        new TokenSeen(
                                NodeMessages.replica(use.getReplicaId()),
                                NodeMessages.epoch(use.getEpoch()),
                                now.minusMillis(use.getLastTokenAgeMillis())));
            }
        }
        handle(new ClusterEvent.Heartbeat(link.node(), link.session(), tokens));
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
    }

    /** Creates or changes a deployment. */
    DeploymentSpec apply(DeploymentSpec spec, ModelVersion version) {
        Optional<DeploymentSpec> before = cluster.deployment(spec.id());
        if (before.isPresent() && !before.get().runsTheSameAs(spec)) {
            // Replicas of the old kind are forgotten first, so that none is restored as a new one.
            handle(new DeploymentRemoved(spec.id()));
        }
        versions.put(version.id(), version);
        store.save(spec);
        handle(new DeploymentApplied(spec));
        LOG.info("deployment {} wants {} replicas", spec.name(), spec.replicas());
        return spec;
    }

    /** The id of a deployment, for a name that may be new. */
    DeploymentId deploymentId(String name) {
        return cluster.deployments().stream()
                .filter(spec -> spec.name().equals(name))
                .map(DeploymentSpec::id)
                .findFirst()
                .orElseGet(() -> store.deploymentId(name));
    }

    /** Whether there was such a deployment. */
    boolean remove(String name) {
        Optional<DeploymentSpec> spec =
                cluster.deployments().stream().filter(it -> it.name().equals(name)).findFirst();
        spec.ifPresent(it -> {
            store.remove(it.id());
            handle(new DeploymentRemoved(it.id()));
            LOG.info("deployment {} is removed", name);
        });
        return spec.isPresent();
    }

    /** A deployment with the version that it runs. */
    record Listed(DeploymentSpec spec, ModelVersion version) {}

    List<Listed> deployments() {
        var listed = new ArrayList<Listed>();
        for (DeploymentSpec spec : cluster.deployments()) {
            ModelVersion version = versions.get(spec.version());
            if (version != null) {
                listed.add(new Listed(spec, version));
            }
        }
        return listed;
    }

    /** Time went by. */
    public void tick() {
        handle(new Tick());
        Instant now = clock.instant();
        if (!settled) {
            settled =
                    !now.isBefore(settledAt)
                            || cluster.replicas().stream()
                                    .allMatch(it -> it.state() == ReplicaState.SERVING);
        }
        if (!now.isBefore(routesShownAt.plus(ROUTES_EVERY))) {
            refreshDefault();
            showRoutes();
        }
        if (changed || !now.isBefore(snapshotShownAt.plus(SNAPSHOT_EVERY))) {
            changed = false;
            snapshotShownAt = now;
            boards.show(views.snapshot(now));
            meters.count(cluster);
        }
    }

    /** Nothing depends on knowing it at once: a database that is away leaves the old one. */
    private void refreshDefault() {
        try {
            defaultVersion = catalog.defaultVersion();
        } catch (DataAccessException e) {
            LOG.warn("the default model was not read: {}", e.getMessage());
        }
    }

    private void handle(ClusterEvent event) {
        List<ClusterAction> actions = reconciler.on(event, clock.instant());
        changed |= !actions.isEmpty() || event instanceof ClusterEvent.StageReported;
        actions.forEach(this::perform);
    }

    private void perform(ClusterAction action) {
        switch (action) {
            case PublishRoutes publish -> showRoutes();
            case SaveNode save -> saveNode(save.node());
            case SaveReplica save -> cluster.replica(save.replica()).ifPresent(store::save);
            case ForgetReplica forget -> store.forget(forget.replica());
            case Assign assign -> assign(assign);
            case Release release -> send(release.node(), release(release));
            case Probe probe -> send(probe.head(), probe(probe));
            case CloseSession close -> {
                NodeLink link = links.remove(close.node());
                if (link != null) {
                    link.end(ErrorCode.SESSION_SILENT, close.reason());
                }
            }
            case Changed turn -> {
                meters.changed(turn);
                if (turn.from() != turn.to()) {
                    LOG.info(
                            "replica {} epoch {}: {} -> {} by {} {}",
                            turn.replica(),
                            turn.epoch(),
                            turn.from(),
                            turn.to(),
                            turn.event(),
                            turn.reason());
                }
            }
        }
    }

    private void saveNode(NodeId id) {
        NodeStatus node = cluster.node(id).orElseThrow();
        var known = new NodeRecord(node.snapshot(), checkers.getOrDefault(id, List.of()));
        store.save(known, node.lastSeenAt());
    }

    private void assign(Assign assign) {
        Optional<Replica> replica =
                cluster.replica(assign.replica()).filter(it -> it.epoch().equals(assign.epoch()));
        if (replica.isEmpty()) {
            return;
        }
        var spec = cluster.deployment(replica.get().deployment()).orElseThrow();
        ModelVersion version = versions.get(spec.version());
        if (version == null) {
            throw new IllegalStateException("no version " + spec.version() + " of a deployment");
        }
        var message =
                NodeMessages.assign(replica.get(), assign.index(), version, spec, this::address);
        send(
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
        RouteTable table = views.routes(defaultVersion);
        if (revision % (1L << 32) == 0 || !table.equals(shown)) {
            shown = table;
            revision++;
            boards.show(table.toBuilder().setRevision(revision).build());
        }
    }
}
