package assay.agent.identity;

import assay.agent.config.HostPort;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** Channels and the server of a node: TLS 1.3 only, certificates on both sides. Immutable. */
public final class MutualTls {
    /** Room for one micro-batch of activations in one message. */
    public static final int MAX_MESSAGE_BYTES = 16 << 20;

    private static final int FLOW_WINDOW_BYTES = 8 << 20;
    private static final String TLS = "TLSv1.3";

    private final NodeIdentity identity;

    /** Speaks as this identity. */
    public MutualTls(NodeIdentity identity) {
        this.identity = identity;
    }

    /**
     * A channel that shows our certificate and accepts a callee of that kind only. Not connected
     * yet.
     */
    public NettyChannelBuilder channelTo(HostPort address, PeerKind callee) throws SSLException {
        return channel(address, contextFor(callee));
    }

    /** The same to whichever of these listens. */
    public NettyChannelBuilder channelToAny(List<HostPort> addresses, PeerKind callee)
            throws SSLException {
        return channelToAny(addresses, contextFor(callee));
    }

    private SslContext contextFor(PeerKind callee) throws SSLException {
        X509Certificate[] chain = identity.chain().toArray(new X509Certificate[0]);
        return GrpcSslContexts.configure(SslContextBuilder.forClient())
                .keyManager(identity.key(), chain)
                .trustManager(new PeerTrust(identity.authority(), callee))
                .protocols(TLS)
                .build();
    }

    /** A channel for enrollment: the callee is authenticated, we are not. */
    static NettyChannelBuilder anonymousChannelToAny(
            List<HostPort> addresses, X509Certificate authority, PeerKind callee)
            throws SSLException {
        SslContext context =
                GrpcSslContexts.configure(SslContextBuilder.forClient())
                        .trustManager(new PeerTrust(authority, callee))
                        .protocols(TLS)
                        .build();
        return channelToAny(addresses, context);
    }

    /** A server that asks every caller for a certificate of our CA. Not started yet. */
    public NettyServerBuilder server(HostPort address, Executor executor) throws SSLException {
        X509Certificate[] chain = identity.chain().toArray(new X509Certificate[0]);
        SslContext context =
                GrpcSslContexts.configure(SslContextBuilder.forServer(identity.key(), chain))
                        .trustManager(identity.authority())
                        .clientAuth(ClientAuth.REQUIRE)
                        .protocols(TLS)
                        .build();
        return NettyServerBuilder.forAddress(new InetSocketAddress(address.host(), address.port()))
                .sslContext(context)
                .executor(executor)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .flowControlWindow(FLOW_WINDOW_BYTES)
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
    }

    private static NettyChannelBuilder channelToAny(List<HostPort> addresses, SslContext context) {
        String target =
                SchedulerAddresses.target(addresses.stream().map(HostPort::toString).toList());
        return limited(NettyChannelBuilder.forTarget(target), context);
    }

    private static NettyChannelBuilder channel(HostPort address, SslContext context) {
        var socket = new InetSocketAddress(address.host(), address.port());
        return limited(
                NettyChannelBuilder.forAddress(socket).overrideAuthority(address.toString()),
                context);
    }

    private static NettyChannelBuilder limited(NettyChannelBuilder channel, SslContext context) {
        return channel.sslContext(context)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .flowControlWindow(FLOW_WINDOW_BYTES);
    }
}
