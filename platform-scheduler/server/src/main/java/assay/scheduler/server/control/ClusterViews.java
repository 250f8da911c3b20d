package assay.scheduler.server.control;

import assay.agent.v1.DeviceHealth;
import assay.agent.v1.DeviceLink;
import assay.agent.v1.DeviceUse;
import assay.agent.v1.GpuFacts;
import assay.agent.v1.GpuUse;
import assay.agent.v1.LinkPath;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.Deployment;
import assay.scheduler.core.reconcile.NodeStatus;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.Stage;
import assay.scheduler.v1.CheckerRoute;
import assay.scheduler.v1.CheckerView;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.GpuLinkView;
import assay.scheduler.v1.GpuView;
import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.RestingModel;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.RouteTable;
import assay.scheduler.v1.StageView;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The cluster as gateways see it. Confined to the control loop. */
final class ClusterViews {
    private final Cluster cluster;
    private final LiveFigures figures;
    private final Map<VersionId, ModelVersion> versions;
    private final Map<NodeId, List<NodeRecord.Checker>> checkers;

    ClusterViews(
            Cluster cluster,
            LiveFigures figures,
            Map<VersionId, ModelVersion> versions,
            Map<NodeId, List<NodeRecord.Checker>> checkers) {
        this.cluster = cluster;
        this.figures = figures;
        this.versions = versions;
        this.checkers = checkers;
    }

    /**
     * Without a revision: two tables are equal when they say the same.
     *
     * @param before what was shown last
     * @param unstored replicas of which nothing new may be told: they stay as they were shown
     */
    RouteTable routes(
            Optional<VersionId> defaultVersion, RouteTable before, Set<ReplicaId> unstored) {
        var table = RouteTable.newBuilder();
        for (Replica replica : cluster.replicas()) {
            if (replica.isRouted() && !unstored.contains(replica.id())) {
                table.addRoutes(route(replica, defaultVersion));
            } else if (replica.isRouted()) {
                String id = replica.id().toString();
                before.getRoutesList().stream()
                        .filter(it -> it.getReplicaId().equals(id))
                        .forEach(table::addRoutes);
            }
        }
        for (Deployment deployment : cluster.deployments()) {
            if (deployment.wanted() == 0) {
                ModelVersion version = version(deployment.spec().version());
                table.addResting(
                        RestingModel.newBuilder()
                                .setModel(version.model())
                                .setVersion(version.version())
                                .setDefaultModel(
                                        defaultVersion.equals(
                                                Optional.of(deployment.spec().version()))));
            }
        }
        for (NodeStatus node : cluster.nodes()) {
            if (!node.isConnected()) {
                continue;
            }
            for (NodeRecord.Checker checker : checkers(node.snapshot().id())) {
                if (checker.available()) {
                    table.addCheckers(
                            CheckerRoute.newBuilder()
                                    .setSystem(checker.system())
                                    .setVersion(checker.version())
                                    .setNodeId(node.snapshot().id().toString())
                                    .setAddress(node.snapshot().address()));
                }
            }
        }
        return table.build();
    }

    private Route route(Replica replica, Optional<VersionId> defaultVersion) {
        DeploymentSpec spec = replica.spec();
        ModelVersion version = version(spec.version());
        NodeStatus head = cluster.node(replica.stages().getFirst().node()).orElseThrow();
        return Route.newBuilder()
                .setModel(version.model())
                .setVersion(version.version())
                .setReplicaId(replica.id().toString())
                .setEpoch(replica.epoch().value())
                .setHeadAddress(head.snapshot().address())
                .setContextLength(version.contextLength())
                .setVocabularySize(version.layout().vocabularySize())
                .setDefaultModel(defaultVersion.equals(Optional.of(spec.version())))
                .setLastTokenUnixMillis(replica.lastTokenAt().toEpochMilli())
                .setRecovering(replica.isRecovering())
                .setDeployment(spec.name())
                .build();
    }

    /**
     * The whole picture.
     *
     * @param storage why changes wait; empty when they do not
     */
    ClusterSnapshot snapshot(Instant now, String storage) {
        var snapshot =
                ClusterSnapshot.newBuilder()
                        .setUnixMillis(now.toEpochMilli())
                        .setDoubt(cluster.doubt().inWords())
                        .addAllDoubtParts(ReasonMessages.parts(cluster.doubt()))
                        .setStorage(storage);
        cluster.nodes().forEach(node -> snapshot.addNodes(node(node)));
        cluster.replicas().forEach(replica -> snapshot.addReplicas(replica(replica)));
        return snapshot.build();
    }

