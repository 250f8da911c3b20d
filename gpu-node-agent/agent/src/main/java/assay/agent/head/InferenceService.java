package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import assay.engine.EngineException;
import assay.engine.sample.SamplingParams;
import assay.engine.sample.StopSequences;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.InferenceGrpc;
import assay.inference.v1.Sampling;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;

/** Where gateways ask for generation. Each call gets a virtual thread for its text. Thread-safe. */
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
        try {
            HeadLoop head = head(request);
            GenerateCall generate =
                    new GenerateCall(
                            head,
                            call,
                            request.getLogProbs(),
                            new StopSequences(request.getStopSequencesList()));
            SamplingParams sampling = sampling(request.getSampling());
            if (request.getMaxTokens() < 1) {
                throw new AgentException(
                        FaultCode.REQUEST_INVALID,
                        "max_tokens: " + request.getMaxTokens() + " (expected: at least 1)");
            }
            call.setOnCancelHandler(generate::cancelled);
            call.setOnReadyHandler(generate::ready);
            Thread.ofVirtual()
                    .name("generate")
                    .start(() ->
                            generate.run(request.getPrompt(), request.getMaxTokens(), sampling));
        } catch (EngineException e) {
            call.onError(GrpcFaults.toGrpc(EngineFaults.of(e)));
        } catch (AgentException e) {
            call.onError(GrpcFaults.toGrpc(e));
        }
    }

    private HeadLoop head(GenerateRequest request) {
        HeadLoop head =
                heads.head(request.getReplicaId())
                        .orElseThrow(() ->
                                new AgentException(
                                        FaultCode.REPLICA_NOT_HERE,
                                        "replica: "
                                                + request.getReplicaId()
                                                + " (expected: one whose head is here)"));
        if (head.epoch() != request.getEpoch()) {
            throw new AgentException(
                    FaultCode.STALE_EPOCH,
                    "epoch: " + request.getEpoch() + " (expected: " + head.epoch() + ")",
                    Map.of("epoch", Long.toString(head.epoch())));
        }
        return head;
    }

    private static SamplingParams sampling(Sampling sampling) {
        float topP = sampling.getTopP() == 0 ? 1 : sampling.getTopP();
        return new SamplingParams(
                sampling.getTemperature(), topP, sampling.getTopK(), sampling.getSeed());
    }
}
