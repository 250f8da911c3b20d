package assay.scheduler.server.control;

import assay.agent.v1.AssignStage;
import assay.agent.v1.ChainReport;
import assay.agent.v1.Device;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.DeviceKind;
import assay.agent.v1.Hello;
import assay.agent.v1.ModelFile;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageState;
import assay.agent.v1.WeightType;
import assay.agent.v1.WireType;
import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceLink;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.StagePhase;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Between the words of the wire and those of the core. What comes from a node is checked here,
 * before the control loop sees it. Stateless.
 */
final class NodeMessages {
    private static final Pattern ADDRESS = Pattern.compile("[^\\s/]{1,255}:[0-9]{1,5}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");
    private static final int MOST_FIELDS = 16;
    private static final int LONGEST_TEXT = 500;
    private static final int MOST_ITEMS = 256;

    private NodeMessages() {}

    /**
     * The node of a hello.
     *
     * @throws SchedulerException HELLO_INVALID
     */
    static NodeRecord node(NodeId id, Hello hello) {
        if (!ADDRESS.matcher(hello.getAddress()).matches()) {
            throw invalid("address: not host:port");
        }
        if (hello.getDevicesCount() > MOST_ITEMS || hello.getCheckersCount() > MOST_ITEMS) {
            throw invalid("more than " + MOST_ITEMS + " devices or checkers");
        }
        var names = new HashSet<String>();
        for (Device device : hello.getDevicesList()) {
            if (device.getId().isBlank() || !names.add(device.getId())) {
                throw invalid("devices: ids are blank or not unique");
            }
            if (device.getGpu().getLinksCount() > MOST_ITEMS) {
                throw invalid("more than " + MOST_ITEMS + " links of a device");
            }
        }
        var snapshot =
                new NodeSnapshot(
                        id,
                        cut(hello.getName()),
                        hello.getAddress(),
                        cut(hello.getAgentVersion()),
                        hello.getDevicesList().stream().map(NodeMessages::device).toList(),
                        NodeState.READY);
        List<NodeRecord.Checker> checkers =
                hello.getCheckersList().stream()
                        .map(offer ->
                                new NodeRecord.Checker(
                                        cut(offer.getSystem()),
                                        offer.getAvailable(),
                                        cut(offer.getVersion()),
                                        cut(offer.getReason())))
                        .toList();
        return new NodeRecord(snapshot, checkers);
    }

    private static DeviceSnapshot device(Device device) {
        long total = device.getMemoryTotalBytes();
        long free = device.getMemoryFreeBytes();
        if (total < 0 || free < 0 || free > total) {
            throw invalid("device memory: %d free of %d".formatted(free, total));
        }
        String kind =
                switch (device.getKind()) {
                    case DEVICE_KIND_CPU -> "cpu";
                    case DEVICE_KIND_CUDA -> "cuda";
                    case DEVICE_KIND_UNSPECIFIED, UNRECOGNIZED ->
                            throw invalid("device kind: " + DeviceKind.DEVICE_KIND_UNSPECIFIED);
                };
        return new DeviceSnapshot(
                cut(device.getId()),
                kind,
                cut(device.getName()),
                Bytes.of(total),
                Bytes.of(total - free),
                device.getHealth().getFault().isEmpty(),
                Math.max(0, device.getMemoryBytesPerSecond()),
                0,
                device.getGpu().getLinksList().stream().map(NodeMessages::link).toList());
    }

    /**
     * What a way between two cards carries in one direction. One NVLink of its fourth generation
     * moves 25 GB/s, sixteen lanes of PCIe 5 about 50 GB/s; each meeting point further off costs.
     * Source: NVIDIA H100 data sheet (900 GB/s over 18 links, both directions).
     */
    private static DeviceLink link(assay.agent.v1.DeviceLink link) {
        long gigabytes =
                switch (link.getPath()) {
                    case LINK_PATH_NVLINK -> 25L * Math.max(1, link.getNvlinkCount());
                    case LINK_PATH_SAME_BOARD, LINK_PATH_PCIE_SWITCH -> 50;
                    case LINK_PATH_PCIE_SWITCHES, LINK_PATH_HOST_BRIDGE -> 40;
                    case LINK_PATH_NUMA_NODE -> 30;
                    case LINK_PATH_SYSTEM, LINK_PATH_UNSPECIFIED, UNRECOGNIZED -> 20;
                };
        return new DeviceLink(cut(link.getDeviceId()), gigabytes * 1_000_000_000L);
    }

    /**
     * An event as it may be logged.
     *
     * @throws SchedulerException HELLO_INVALID
     */
    static DeviceEvent event(DeviceEvent event) {
        if (!NAME.matcher(event.getCode()).matches() || event.getFieldsCount() > MOST_FIELDS) {
            throw invalid("device event: no code, or more than " + MOST_FIELDS + " fields");
        }
        var checked =
                DeviceEvent.newBuilder()
                        .setDeviceId(cut(event.getDeviceId()))
                        .setCode(event.getCode())
                        .setDetail(cut(event.getDetail()))
                        .setUnixMillis(event.getUnixMillis());
        event.getFieldsMap()
                .forEach((name, value) -> {
                    if (!NAME.matcher(name).matches()) {
                        throw invalid("device event: a field's name is none");
                    }
                    checked.putFields(name, cut(value));
                });
        return checked.build();
    }

