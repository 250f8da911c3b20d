package assay.web.serving;

import assay.web.WebSettings;
import assay.web.http.GrpcAddress;
import assay.web.peer.ProcessIdentity;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The public gRPC port: TLS 1.3 only, with this process's own certificate; clients show a key, not
 * a certificate. Health and reflection are open: they tell nothing that the documentation does not.
 */
@Component
class GrpcListener implements SmartLifecycle, GrpcAddress {
    private final WebSettings settings;
    private final ProcessIdentity identity;
    private final GrpcCallers callers;
    private final ModelServiceEndpoint endpoint;
    private final Readiness readiness;
    private final HealthStatusManager health = new HealthStatusManager();
    private volatile @Nullable Server server;

    GrpcListener(
            WebSettings settings,
            ProcessIdentity identity,
            GrpcCallers callers,
            ModelServiceEndpoint endpoint,
            Readiness readiness) {
        this.settings = settings;
        this.identity = identity;
        this.callers = callers;
        this.endpoint = endpoint;
        this.readiness = readiness;
    }

    @Override
    public void start() {
        try {
            SslContext tls =
                    GrpcSslContexts.configure(SslContextBuilder.forServer(identity.keyManagers()))
                            .protocols("TLSv1.3")
                            .build();
            server =
                    NettyServerBuilder.forAddress(
                                    new InetSocketAddress(
                                            settings.listenAddress(), settings.grpcPort()))
                            .sslContext(tls)
                            .executor(Executors.newVirtualThreadPerTaskExecutor())
                            .maxInboundMessageSize(settings.serving().requestBytes())
                            .maxConcurrentCallsPerConnection(1_000)
                            .permitKeepAliveTime(10, TimeUnit.SECONDS)
                            .addService(ServerInterceptors.intercept(endpoint, callers))
                            .addService(health.getHealthService())
                            .addService(ProtoReflectionServiceV1.newInstance())
                            .build()
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "gRPC can not listen on "
                            + settings.listenAddress()
                            + ":"
                            + settings.grpcPort(),
                    e);
        }
        readiness.onChange(this::show);
    }

    private void show(boolean ready) {
        ServingStatus status = ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus("ModelService", status);
    }

    @Override
    public void stop() {
        Server running = server;
        if (running != null) {
            health.enterTerminalState();
            running.shutdown();
            try {
                if (!running.awaitTermination(5, TimeUnit.SECONDS)) {
                    running.shutdownNow();
                }
            } catch (InterruptedException e) {
                running.shutdownNow();
                Thread.currentThread().interrupt();
            }
            server = null;
        }
    }

    @Override
    public boolean isRunning() {
        return server != null;
    }

    @Override
    public int port() {
        Server running = server;
        if (running == null) {
            throw new IllegalStateException("gRPC does not listen yet");
        }
        return running.getPort();
    }
}
