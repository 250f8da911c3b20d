package assay.web.nodes;

import assay.scheduler.v1.AcceptLossRequest;
import assay.scheduler.v1.CordonRequest;
import assay.scheduler.v1.DrainRequest;
import assay.scheduler.v1.NodeReply;
import assay.scheduler.v1.NodesGrpc;
import assay.scheduler.v1.NodesGrpc.NodesBlockingStub;
import assay.scheduler.v1.RemoveNodeRequest;
import assay.scheduler.v1.SetLabelsRequest;
import assay.scheduler.v1.SetTaintsRequest;
import assay.scheduler.v1.UncordonRequest;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.insight.Node;
import assay.web.peer.SchedulerCalls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Asks the scheduler for it. Thread-safe. */
@Component
class ScheduledNodeOperations implements NodeOperations {
    private static final int REASON_CHARS = 200;

    private final SchedulerCalls scheduler;
    private final AuditedChanges changes;

    ScheduledNodeOperations(SchedulerCalls scheduler, AuditedChanges changes) {
        this.scheduler = scheduler;
        this.changes = changes;
    }

    @Override
    public Outcome cordon(Caller caller, String requestId, String nodeId, String reason) {
        return change(
                caller,
                requestId,
                nodeId,
                "cordon",
                Map.of("reason", reason),
                stub -> {
                    check(reason);
                    return stub.cordon(
                            CordonRequest.newBuilder().setNodeId(nodeId).setReason(reason).build());
                });
    }

    @Override
    public Outcome uncordon(Caller caller, String requestId, String nodeId) {
        return change(
                caller,
                requestId,
                nodeId,
                "uncordon",
                Map.of(),
                stub -> stub.uncordon(UncordonRequest.newBuilder().setNodeId(nodeId).build()));
    }

    @Override
    public Outcome drain(
            Caller caller,
            String requestId,
            String nodeId,
            String reason,
            @Nullable Duration bound) {
        return change(
                caller,
                requestId,
                nodeId,
                "drain",
                Map.of("reason", reason),
                stub -> {
                    check(reason);
                    return stub.drain(
                            DrainRequest.newBuilder()
                                    .setNodeId(nodeId)
                                    .setReason(reason)
                                    .setBoundSeconds(seconds(bound))
                                    .build());
                });
    }

    @Override
    public Outcome label(
            Caller caller, String requestId, String nodeId, Map<String, String> labels) {
        return change(
                caller,
                requestId,
                nodeId,
                "labels",
                Map.of("labels", labels),
                stub ->
                        stub.setLabels(
                                SetLabelsRequest.newBuilder()
                                        .setNodeId(nodeId)
                                        .putAllLabels(labels)
                                        .build()));
    }

    @Override
    public Outcome taint(Caller caller, String requestId, String nodeId, List<String> taints) {
        return change(
                caller,
                requestId,
                nodeId,
                "taints",
                Map.of("taints", taints),
                stub ->
                        stub.setTaints(
                                SetTaintsRequest.newBuilder()
                                        .setNodeId(nodeId)
                                        .addAllTaints(taints)
                                        .build()));
    }

    @Override
    public void forget(Caller caller, String requestId, String nodeId) {
        var change =
                new Change(
                        caller,
                        requestId,
                        "node.forget",
                        "node",
                        nodeId,
                        "DELETE",
                        NodesController.PATH + "/" + nodeId,
                        Map.of());
        var _ =
                changes.run(
                        change,
                        () -> {
                            caller.require(Permission.NODE_MANAGE);
                            return scheduler.ask(
                                    NodesGrpc::newBlockingStub,
                                    stub ->
                                            stub.remove(
                                                    RemoveNodeRequest.newBuilder()
                                                            .setNodeId(nodeId)
                                                            .build()));
                        });
    }

    @Override
    public int acceptLoss(Caller caller, String requestId) {
        var change =
                new Change(
                        caller,
                        requestId,
                        "node.accept-loss",
                        "cluster",
                        "",
                        "POST",
                        NodesController.PATH + "/accept-loss",
                        Map.of());
        return changes.run(
                change,
                () -> {
                    caller.require(Permission.NODE_MANAGE);
                    return scheduler
                            .ask(
                                    NodesGrpc::newBlockingStub,
                                    stub -> stub.acceptLoss(AcceptLossRequest.getDefaultInstance()))
                            .getNodes();
                });
    }

    private Outcome change(
            Caller caller,
            String requestId,
            String nodeId,
            String verb,
            Map<String, Object> details,
            Function<NodesBlockingStub, NodeReply> call) {
        var change =
                new Change(
                        caller,
                        requestId,
                        "node." + verb,
                        "node",
                        nodeId,
                        "POST",
                        NodesController.PATH + "/" + nodeId + "/" + verb,
                        details);
        return changes.run(
                change,
                () -> {
                    caller.require(Permission.NODE_MANAGE);
                    var reply = scheduler.ask(NodesGrpc::newBlockingStub, call);
                    return new Outcome(duty(reply), reply.getStages());
                });
    }

    private static Node.Duty duty(NodeReply reply) {
        return switch (reply.getDuty()) {
            case NODE_DUTY_UNSPECIFIED, NODE_DUTY_OPEN, UNRECOGNIZED -> Node.Duty.OPEN;
            case NODE_DUTY_CORDONED -> Node.Duty.CORDONED;
            case NODE_DUTY_DRAINING -> Node.Duty.DRAINING;
        };
    }

    private static int seconds(@Nullable Duration bound) {
        if (bound == null) {
            return 0;
        }
        if (bound.toSeconds() < 1 || bound.compareTo(Duration.ofDays(1)) > 0) {
            throw WebException.invalid(
                    "bound_seconds", bound.toSeconds() + " (expected: 1..86400)");
        }
        return (int) bound.toSeconds();
    }

    private static void check(String reason) {
        if (reason.length() > REASON_CHARS) {
            throw WebException.invalid(
                    "reason", reason.length() + " characters (expected: 0.." + REASON_CHARS + ")");
        }
    }
}
