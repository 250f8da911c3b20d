package assay.scheduler.server.control;

import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.reconcile.ClusterEvent;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.NodeForgotten;
import assay.scheduler.core.reconcile.ClusterEvent.NodeMarked;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.AcceptLossReply;
import assay.scheduler.v1.AcceptLossRequest;
import assay.scheduler.v1.CordonRequest;
import assay.scheduler.v1.DrainRequest;
import assay.scheduler.v1.HistoryReply;
import assay.scheduler.v1.HistoryRequest;
import assay.scheduler.v1.NodeReply;
import assay.scheduler.v1.NodesGrpc;
import assay.scheduler.v1.RemoveNodeReply;
import assay.scheduler.v1.RemoveNodeRequest;
import assay.scheduler.v1.SetLabelsRequest;
import assay.scheduler.v1.SetTaintsRequest;
import assay.scheduler.v1.UncordonRequest;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What operators do with nodes. Checks on the call's thread, decides on the control loop. */
public final class NodesService extends NodesGrpc.NodesImplBase {
    private static final Pattern MARK = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/=:-]{0,127}");
    private static final int MOST_MARKS = 64;
    private static final int LONGEST_REASON = 500;
    private static final int LONGEST_DRAIN_SECONDS = 7 * 24 * 3600;

    private final ControlLoop loop;
    private final ClusterControl control;
    private final History history;

    public NodesService(ControlLoop loop, ClusterControl control, History history) {
        this.loop = loop;
        this.control = control;
        this.history = history;
    }

    @Override
    public void cordon(CordonRequest request, StreamObserver<NodeReply> answer) {
        String reason = request.getReason();
        Faults.answer(
                answer, () -> duty(request.getNodeId(), NodeDuty.CORDONED, reason, Duration.ZERO));
    }

    @Override
    public void uncordon(UncordonRequest request, StreamObserver<NodeReply> answer) {
        Faults.answer(answer, () -> duty(request.getNodeId(), NodeDuty.OPEN, "", Duration.ZERO));
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<NodeReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    int seconds = request.getBoundSeconds();
                    if (seconds < 0 || seconds > LONGEST_DRAIN_SECONDS) {
                        throw invalid(
                                "bound seconds: %d (expected: 0..%d)"
                                        .formatted(seconds, LONGEST_DRAIN_SECONDS));
                    }
                    return duty(
                            request.getNodeId(),
                            NodeDuty.DRAINING,
                            request.getReason(),
                            Duration.ofSeconds(seconds));
                });
    }

    private NodeReply duty(String nodeId, NodeDuty duty, String reason, Duration bound) {
        if (reason.length() > LONGEST_REASON) {
            throw invalid("reason: more than " + LONGEST_REASON + " characters");
        }
        return operate(nodeId, id -> new DutySet(id, duty, reason, bound));
    }

    @Override
    public void setLabels(SetLabelsRequest request, StreamObserver<NodeReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    Map<String, String> labels = request.getLabelsMap();
                    marks(labels.keySet());
                    marks(labels.values());
                    NodeId id = id(request.getNodeId());
                    Set<String> taints = onNode(id, it -> it.taints());
                    return operate(request.getNodeId(), it -> new NodeMarked(it, labels, taints));
                });
    }

    @Override
    public void setTaints(SetTaintsRequest request, StreamObserver<NodeReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    marks(request.getTaintsList());
                    var taints = new TreeSet<String>(request.getTaintsList());
                    NodeId id = id(request.getNodeId());
                    Map<String, String> labels = onNode(id, it -> it.labels());
                    return operate(request.getNodeId(), it -> new NodeMarked(it, labels, taints));
                });
    }

    @Override
    public void remove(RemoveNodeRequest request, StreamObserver<RemoveNodeReply> answer) {
        Faults.answer(
                answer,
                () -> {
                    NodeId id = id(request.getNodeId());
                    boolean lost = onNode(id, it -> it.state() == NodeState.LOST);
                    int stages = LoopAnswers.of(loop.ask(() -> control.stagesOn(id)));
                    if (!lost || stages > 0) {
                        throw new SchedulerException(
                                ErrorCode.NODE_IN_USE,
                                "the node is %s and has %d stages (expected: lost, and none)"
                                        .formatted(lost ? "lost" : "here", stages));
                    }
                    LoopAnswers.stored(
                            LoopAnswers.of(
                                            loop.ask(() ->
                                                    control.operate(id, new NodeForgotten(id))))
                                    .orElseThrow(() -> unknown(id)));
                    return RemoveNodeReply.getDefaultInstance();
                });
    }

    @Override
    public void acceptLoss(AcceptLossRequest request, StreamObserver<AcceptLossReply> answer) {
        Faults.answer(
                answer,
                () ->
                        AcceptLossReply.newBuilder()
                                .setNodes(LoopAnswers.of(loop.ask(control::acceptLoss)))
                                .build());
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryReply> answer) {
        Faults.answer(answer, () -> history.read(request));
    }

    private NodeReply operate(String nodeId, Function<NodeId, ClusterEvent> event) {
        NodeId id = id(nodeId);
        Optional<CompletableFuture<Boolean>> stored =
                LoopAnswers.of(loop.ask(() -> control.operate(id, event.apply(id))));
        LoopAnswers.stored(stored.orElseThrow(() -> unknown(id)));
        NodeDuty duty = onNode(id, it -> it.duty());
        return NodeReply.newBuilder()
                .setDuty(ClusterViews.duty(duty))
                .setStages(LoopAnswers.of(loop.ask(() -> control.stagesOn(id))))
                .build();
    }

    private <T> T onNode(NodeId id, Function<NodeSnapshot, T> question) {
        return LoopAnswers.of(
                        loop.ask(() -> control.node(id).map(it -> question.apply(it.snapshot()))))
                .orElseThrow(() -> unknown(id));
    }

    private static void marks(Collection<String> marks) {
        List<String> wrong = marks.stream().filter(it -> !MARK.matcher(it).matches()).toList();
        if (marks.size() > MOST_MARKS || !wrong.isEmpty()) {
            throw invalid(
                    "labels or taints: %d (expected: up to %d of 1 to 128 letters, digits and ._/=:-)"
                            .formatted(marks.size(), MOST_MARKS));
        }
    }

    private static NodeId id(String text) {
        try {
            return new NodeId(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            throw new SchedulerException(ErrorCode.NODE_REQUEST_INVALID, "node id: not a uuid", e);
        }
    }

    private static SchedulerException unknown(NodeId id) {
        return new SchedulerException(ErrorCode.NODE_UNKNOWN, "there is no node " + id);
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.NODE_REQUEST_INVALID, message);
    }
}
