package assay.scheduler.server.rpc;

import assay.agent.v1.NodeSessionGrpc;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.pki.EnrolledPeers;
import assay.scheduler.server.pki.Identity;
import assay.scheduler.server.pki.IdentityKind;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.EnrollmentGrpc;
import assay.scheduler.v1.ModelFilesGrpc;
import assay.scheduler.v1.NodesGrpc;
import assay.scheduler.v1.RoutesGrpc;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who may call what. Everything is denied but what the table names; enrollment alone is open to
 * callers without a certificate. Thread-safe; asks the database once for each call.
 */
public final class CallGuard implements ServerInterceptor {
    /** The caller, within a call that was let through. */
    public static final Context.Key<Identity> CALLER = Context.key("caller");

    private static final Map<String, IdentityKind> MAY_CALL =
            Map.of(
                    NodeSessionGrpc.SERVICE_NAME, IdentityKind.NODE,
                    ModelFilesGrpc.SERVICE_NAME, IdentityKind.NODE,
                    RoutesGrpc.SERVICE_NAME, IdentityKind.GATEWAY,
                    DeploymentsGrpc.SERVICE_NAME, IdentityKind.GATEWAY,
                    NodesGrpc.SERVICE_NAME, IdentityKind.GATEWAY);

    private final EnrolledPeers peers;

    public CallGuard(EnrolledPeers peers) {
        this.peers = peers;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (call.getMethodDescriptor()
                .getFullMethodName()
                .equals(EnrollmentGrpc.getEnrollMethod().getFullMethodName())) {
            return next.startCall(call, headers);
        }
        Identity caller;
        try {
            caller = caller(call);
        } catch (StatusRuntimeException refused) {
            Metadata trailers = refused.getTrailers();
            call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
        Context context = Context.current().withValue(CALLER, caller);
        return Contexts.interceptCall(context, call, headers, next);
    }

    private Identity caller(ServerCall<?, ?> call) {
        X509Certificate certificate =
                certificate(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))
                        .orElseThrow(() ->
                                Faults.of(
                                        ErrorCode.CALLER_UNKNOWN,
                                        "no client certificate of this cluster"));
        Identity identity =
                Identity.of(certificate)
                        .orElseThrow(() ->
                                Faults.of(
                                        ErrorCode.CALLER_UNKNOWN,
                                        "the certificate names no identity"));
        IdentityKind wanted =
                MAY_CALL.get(String.valueOf(call.getMethodDescriptor().getServiceName()));
        if (identity.kind() != wanted) {
            throw Faults.of(ErrorCode.CALLER_REFUSED, "not for a " + identity.kind().word());
        }
        if (!isWelcome(identity, certificate)) {
            throw Faults.of(ErrorCode.CALLER_REFUSED, "not enrolled, or sent away");
        }
        return identity;
    }

    private boolean isWelcome(Identity identity, X509Certificate certificate) {
        try {
            return peers.isWelcome(identity, certificate);
        } catch (RuntimeException e) {
            throw Faults.of(e);
        }
    }

    private static Optional<X509Certificate> certificate(@Nullable SSLSession session) {
        if (session == null) {
            return Optional.empty();
        }
        try {
            for (Certificate certificate : session.getPeerCertificates()) {
                return certificate instanceof X509Certificate own
                        ? Optional.of(own)
                        : Optional.empty();
            }
            return Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }
}
