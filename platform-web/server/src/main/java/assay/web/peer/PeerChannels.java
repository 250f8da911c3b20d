package assay.web.peer;

import assay.web.WebSettings;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Channels to the scheduler and to agents, mutual TLS 1.3: one for each address, shared by all
 * calls. Thread-safe. As many as the routes name, for {@link #retain} closes the others.
 */
@Component
public class PeerChannels implements DisposableBean {
    private static final int MESSAGE_BYTES = 16 << 20;

    private final ProcessIdentity identity;
    private final ManagedChannel scheduler;
    private final Map<String, ManagedChannel> agents = new ConcurrentHashMap<>();

    PeerChannels(ProcessIdentity identity, WebSettings settings) {
        this.identity = identity;
        this.scheduler =
                open(
                        settings.schedulerAddress(),
                        identity,
                        new PeerTrust(identity.authority(), "scheduler"));
    }

    public ManagedChannel scheduler() {
        return scheduler;
    }

    /**
     * @param address host:port, from a route
     */
    public ManagedChannel agent(String address) {
        return agents.computeIfAbsent(
                address,
                key ->
                        channel(key, identity, new PeerTrust(identity.authority(), "node"))
                                // A head that is stopped closes nothing; agents allow it.
                                .keepAliveTime(10, TimeUnit.SECONDS)
                                .keepAliveTimeout(5, TimeUnit.SECONDS)
                                .build());
    }

    /** Ends the channels to all other agents; calls under way on them run to their end. */
    public void retain(Set<String> addresses) {
        agents.forEach((address, channel) -> {
            if (!addresses.contains(address) && agents.remove(address, channel)) {
                channel.shutdown();
            }
        });
    }

    @Override
    public void destroy() {
        scheduler.shutdownNow();
        agents.values().forEach(ManagedChannel::shutdownNow);
    }

    /**
     * @param identity shown to the server; null for the one call that is made without
     */
    static ManagedChannel open(
            String address, @Nullable ProcessIdentity identity, PeerTrust trust) {
        return channel(address, identity, trust)
                // Not oftener: servers count more as abuse unless they were told otherwise.
                .keepAliveTime(5, TimeUnit.MINUTES)
                .build();
    }

    private static NettyChannelBuilder channel(
            String address, @Nullable ProcessIdentity identity, PeerTrust trust) {
        try {
            SslContextBuilder tls = SslContextBuilder.forClient().trustManager(trust);
            if (identity != null) {
                tls.keyManager(identity.keyManagers());
            }
            SslContext context = GrpcSslContexts.configure(tls).protocols("TLSv1.3").build();
            return NettyChannelBuilder.forTarget("dns:///" + address)
                    .sslContext(context)
                    .executor(Executors.newVirtualThreadPerTaskExecutor())
                    .maxInboundMessageSize(MESSAGE_BYTES);
        } catch (SSLException e) {
            throw new IllegalStateException("TLS 1.3 is not available", e);
        }
    }
}
