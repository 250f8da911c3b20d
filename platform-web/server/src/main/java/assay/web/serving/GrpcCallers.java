package assay.web.serving;

import assay.web.WebException;
import assay.web.http.RequestId;
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
import org.springframework.stereotype.Component;

/** Knows the caller of a gRPC call by the key in its metadata, and gives the call its id. */
@Component
class GrpcCallers implements ServerInterceptor {
    static final Context.Key<Caller> CALLER = Context.key("caller");
    static final Context.Key<String> REQUEST_ID = Context.key("request-id");

    private static final Metadata.Key<String> AUTHORIZATION = text("authorization");
    private static final Metadata.Key<String> USER_AGENT = text("user-agent");
    private static final Metadata.Key<String> ID = text("x-request-id");

    private final BearerKeys keys;

    GrpcCallers(BearerKeys keys) {
        this.keys = keys;
    }

    private static Metadata.Key<String> text(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String requestId = RequestId.accept(headers.get(ID));
        try {
            Caller caller =
                    keys.authenticate(
                            headers.get(AUTHORIZATION), address(call), headers.get(USER_AGENT));
            Context context =
                    Context.current().withValue(CALLER, caller).withValue(REQUEST_ID, requestId);
            return Contexts.interceptCall(context, withRequestId(call, requestId), headers, next);
        } catch (WebException e) {
            StatusRuntimeException refusal = GrpcErrors.of(e, requestId);
            Metadata trailers = refusal.getTrailers();
            call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
    }

    private static <Q, A> ServerCall<Q, A> withRequestId(ServerCall<Q, A> call, String id) {
        return new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata headers) {
                headers.put(ID, id);
                super.sendHeaders(headers);
            }
        };
    }

    private static String address(ServerCall<?, ?> call) {
        return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
                        instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress()
                : "unknown";
    }
}
