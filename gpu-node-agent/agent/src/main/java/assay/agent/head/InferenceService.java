package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import assay.engine.EngineException;
import assay.engine.sample.SamplingParams;
import assay.inference.v1.EmbedReply;
import assay.inference.v1.EmbedRequest;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.InferenceGrpc;
import assay.inference.v1.ScoreReply;
import assay.inference.v1.ScoreRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;

/** Where gateways ask the model. Each call gets a virtual thread for its text. Thread-safe. */
public final class InferenceService extends InferenceGrpc.InferenceImplBase {
    private final HeadDirectory heads;

    /** Serves the heads of that directory. */
    public InferenceService(HeadDirectory heads) {
        this.heads = heads;
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateEvent> observer) {
        ServerCallStreamObserver<GenerateEvent> call =
                (ServerCallStreamObserver<GenerateEvent>) observer;
        answer(
                call,
                () -> {
                    HeadLoop head = head(request.getReplicaId(), request.getEpoch());
                    SamplingParams sampling =
                            Samplings.of(request, head.loaded().spec().vocabularySize());
                    if (request.getMaxTokens() < 1) {
                        throw new AgentException(
                                FaultCode.REQUEST_INVALID,
                                "max_tokens: "
                                        + request.getMaxTokens()
                                        + " (expected: at least 1)");
                    }
                    GenerateCall generate = new GenerateCall(head, call, request, sampling);
                    call.setOnCancelHandler(generate::cancelled);
                    call.setOnReadyHandler(generate::ready);
                    Thread.ofVirtual().name("generate").start(generate::run);
                });
    }

    @Override
    public void embed(EmbedRequest request, StreamObserver<EmbedReply> observer) {
        ServerCallStreamObserver<EmbedReply> call = (ServerCallStreamObserver<EmbedReply>) observer;
        answer(
                call,
                () ->
                        new PromptCall<>(head(request.getReplicaId(), request.getEpoch()), call)
                                .start(asked -> Embeddings.reply(asked, request)));
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreReply> observer) {
        ServerCallStreamObserver<ScoreReply> call = (ServerCallStreamObserver<ScoreReply>) observer;
        answer(
                call,
                () ->
                        new PromptCall<>(head(request.getReplicaId(), request.getEpoch()), call)
                                .start(asked -> Scores.reply(asked, request)));
    }

    private static void answer(StreamObserver<?> call, Runnable work) {
        try {
            work.run();
        } catch (EngineException e) {
            call.onError(GrpcFaults.toGrpc(EngineFaults.of(e)));
        } catch (AgentException e) {
            call.onError(GrpcFaults.toGrpc(e));
        }
    }

    private HeadLoop head(String replica, long epoch) {
        HeadLoop head =
                heads.head(replica)
                        .orElseThrow(() ->
                                new AgentException(
                                        FaultCode.REPLICA_NOT_HERE,
                                        "replica: "
                                                + replica
                                                + " (expected: one whose head is here)"));
        if (head.epoch() != epoch) {
            throw new AgentException(
                    FaultCode.STALE_EPOCH,
                    "epoch: " + epoch + " (expected: " + head.epoch() + ")",
                    Map.of("epoch", Long.toString(head.epoch())));
        }
        return head;
    }
}
