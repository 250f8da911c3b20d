package assay.web.serving;

import assay.v1.GenerationRequest;
import assay.v1.GenerationResponse;
import assay.v1.ModelServiceGrpc;
import assay.web.WebException;
import assay.web.audit.AuditGate;
import assay.web.identity.Caller;
import assay.web.models.ModelCatalog;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/** Generation over gRPC. Each call blocks a virtual thread of its own. */
@Component
class ModelServiceEndpoint extends ModelServiceGrpc.ModelServiceImplBase {
    private final GenerateCalls calls;
    private final ModelCatalog catalog;
    private final AuditGate gate;

    ModelServiceEndpoint(GenerateCalls calls, ModelCatalog catalog, AuditGate gate) {
        this.calls = calls;
        this.catalog = catalog;
        this.gate = gate;
    }

    @Override
    public void generate(GenerationRequest request, StreamObserver<GenerationResponse> responses) {
        run(
                request,
                "/ModelService/Generate",
                responses,
                new WholeAnswer(observer(responses), GrpcCallers.REQUEST_ID.get()));
    }

    @Override
    public void generateStream(
            GenerationRequest request, StreamObserver<assay.v1.GenerationChunk> responses) {
        run(
                request,
                "/ModelService/GenerateStream",
                responses,
                new StreamedAnswer(observer(responses), GrpcCallers.REQUEST_ID.get()));
    }

    private static <A> ServerCallStreamObserver<A> observer(StreamObserver<A> responses) {
        var observer = (ServerCallStreamObserver<A>) responses;
        // Without one, a cancelled call makes onNext throw.
        observer.setOnCancelHandler(() -> {});
        return observer;
    }

    private void run(
            GenerationRequest request,
            String path,
            StreamObserver<?> responses,
            GenerateAnswer answer) {
        Caller caller = GrpcCallers.CALLER.get();
        String requestId = GrpcCallers.REQUEST_ID.get();
        try {
            gate.admit(_ ->
                    calls.run(
                            new GenerateCalls.Edge(caller, requestId, "POST", path),
                            () ->
                                    GenerateRules.check(
                                            asked(request), Map.of(), catalog, caller, requestId),
                            answer));
        } catch (WebException e) {
            responses.onError(GrpcErrors.of(e, requestId));
        }
    }

    private static GenerateRules.Asked asked(GenerationRequest request) {
        return new GenerateRules.Asked(
                request.getModel().isEmpty() ? null : request.getModel(),
                request.getPrompt(),
                request.getMaxTokens(),
                request.getTemperature(),
                request.getTopP(),
                request.getTopK(),
                request.hasSeed() ? request.getSeed() : null,
                request.getStopSequenceList(),
                Steering.NONE);
    }

    /** Collects the text and sends it at the end. */
    private static final class WholeAnswer implements GenerateAnswer {
        private final StreamObserver<GenerationResponse> responses;
        private final GenerationResponse.Builder response = GenerationResponse.newBuilder();
        private final StringBuilder output = new StringBuilder();
        private final Context context = Context.current();

        WholeAnswer(StreamObserver<GenerationResponse> responses, String requestId) {
            this.responses = responses;
            response.setRequestId(requestId);
        }

        @Override
        public boolean gone() {
            return context.isCancelled();
        }

        @Override
        public void chunk(GenerationChunk chunk) {
            output.append(chunk.text());
            for (float logProb : chunk.logProbs()) {
                response.addLogProbs(logProb);
            }
        }

        @Override
        public void finished(ServedModel model, GenerationEnd end) {
            responses.onNext(
                    response.setOutput(output.toString())
                            .setFinishReason(end.finishReason())
                            .setModel(model.name())
                            .setModelVersion(model.version())
                            .setPromptTokens(end.promptTokens())
                            .setCompletionTokens(end.completionTokens())
                            .build());
            responses.onCompleted();
        }
    }

    /** Sends each chunk, waiting while the client takes no more. */
    private static final class StreamedAnswer implements GenerateAnswer {
        private final ServerCallStreamObserver<assay.v1.GenerationChunk> responses;
        private final String requestId;
        private final Context context = Context.current();
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();

        StreamedAnswer(
                ServerCallStreamObserver<assay.v1.GenerationChunk> responses, String requestId) {
            this.responses = responses;
            this.requestId = requestId;
        }

        @Override
        public boolean gone() {
            return context.isCancelled();
        }

        @Override
        public void chunk(GenerationChunk chunk) {
            awaitRoom();
            var message = assay.v1.GenerationChunk.newBuilder().setOutput(chunk.text());
            for (float logProb : chunk.logProbs()) {
                message.addLogProbs(logProb);
            }
            responses.onNext(message.build());
        }

        /** The call's own executor is held by this very call, so readiness is looked for. */
        private void awaitRoom() {
            lock.lock();
            try {
                while (!responses.isReady() && !gone()) {
                    long _ = changed.awaitNanos(5_000_000);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void finished(ServedModel model, GenerationEnd end) {
            responses.onNext(
                    assay.v1.GenerationChunk.newBuilder()
                            .setFinishReason(end.finishReason())
                            .setModel(model.name())
                            .setModelVersion(model.version())
                            .setRequestId(requestId)
                            .setPromptTokens(end.promptTokens())
                            .setCompletionTokens(end.completionTokens())
                            .build());
            responses.onCompleted();
        }
    }
}
