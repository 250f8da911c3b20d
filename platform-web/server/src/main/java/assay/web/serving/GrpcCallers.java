package assay.web.serving;

import assay.web.WebException;
import assay.web.audit.AuditEvent;
import assay.web.audit.AuditLog;
import assay.web.http.Problems;
import assay.web.http.RequestId;
import assay.web.http.Traces;
import assay.web.http.TrustedProxies;
import assay.web.identity.BearerKeys;
import assay.web.identity.Caller;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Knows the caller of a gRPC call by the key in its metadata, and gives the call its id. */
@Component
class GrpcCallers implements ServerInterceptor {
    static final Context.Key<Caller> CALLER = Context.key("caller");
    static final Context.Key<String> REQUEST_ID = Context.key("request-id");

    private static final Metadata.Key<String> AUTHORIZATION = text("authorization");
    private static final Metadata.Key<String> USER_AGENT = text("user-agent");
    private static final Metadata.Key<String> ID = text("x-request-id");

    private static final Metadata.Key<String> TRACE_PARENT = text(Traces.REQUEST_HEADER);
    private static final Metadata.Key<String> TRACE_RESPONSE = text(Traces.RESPONSE_HEADER);
    private static final Metadata.Key<String> FORWARDED_FOR = text("x-forwarded-for");
    private static final Metadata.Key<String> FORWARDED = text("forwarded");

    private final BearerKeys keys;
    private final TrustedProxies proxies;
    private final Traces traces;
    private final AuditLog audit;
    private final InstantSource clock;

    GrpcCallers(
            BearerKeys keys,
            TrustedProxies proxies,
            Traces traces,
            AuditLog audit,
            InstantSource clock) {
        this.keys = keys;
        this.proxies = proxies;
        this.traces = traces;
        this.audit = audit;
        this.clock = clock;
    }

    private static Metadata.Key<String> text(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String requestId = RequestId.accept(headers.get(ID));
        traces.accept(requestId, headers.get(TRACE_PARENT));
        String address =
                proxies.client(
                        peer(call), values(headers, FORWARDED_FOR), values(headers, FORWARDED));
        try {
            Caller caller =
                    keys.authenticate(headers.get(AUTHORIZATION), address, headers.get(USER_AGENT));
            Context context =
                    Context.current().withValue(CALLER, caller).withValue(REQUEST_ID, requestId);
            return Contexts.interceptCall(context, withRequestId(call, requestId), headers, next);
        } catch (WebException e) {
            StatusRuntimeException refusal =
                    GrpcErrors.of(recorded(call, headers, address, requestId, e), requestId);
            Metadata trailers = refusal.getTrailers();
            call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
    }

    /** What to answer: that the refusal could not be recorded where it could not. */
    private WebException recorded(
            ServerCall<?, ?> call,
            Metadata headers,
            String address,
            String requestId,
            WebException refusal) {
        String path = "/" + call.getMethodDescriptor().getFullMethodName();
        try {
            audit.record(
                    new AuditEvent(
                            clock.instant(),
                            keys.claimed(
                                    headers.get(AUTHORIZATION), address, headers.get(USER_AGENT)),
                            "inference.generate",
                            "path",
                            path,
                            null,
                            null,
                            "POST",
                            path,
                            AuditEvent.Outcome.DENIED,
                            Problems.status(refusal.code()),
                            refusal.code().name(),
                            Duration.ZERO,
                            requestId,
                            Map.of()));
            return refusal;
        } catch (WebException full) {
            return full;
        }
    }

    private static List<String> values(Metadata headers, Metadata.Key<String> name) {
        var all = new ArrayList<String>();
        Iterable<String> found = headers.getAll(name);
        if (found != null) {
            found.forEach(all::add);
        }
        return all;
    }

    private <Q, A> ServerCall<Q, A> withRequestId(ServerCall<Q, A> call, String id) {
        return new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata headers) {
                headers.put(ID, id);
                headers.put(TRACE_RESPONSE, traces.response(id));
                super.sendHeaders(headers);
            }
        };
    }

    private static String peer(ServerCall<?, ?> call) {
        return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
                        instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress()
                : "unknown";
    }
}