    /** What the node brought along; stages that are gone or broken are left out. */
    static List<HeldStage> held(Hello hello) {
        return hello.getStagesList().stream()
                .filter(report ->
                        report.getState() == StageState.STAGE_STATE_FETCHING
                                || report.getState() == StageState.STAGE_STATE_LOADING
                                || report.getState() == StageState.STAGE_STATE_LOADED)
                .map(report ->
                        new HeldStage(
                                replica(report.getReplicaId()),
                                epoch(report.getEpoch()),
                                report.getStageIndex(),
                                checked(
                                        report,
                                        it -> new LayerRange(it.getFirstLayer(), it.getEndLayer())),
                                phase(report.getState())))
                .toList();
    }

    static StageReported report(NodeId node, StageReport report) {
        String detail =
                report.getState() == StageState.STAGE_STATE_FAILED
                        ? cut(report.getErrorCode() + ": " + report.getErrorDetail())
                        : report.getState() == StageState.STAGE_STATE_RELEASED
                                ? "its node let the stage go"
                                : "";
        return new StageReported(
                node,
                replica(report.getReplicaId()),
                epoch(report.getEpoch()),
                report.getStageIndex(),
                phase(report.getState()),
                Math.max(0, report.getFetchedBytes()),
                Math.max(0, report.getTotalBytes()),
                Bytes.of(Math.max(0, report.getWeightBytes())),
                detail);
    }

    /** The head of a replica lost the way through its stages. */
    static StageSilent silent(NodeId head, ChainReport report) {
        return new StageSilent(
                head,
                replica(report.getReplicaId()),
                epoch(report.getEpoch()),
                report.getLostStage(),
                Duration.ofMillis(Math.max(0, report.getLostMillis())),
                cut(
                        "stage %d does not answer: %s"
                                .formatted(report.getLostStage(), report.getErrorDetail())));
    }

    private static StagePhase phase(StageState state) {
        return switch (state) {
            case STAGE_STATE_FETCHING -> StagePhase.FETCHING;
            case STAGE_STATE_LOADING -> StagePhase.LOADING;
            case STAGE_STATE_LOADED -> StagePhase.LOADED;
            case STAGE_STATE_FAILED, STAGE_STATE_RELEASED -> StagePhase.FAILED;
            case STAGE_STATE_UNSPECIFIED, UNRECOGNIZED -> throw invalid("stage state: unknown");
        };
    }

    static ReplicaId replica(String text) {
        return checked(text, it -> new ReplicaId(UUID.fromString(it)));
    }

    static Epoch epoch(long value) {
        return checked(value, Epoch::new);
    }

    private static <S, T> T checked(S source, Function<S, T> make) {
        try {
            return make.apply(source);
        } catch (IllegalArgumentException e) {
            throw new SchedulerException(
                    ErrorCode.HELLO_INVALID, "message of a node: " + e.getMessage(), e);
        }
    }

    static String cut(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.HELLO_INVALID, message);
    }

    private static WeightType weightType(Precision precision) {
        return switch (precision.weights()) {
            case STORED -> WeightType.WEIGHT_TYPE_STORED;
            case INT8 -> WeightType.WEIGHT_TYPE_INT8;
            case INT4 -> WeightType.WEIGHT_TYPE_INT4;
        };
    }

    private static WireType wireType(Precision precision) {
        return switch (precision.activations()) {
            case F32 -> WireType.WIRE_TYPE_F32;
            case BF16 -> WireType.WIRE_TYPE_BF16;
        };
    }

    /**
     * The command to load a stage.
     *
     * @param address of a node's own server
     */
    static AssignStage assign(
            Replica replica,
            int index,
            ModelVersion version,
            DeploymentSpec spec,
            Function<NodeId, String> address) {
        StageAssignment stage = replica.stages().get(index).assignment();
        int count = replica.stages().size();
        var message =
                AssignStage.newBuilder()
                        .setReplicaId(replica.id().toString())
                        .setEpoch(replica.epoch().value())
                        .setModel(version.model())
                        .setVersion(version.version())
                        .setStageIndex(index)
                        .setStageCount(count)
                        .setFirstLayer(stage.layers().first())
                        .setEndLayer(stage.layers().end())
                        .setDeviceId(stage.device().name())
                        .setWeightBytes(stage.weights().value())
                        .setHeadAddress(address.apply(replica.stages().getFirst().node()))
                        .setKvTokens(spec.kvTokens())
                        .setMaxSequences(spec.maxSequences())
                        .setWeightType(weightType(spec.precision()))
                        .setWireType(wireType(spec.precision()));
        if (index + 1 < count) {
            message.setNextAddress(address.apply(replica.stages().get(index + 1).node()));
        }
        for (ModelVersion.File file : version.files()) {
            message.addFiles(
                    ModelFile.newBuilder()
                            .setName(file.name())
                            .setSha256(file.sha256())
                            .setBytes(file.bytes()));
        }
        return message.build();
    }
}
