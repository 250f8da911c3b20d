package assay.agent.identity;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Lets a call through when the caller's certificate names a kind that may use the service; puts the
 * identity into the call's context. A service that is not listed is refused to everyone. Immutable.
 */
public final class PeerGuard implements ServerInterceptor {
    private final Map<String, Set<PeerKind>> allowed;

    /** Full service names, each with the kinds that may call it. */
    public PeerGuard(Map<String, Set<PeerKind>> allowed) {
        this.allowed = Map.copyOf(allowed);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String service = String.valueOf(call.getMethodDescriptor().getServiceName());
        Optional<PeerIdentity> peer = caller(call);
        Set<PeerKind> kinds = allowed.getOrDefault(service, Set.of());
        if (peer.isEmpty() || !kinds.contains(peer.get().kind())) {
            refuse(call, service, peer);
            return new ServerCall.Listener<>() {};
        }
        Context context = Context.current().withValue(PeerIdentity.CALLER, peer.get());
        return Contexts.interceptCall(context, call, headers, next);
    }

    private static void refuse(ServerCall<?, ?> call, String service, Optional<PeerIdentity> peer) {
        String who = peer.map(p -> p.kind().word()).orElse("a peer without identity");
        StatusRuntimeException fault =
                GrpcFaults.toGrpc(
                        new AgentException(
                                FaultCode.PEER_REFUSED, who + " may not call " + service));
        Metadata trailers = Status.trailersFromThrowable(fault);
        call.close(fault.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    private static Optional<PeerIdentity> caller(ServerCall<?, ?> call) {
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return Optional.empty();
        }
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate first
                    ? PeerIdentity.of(first)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }
}
