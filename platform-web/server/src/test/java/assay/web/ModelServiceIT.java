package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import assay.v1.GenerationChunk;
import assay.v1.GenerationRequest;
import assay.v1.ModelServiceGrpc;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The public gRPC contract, over TLS. */
class ModelServiceIT {
    private final RunningGateway gateway = RunningGateway.shared();
    private final ManagedChannel channel = connect();

    private ManagedChannel connect() {
        try {
            return NettyChannelBuilder.forTarget("dns:///" + gateway.address("grpc"))
                    .sslContext(
                            GrpcSslContexts.forClient()
                                    .trustManager(gateway.cluster.authority.certificate())
                                    .build())
                    .build();
        } catch (javax.net.ssl.SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void oneReplicaServes() {
        gateway.cluster.publish(gateway.cluster.route());
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    private ModelServiceGrpc.ModelServiceBlockingStub stub(String... headers) {
        var metadata = new Metadata();
        for (int i = 0; i < headers.length; i += 2) {
            metadata.put(
                    Metadata.Key.of(headers[i], Metadata.ASCII_STRING_MARSHALLER), headers[i + 1]);
        }
        return ModelServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private ModelServiceGrpc.ModelServiceBlockingStub withKey() {
        return stub("authorization", "Bearer " + gateway.key());
    }

    private static GenerationRequest request(String prompt) {
        return GenerationRequest.newBuilder().setPrompt(prompt).setMaxTokens(5).build();
    }

    @Test
    void generatesWithTheThreeFieldsAlone() {
        var response = withKey().generate(request("a b"));
        assertThat(response.getOutput()).isEqualTo("a b");
        assertThat(response.getLogProbsList()).containsExactly(-0.5f, -1.5f);
        assertThat(response.getFinishReason()).isEqualTo("stop");
        assertThat(response.getCompletionTokens()).isEqualTo(2);
    }

    @Test
    void streamsChunksAndTheEndLast() {
        List<GenerationChunk> chunks = new ArrayList<>();
        withKey().generateStream(request("a b")).forEachRemaining(chunks::add);
        assertThat(chunks).extracting(GenerationChunk::getOutput).containsExactly("a", " b", "");
        assertThat(chunks.getLast().getFinishReason()).isEqualTo("stop");
    }

    @Test
    void aStreamOutlivesItsHead() {
        StringBuilder text = new StringBuilder();
        List<GenerationChunk> chunks = new ArrayList<>();
        withKey().generateStream(request("leave a b c")).forEachRemaining(chunks::add);
        chunks.forEach(chunk -> text.append(chunk.getOutput()));
        assertThat(text.toString()).isEqualTo("leave a b c");
        assertThat(chunks.getLast().getCompletionTokens()).isEqualTo(4);
    }

    @Test
    void tellsWrongFieldsInTheDetails() throws Exception {
        var error = refusal(() -> withKey().generate(GenerationRequest.getDefaultInstance()));
        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(detail(error, ErrorInfo.class).getReason()).isEqualTo("INVALID_REQUEST");
        assertThat(detail(error, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactly("max_tokens", "prompt");
    }

    @Test
    void refusesACallWithoutAGoodKey() throws Exception {
        for (var stub : List.of(stub(), stub("authorization", "Bearer ask_wrong"))) {
            var error = refusal(() -> stub.generate(request("a")));
            assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(detail(error, ErrorInfo.class).getReason()).isEqualTo("KEY_INVALID");
        }
    }

    @Test
    void saysWhenToComeBack() throws Exception {
        var error = refusal(() -> withKey().generate(request("full")));
        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(detail(error, RetryInfo.class).getRetryDelay().getSeconds()).isEqualTo(1);
    }

    @Test
    void aCancelledCallStopsTheGeneration() throws Exception {
        for (String prompt : List.of("hang", "queue", "endless")) {
            String id = UUID.randomUUID().toString();
            var context = io.grpc.Context.current().withCancellation();
            context.run(() ->
                    ModelServiceGrpc.newStub(channel)
                            .withInterceptors(headers(id))
                            .generate(request(prompt), ignoring()));
            gateway.cluster.agent.awaitStarted(id);
            context.cancel(null);
            gateway.cluster.agent.awaitCancelled(id);
        }
    }

    private io.grpc.ClientInterceptor headers(String id) {
        var metadata = new Metadata();
        metadata.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                "Bearer " + gateway.key());
        metadata.put(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER), id);
        return MetadataUtils.newAttachHeadersInterceptor(metadata);
    }

    private static <T> StreamObserver<T> ignoring() {
        return new StreamObserver<>() {
            @Override
            public void onNext(T value) {}

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {}
        };
    }

    @Test
    void healthAndReflectionAreOpen() throws Exception {
        var health =
                HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.newBuilder().setService("ModelService").build());
        assertThat(health.getStatus()).isIn(ServingStatus.SERVING, ServingStatus.NOT_SERVING);

        var names = new CompletableFuture<List<String>>();
        var requests =
                ServerReflectionGrpc.newStub(channel)
                        .serverReflectionInfo(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(ServerReflectionResponse response) {
                                        names.complete(
                                                response
                                                        .getListServicesResponse()
                                                        .getServiceList()
                                                        .stream()
                                                        .map(service -> service.getName())
                                                        .toList());
                                    }

                                    @Override
                                    public void onError(Throwable error) {
                                        names.completeExceptionally(error);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(names.get(10, TimeUnit.SECONDS))
                .contains("ModelService", "grpc.health.v1.Health");
        requests.onCompleted();
    }

    private static StatusRuntimeException refusal(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return java.util.Objects.requireNonNull(
                catchThrowableOfType(StatusRuntimeException.class, call));
    }

    private static <T extends com.google.protobuf.Message> T detail(
            StatusRuntimeException error, Class<T> type) throws Exception {
        var status = java.util.Objects.requireNonNull(StatusProto.fromThrowable(error));
        for (var any : status.getDetailsList()) {
            if (any.is(type)) {
                return any.unpack(type);
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + status);
    }
}