    private NodeView node(NodeStatus node) {
        NodeSnapshot snapshot = node.snapshot();
        var view =
                NodeView.newBuilder()
                        .setId(snapshot.id().toString())
                        .setName(snapshot.name())
                        .setAddress(snapshot.address())
                        .setState(state(snapshot.state()))
                        .setLastSeenUnixMillis(node.lastSeenAt().toEpochMilli())
                        .setAgentVersion(snapshot.agentVersion())
                        .setDuty(duty(snapshot.duty()))
                        .setDutyReason(node.dutyReason())
                        .putAllLabels(snapshot.labels())
                        .addAllTaints(snapshot.taints().stream().sorted().toList())
                        .setStages(stagesOn(snapshot.id()));
        figures.network(snapshot.id()).ifPresent(view::setNetwork);
        for (DeviceSnapshot device : snapshot.devices()) {
            var id = new DeviceId(snapshot.id(), device.name());
            Optional<DeviceUse> use = figures.device(id);
            DeviceHealth health = figures.health(id);
            var shown =
                    DeviceView.newBuilder()
                            .setId(device.name())
                            .setKind(device.kind())
                            .setName(device.label())
                            .setMemoryTotalBytes(device.total().value())
                            .setMemoryUsedBytes(use.map(DeviceUse::getMemoryUsedBytes).orElse(0L))
                            .setUtilizationRatio(
                                    use.map(DeviceUse::getUtilizationRatio).orElse(0.0))
                            .setMemoryBookedBytes(cluster.booked(id).value())
                            .setFault(NodeMessages.cut(health.getFault()))
                            .setFaultDetail(NodeMessages.cut(health.getDetail()))
                            .setMemoryHigh(health.getMemoryHigh());
            figures.gpu(id).ifPresent(facts -> shown.setGpu(gpu(facts, use)));
            view.addDevices(shown);
        }
        for (NodeRecord.Checker checker : checkers(snapshot.id())) {
            view.addCheckers(
                    CheckerView.newBuilder()
                            .setSystem(checker.system())
                            .setAvailable(checker.available())
                            .setVersion(checker.version())
                            .setReason(checker.reason()));
        }
        return view.build();
    }

    /** Stages that have their place on a node. */
    int stagesOn(NodeId node) {
        return Math.toIntExact(
                cluster.replicasOn(node).stream()
                        .flatMap(it -> it.stages().stream())
                        .filter(stage -> stage.node().equals(node))
                        .count());
    }

    static assay.scheduler.v1.NodeDuty duty(NodeDuty duty) {
        return switch (duty) {
            case OPEN -> assay.scheduler.v1.NodeDuty.NODE_DUTY_OPEN;
            case CORDONED -> assay.scheduler.v1.NodeDuty.NODE_DUTY_CORDONED;
            case DRAINING -> assay.scheduler.v1.NodeDuty.NODE_DUTY_DRAINING;
        };
    }

    private static GpuView gpu(GpuFacts facts, Optional<DeviceUse> use) {
        var view =
                GpuView.newBuilder()
                        .setDriverVersion(NodeMessages.cut(facts.getDriverVersion()))
                        .setComputeCapability(NodeMessages.cut(facts.getComputeCapability()))
                        .setPciBusId(NodeMessages.cut(facts.getPciBusId()))
                        .setCardId(NodeMessages.cut(facts.getCardId()));
        for (DeviceLink link : facts.getLinksList()) {
            view.addLinks(
                    GpuLinkView.newBuilder()
                            .setDeviceId(NodeMessages.cut(link.getDeviceId()))
                            .setPath(path(link.getPath()))
                            .setNvlinkCount(link.getNvlinkCount()));
        }
        GpuUse now = use.map(DeviceUse::getGpu).orElse(GpuUse.getDefaultInstance());
        if (now.hasMemoryBandwidthRatio()) {
            view.setMemoryBandwidthRatio(now.getMemoryBandwidthRatio());
        }
        if (now.hasTemperatureCelsius()) {
            view.setTemperatureCelsius(now.getTemperatureCelsius());
        }
        if (now.hasPowerWatts()) {
            view.setPowerWatts(now.getPowerWatts());
        }
        return view.build();
    }

    private static String path(LinkPath path) {
        return switch (path) {
            case LINK_PATH_NVLINK -> "nvlink";
            case LINK_PATH_SAME_BOARD -> "same_board";
            case LINK_PATH_PCIE_SWITCH -> "pcie_switch";
            case LINK_PATH_PCIE_SWITCHES -> "pcie_switches";
            case LINK_PATH_HOST_BRIDGE -> "host_bridge";
            case LINK_PATH_NUMA_NODE -> "numa_node";
            case LINK_PATH_SYSTEM -> "system";
            case LINK_PATH_UNSPECIFIED, UNRECOGNIZED -> "unknown";
        };
    }

