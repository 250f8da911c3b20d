package assay.scheduler.server.control;

import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.Rejection;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.v1.PlanPlaced;
import assay.scheduler.v1.PlanRefused;
import assay.scheduler.v1.PlanReply;
import assay.scheduler.v1.PlanWaiting;
import assay.scheduler.v1.PlannedStage;
import assay.scheduler.v1.PlannedVictim;
import assay.scheduler.v1.WouldFit;
import java.time.Duration;
import java.util.Optional;

/** A decision of placement as gateways see it. Confined to the control loop. */
final class PlanMessages {
    private final Cluster cluster;

    PlanMessages(Cluster cluster) {
        this.cluster = cluster;
    }

    PlanReply reply(PlacementDecision decision) {
        var reply = PlanReply.newBuilder();
        switch (decision) {
            case Placed placed -> reply.setPlaced(placed(placed));
            case Waiting waiting -> reply.setWaiting(waiting(waiting));
            case Refused refused ->
                    reply.setRefused(
                            PlanRefused.newBuilder()
                                    .setCode(refused.code())
                                    .setDetail(refused.detail()));
        }
        return reply.build();
    }

    private PlanPlaced placed(Placed placed) {
        var plan = PlanPlaced.newBuilder();
        Duration slowest = Duration.ZERO;
        Duration hops = Duration.ZERO;
        long room = Long.MAX_VALUE;
        for (StagePlan stage : placed.plan()) {
            slowest = slowest.compareTo(stage.step()) < 0 ? stage.step() : slowest;
            hops = hops.plus(stage.hop());
            room = Math.min(room, stage.kvRoomTokens());
            plan.addStages(stage(stage));
        }
        placed.givingWay().stream()
                .flatMap(id -> cluster.replica(id).stream())
                .forEach(victim ->
                        plan.addVictims(
                                PlannedVictim.newBuilder()
                                        .setReplicaId(victim.id().toString())
                                        .setDeployment(victim.spec().name())
                                        .setPriority(victim.spec().priority())));
        return plan.setStepSeconds(seconds(slowest))
                .setHopSeconds(seconds(hops))
                .setKvRoomTokens(room)
                .build();
    }

    private PlannedStage stage(StagePlan plan) {
        StageAssignment stage = plan.assignment();
        DeviceId device = stage.device();
        Optional<NodeSnapshot> node = cluster.node(device.node()).map(it -> it.snapshot());
        String label =
                node.stream()
                        .flatMap(it -> it.devices().stream())
                        .filter(it -> it.name().equals(device.name()))
                        .map(DeviceSnapshot::label)
                        .findFirst()
                        .orElse("");
        return PlannedStage.newBuilder()
                .setIndex(stage.index())
                .setNodeId(device.node().toString())
                .setNodeName(node.map(NodeSnapshot::name).orElse(""))
                .setDeviceId(device.name())
                .setDeviceName(label)
                .setFirstLayer(stage.layers().first())
                .setEndLayer(stage.layers().end())
                .setWeightBytes(stage.resident().value())
                .setKvBytes(stage.kv().value())
                .setWorkspaceBytes(stage.workspace().value())
                .setDeviceFreeBytes(cluster.fleet().free(device).value())
                .setStepSeconds(seconds(plan.step()))
                .setKvRoomTokens(plan.kvRoomTokens())
                .build();
    }

    private static PlanWaiting waiting(Waiting waiting) {
        var reply =
                PlanWaiting.newBuilder()
                        .setMissingBytes(waiting.missing().value())
                        .setInWords(waiting.reason().inWords())
                        .setWouldFit(
                                WouldFit.newBuilder()
                                        .setKvTokens(waiting.wouldFit().kvTokens())
                                        .setMaxSequences(waiting.wouldFit().maxSequences())
                                        .setStages(waiting.wouldFit().stages())
                                        .setDeviceBytes(waiting.wouldFit().device().value()));
        waiting.counts().forEach((filter, count) -> reply.putCounts(filter.name(), count));
        for (Rejection rejection : waiting.rejections()) {
            reply.addRejections(
                    assay.scheduler.v1.Rejection.newBuilder()
                            .setNodeId(rejection.node().toString())
                            .setNodeName(rejection.name())
                            .setDeviceId(rejection.device())
                            .setFilter(rejection.filter().name())
                            .setMissingBytes(rejection.missing().value())
                            .setFreeBytes(rejection.free().value())
                            .setDetail(rejection.detail())
                            .setInWords(rejection.reason().inWords()));
        }
        return reply.build();
    }

    private static double seconds(Duration span) {
        return span.toNanos() / 1e9;
    }
}
