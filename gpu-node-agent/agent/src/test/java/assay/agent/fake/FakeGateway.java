package assay.agent.fake;

import assay.agent.config.HostPort;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.InferenceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** Calls a head as a gateway does, or as someone with another certificate would. Thread-safe. */
public final class FakeGateway implements AutoCloseable {
    private final ManagedChannel channel;

    /** An answer as a whole. */
    public record Answer(
            String text, List<Integer> ids, List<Float> logProbs, GenerateEvent last) {}

    /** A gateway of that cluster. */
    public FakeGateway(TestAuthority authority, HostPort agent) {
        this(authority, agent, "urn:assay:gateway:" + UUID.randomUUID());
    }

    /** Calls with any identity. */
    public FakeGateway(TestAuthority authority, HostPort agent, String urn) {
        TestAuthority.Signed own = authority.issue(urn);
        try {
            channel =
                    NettyChannelBuilder.forAddress(agent.host(), agent.port())
                            .sslContext(
                                    GrpcSslContexts.configure(SslContextBuilder.forClient())
                                            .keyManager(own.pair().getPrivate(), own.certificate())
                                            .trustManager(authority.certificate())
                                            .protocols("TLSv1.3")
                                            .build())
                            .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The connection itself. */
    public ManagedChannel channel() {
        return channel;
    }

    /** Waits for the whole answer. */
    public Answer generate(GenerateRequest request) {
        return generate(request, event -> {});
    }

    /** The same, showing each event as it comes. */
    public Answer generate(GenerateRequest request, Consumer<GenerateEvent> shown) {
        StringBuilder text = new StringBuilder();
        List<Integer> ids = new ArrayList<>();
        List<Float> logProbs = new ArrayList<>();
        GenerateEvent last = GenerateEvent.getDefaultInstance();
        var events =
                InferenceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(60, TimeUnit.SECONDS)
                        .generate(request);
        while (events.hasNext()) {
            last = events.next();
            shown.accept(last);
            text.append(last.getTokens().getText());
            ids.addAll(last.getTokens().getIdsList());
            logProbs.addAll(last.getTokens().getLogProbsList());
        }
        return new Answer(text.toString(), ids, logProbs, last);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