    private static assay.scheduler.v1.NodeState state(NodeState state) {
        return switch (state) {
            case READY -> assay.scheduler.v1.NodeState.NODE_STATE_READY;
            case SUSPECT -> assay.scheduler.v1.NodeState.NODE_STATE_SUSPECT;
            case LOST -> assay.scheduler.v1.NodeState.NODE_STATE_LOST;
        };
    }

    private ReplicaView replica(Replica replica) {
        DeploymentSpec spec = replica.spec();
        ModelVersion version = version(spec.version());
        var view =
                ReplicaView.newBuilder()
                        .setId(replica.id().toString())
                        .setDeployment(spec.name())
                        .setModel(version.model())
                        .setVersion(version.version())
                        .setEpoch(replica.epoch().value())
                        .setState(state(replica))
                        .setReason(replica.reason().inWords())
                        .addAllReasonParts(ReasonMessages.parts(replica.reason()))
                        .setSinceUnixMillis(replica.since().toEpochMilli())
                        .setPriority(spec.priority())
                        .setLastTokenUnixMillis(replica.lastTokenAt().toEpochMilli())
                        .setFailures(replica.failures());
        replica.stages().forEach(stage -> view.addStages(stage(stage)));
        replica.stages().stream()
                .findFirst()
                .flatMap(head -> figures.stage(head.node(), replica.id()))
                .ifPresent(use ->
                        view.setPromptTokensTotal(use.getPromptTokensTotal())
                                .setGenerationTokensTotal(use.getGenerationTokensTotal())
                                .setRequestsRunning(use.getRequestsRunning())
                                .setRequestsWaiting(use.getRequestsWaiting())
                                .setKvCacheUsageRatio(use.getKvCacheUsageRatio())
                                .setGenerationTokensPerSecond(
                                        figures.tokensPerSecond(
                                                replica.stages().getFirst().node(), replica.id())));
        return view.build();
    }

    private static assay.scheduler.v1.ReplicaState state(Replica replica) {
        if (replica.isRecovering()) {
            return assay.scheduler.v1.ReplicaState.REPLICA_STATE_RECOVERING;
        }
        return switch (replica.state()) {
            case WAITING -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_WAITING;
            case LOADING -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_LOADING;
            case PROBING -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_PROBING;
            case SERVING -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_SERVING;
            case BROKEN -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_BROKEN;
            case DRAINING -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_DRAINING;
            case ENDED -> assay.scheduler.v1.ReplicaState.REPLICA_STATE_UNSPECIFIED;
        };
    }

    private StageView stage(Stage stage) {
        var assignment = stage.assignment();
        double progress =
                switch (stage.phase()) {
                    case LOADING, LOADED -> 1;
                    case ASSIGNED, FETCHING, FAILED, LOST ->
                            stage.totalBytes() == 0
                                    ? 0
                                    : (double) stage.fetchedBytes() / stage.totalBytes();
                };
        return StageView.newBuilder()
                .setIndex(assignment.index())
                .setNodeId(stage.node().toString())
                .setNodeName(
                        cluster.node(stage.node()).map(node -> node.snapshot().name()).orElse(""))
                .setDeviceId(assignment.device().name())
                .setFirstLayer(assignment.layers().first())
                .setEndLayer(assignment.layers().end())
                .setWeightBytes(assignment.weights().value())
                .setState(stage.phase().name().toLowerCase(Locale.ROOT))
                .setProgressRatio(Math.min(1, progress))
                .setKvBytes(assignment.kv().value())
                .setWorkspaceBytes(assignment.workspace().value())
                .setDeviceName(label(assignment.device()))
                .setFetchedBytes(stage.fetchedBytes())
                .setTotalBytes(stage.totalBytes())
                .build();
    }

    private String label(DeviceId device) {
        return cluster.node(device.node()).stream()
                .flatMap(node -> node.snapshot().devices().stream())
                .filter(it -> it.name().equals(device.name()))
                .map(DeviceSnapshot::label)
                .findFirst()
                .orElse("");
    }

    private List<NodeRecord.Checker> checkers(NodeId node) {
        return checkers.getOrDefault(node, List.of());
    }

    private ModelVersion version(VersionId id) {
        ModelVersion version = versions.get(id);
        if (version == null) {
            throw new IllegalStateException("no version " + id + " of a deployment");
        }
        return version;
    }
}
