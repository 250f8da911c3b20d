package assay.web;

import assay.scheduler.v1.AcceptLossReply;
import assay.scheduler.v1.AcceptLossRequest;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.CordonRequest;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.DrainRequest;
import assay.scheduler.v1.HistoryEvent;
import assay.scheduler.v1.HistoryReply;
import assay.scheduler.v1.HistoryRequest;
import assay.scheduler.v1.HistoryStage;
import assay.scheduler.v1.NodeDuty;
import assay.scheduler.v1.NodeReply;
import assay.scheduler.v1.NodeState;
import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.NodesGrpc;
import assay.scheduler.v1.RemoveNodeReply;
import assay.scheduler.v1.RemoveNodeRequest;
import assay.scheduler.v1.SetLabelsRequest;
import assay.scheduler.v1.SetTaintsRequest;
import assay.scheduler.v1.UncordonRequest;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A scheduler's nodes: "node-1" is there and in use, no other is. */
final class FakeNodes extends NodesGrpc.NodesImplBase {
    final BlockingQueue<Message> orders = new LinkedBlockingQueue<>();

    static ClusterSnapshot snapshot(long unixMillis) {
        return ClusterSnapshot.newBuilder()
                .setUnixMillis(unixMillis)
                .addNodes(
                        NodeView.newBuilder()
                                .setId("node-1")
                                .setName("left")
                                .setState(NodeState.NODE_STATE_READY)
                                .setDuty(NodeDuty.NODE_DUTY_OPEN)
                                .putLabels("rack", "a1")
                                .setStages(2)
                                .addDevices(
                                        DeviceView.newBuilder()
                                                .setId("cpu")
                                                .setKind("cpu")
                                                .setMemoryTotalBytes(1000)
                                                .setUtilizationRatio(0.25)))
                .build();
    }

    @Override
    public void cordon(CordonRequest request, StreamObserver<NodeReply> replies) {
        answer(request.getNodeId(), request, NodeDuty.NODE_DUTY_CORDONED, replies);
    }

    @Override
    public void uncordon(UncordonRequest request, StreamObserver<NodeReply> replies) {
        answer(request.getNodeId(), request, NodeDuty.NODE_DUTY_OPEN, replies);
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<NodeReply> replies) {
        answer(request.getNodeId(), request, NodeDuty.NODE_DUTY_DRAINING, replies);
    }

    @Override
    public void setLabels(SetLabelsRequest request, StreamObserver<NodeReply> replies) {
        answer(request.getNodeId(), request, NodeDuty.NODE_DUTY_OPEN, replies);
    }

    @Override
    public void setTaints(SetTaintsRequest request, StreamObserver<NodeReply> replies) {
        answer(request.getNodeId(), request, NodeDuty.NODE_DUTY_OPEN, replies);
    }

    @Override
    public void remove(RemoveNodeRequest request, StreamObserver<RemoveNodeReply> replies) {
        replies.onError(
                FakeDeployments.refusal(
                        Code.FAILED_PRECONDITION, "NODE_IN_USE", "node left has 2 stages"));
    }

    @Override
    public void acceptLoss(AcceptLossRequest request, StreamObserver<AcceptLossReply> replies) {
        orders.add(request);
        replies.onNext(AcceptLossReply.newBuilder().setNodes(3).build());
        replies.onCompleted();
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryReply> replies) {
        replies.onNext(
                HistoryReply.newBuilder()
                        .setMore(request.getBefore() == 0)
                        .addEvents(
                                HistoryEvent.newBuilder()
                                        .setId(request.getBefore() == 0 ? 9 : 4)
                                        .setUnixMillis(1_790_000_000_000L)
                                        .setKind("replica")
                                        .setReplicaId("r-1")
                                        .setDeployment("assistant")
                                        .setEpoch(3)
                                        .setEvent("STAGES_MOVED")
                                        .setFromState("BROKEN")
                                        .setToState("LOADING")
                                        .setReason("its node was silent for 10 s")
                                        .addStages(
                                                HistoryStage.newBuilder()
                                                        .setNodeId("node-1")
                                                        .setNodeName("left")
                                                        .setDeviceId("cpu")
                                                        .setEndLayer(8)
                                                        .setMoved(true)))
                        .build());
        replies.onCompleted();
    }

    private void answer(
            String nodeId, Message order, NodeDuty duty, StreamObserver<NodeReply> replies) {
        if (!nodeId.equals("node-1")) {
            replies.onError(
                    FakeDeployments.refusal(Code.NOT_FOUND, "NODE_UNKNOWN", "no such node"));
            return;
        }
        orders.add(order);
        replies.onNext(NodeReply.newBuilder().setDuty(duty).setStages(2).build());
        replies.onCompleted();
    }
}
