package assay.scheduler.server.rpc;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.pki.PkiFolder;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The open port: TLS 1.3 alone, calls on virtual threads. Thread-safe; close it to end all calls.
 */
public final class GrpcEndpoint implements AutoCloseable {
    private static final int LARGEST_MESSAGE = 4 << 20;
    private static final int CALLS_PER_CONNECTION = 256;

    private final Server server;
    private final ExecutorService calls;
    private final String host;

    private GrpcEndpoint(Server server, ExecutorService calls, String host) {
        this.server = server;
        this.calls = calls;
        this.host = host;
    }

    /**
     * Opens the port.
     *
     * @param address host:port, port 0 for a free one
     * @throws SchedulerException CONFIGURATION_INVALID when it can not be opened
     */
    public static GrpcEndpoint open(
            String address, PkiFolder pki, CallGuard guard, List<BindableService> services) {
        int colon = address.lastIndexOf(':');
        if (colon < 1) {
            throw new SchedulerException(
                    ErrorCode.CONFIGURATION_INVALID,
                    "grpc address: " + address + " (expected: host:port)");
        }
        String host = address.substring(0, colon);
        ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            NettyServerBuilder builder =
                    NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
                            .sslContext(tls(pki))
                            .executor(calls)
                            .maxInboundMessageSize(LARGEST_MESSAGE)
                            .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION)
                            .permitKeepAliveTime(5, TimeUnit.SECONDS)
                            .permitKeepAliveWithoutCalls(true)
                            .keepAliveTime(10, TimeUnit.SECONDS)
                            .keepAliveTimeout(5, TimeUnit.SECONDS);
            for (BindableService service : services) {
                builder.addService(ServerInterceptors.intercept(service, guard));
            }
            return new GrpcEndpoint(builder.build().start(), calls, host);
        } catch (IOException | NumberFormatException e) {
            calls.close();
            throw new SchedulerException(
                    ErrorCode.CONFIGURATION_INVALID,
                    "grpc address " + address + ": " + e.getMessage(),
                    e);
        }
    }

    /** A client certificate is asked for, not demanded: enrollment has none to show. */
    private static SslContext tls(PkiFolder pki) throws IOException {
        X509Certificate[] chain = pki.chain().toArray(new X509Certificate[0]);
        return GrpcSslContexts.configure(SslContextBuilder.forServer(pki.key(), chain))
                .trustManager(pki.authority().certificate())
                .clientAuth(ClientAuth.OPTIONAL)
                .protocols("TLSv1.3")
                .build();
    }

    /** host:port as it can be dialled from this machine. */
    public String address() {
        return host + ":" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
        calls.shutdownNow();
    }
}
