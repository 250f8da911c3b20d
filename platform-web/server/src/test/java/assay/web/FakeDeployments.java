package assay.web;

import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.Deployment;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.ListReply;
import assay.scheduler.v1.ListRequest;
import assay.scheduler.v1.PlanPlaced;
import assay.scheduler.v1.PlanRefused;
import assay.scheduler.v1.PlanReply;
import assay.scheduler.v1.PlanWaiting;
import assay.scheduler.v1.PlannedStage;
import assay.scheduler.v1.Rejection;
import assay.scheduler.v1.RemoveReply;
import assay.scheduler.v1.RemoveRequest;
import assay.scheduler.v1.WakeReply;
import assay.scheduler.v1.WakeRequest;
import assay.scheduler.v1.WouldFit;
import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A scheduler's deployments: one that is there, and plans that depend on the stages asked for. */
final class FakeDeployments extends DeploymentsGrpc.DeploymentsImplBase {
    final BlockingQueue<WakeRequest> woken = new LinkedBlockingQueue<>();
    volatile boolean isDeployed;
    private final List<ApplyRequest> applied;

    FakeDeployments(List<ApplyRequest> applied) {
        this.applied = applied;
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<Deployment> replies) {
        if (request.getModel().equals("nothing")) {
            replies.onError(refusal(Code.NOT_FOUND, "VERSION_UNKNOWN", "model nothing is unknown"));
            return;
        }
        applied.add(request);
        replies.onNext(
                Deployment.newBuilder()
                        .setId("d-2")
                        .setName(request.getName())
                        .setModel(request.getModel())
                        .setVersion(request.getVersion())
                        .setReplicas(request.getReplicas())
                        .setPriority(request.getPriority())
                        .setRules(request.getRules())
                        .setScaling(request.getScaling())
                        .setWantedReplicas(request.getReplicas())
                        .build());
        replies.onCompleted();
    }

    @Override
    public void remove(RemoveRequest request, StreamObserver<RemoveReply> replies) {
        if (!request.getName().equals("assistant")) {
            replies.onError(refusal(Code.NOT_FOUND, "DEPLOYMENT_UNKNOWN", "no such deployment"));
            return;
        }
        replies.onNext(RemoveReply.getDefaultInstance());
        replies.onCompleted();
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListReply> replies) {
        replies.onNext(
                ListReply.newBuilder()
                        .addDeployments(
                                Deployment.newBuilder()
                                        .setId("d-1")
                                        .setName("assistant")
                                        .setModel(FakeCluster.MODEL)
                                        .setVersion("1")
                                        .setReplicas(2)
                                        .setWantedReplicas(2)
                                        .setServingReplicas(1)
                                        .setReason("one is loading"))
                        .build());
        replies.onCompleted();
    }

    /** There is one to wake only where a test says so; it serves when the test shows its route. */
    @Override
    public void wake(WakeRequest request, StreamObserver<WakeReply> replies) {
        if (!isDeployed) {
            replies.onError(refusal(Code.NOT_FOUND, "DEPLOYMENT_UNKNOWN", "nothing runs that"));
            return;
        }
        woken.add(request);
        replies.onNext(WakeReply.getDefaultInstance());
        replies.onCompleted();
    }

    @Override
    public void plan(ApplyRequest request, StreamObserver<PlanReply> replies) {
        replies.onNext(
                switch (request.getStages()) {
                    case 1 -> placed();
                    case 2 -> waiting();
                    default ->
                            PlanReply.newBuilder()
                                    .setRefused(
                                            PlanRefused.newBuilder()
                                                    .setCode("STAGE_COUNT_INVALID")
                                                    .setDetail("stages: 3 (expected: 0..2)"))
                                    .build();
                });
        replies.onCompleted();
    }

    private static PlanReply placed() {
        return PlanReply.newBuilder()
                .setPlaced(
                        PlanPlaced.newBuilder()
                                .addStages(
                                        PlannedStage.newBuilder()
                                                .setNodeId("node-1")
                                                .setNodeName("left")
                                                .setDeviceId("cpu")
                                                .setEndLayer(8)
                                                .setWeightBytes(1000)
                                                .setKvBytes(200)
                                                .setWorkspaceBytes(30)
                                                .setStepSeconds(0.01))
                                .setStepSeconds(0.01)
                                .setKvRoomTokens(4096))
                .build();
    }

    private static PlanReply waiting() {
        return PlanReply.newBuilder()
                .setWaiting(
                        PlanWaiting.newBuilder()
                                .setMissingBytes(77)
                                .setInWords("77 bytes short")
                                .putCounts("MEMORY_SHORT", 1)
                                .setWouldFit(WouldFit.newBuilder().setKvTokens(512))
                                .addRejections(
                                        Rejection.newBuilder()
                                                .setNodeId("node-1")
                                                .setNodeName("left")
                                                .setDeviceId("cpu")
                                                .setFilter("MEMORY_SHORT")
                                                .setFreeBytes(23)
                                                .setMissingBytes(77)
                                                .setInWords("left/cpu is short of memory")))
                .build();
    }

    /** As a scheduler refuses: a status with its stable name. */
    static StatusRuntimeException refusal(Code code, String reason, String message) {
        return StatusProto.toStatusRuntimeException(
                com.google.rpc.Status.newBuilder()
                        .setCode(code.getNumber())
                        .setMessage(message)
                        .addDetails(
                                Any.pack(
                                        ErrorInfo.newBuilder()
                                                .setReason(reason)
                                                .setDomain("assay")
                                                .build()))
                        .build());
    }
}
