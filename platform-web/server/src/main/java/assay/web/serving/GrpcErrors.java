package assay.web.serving;

import assay.web.WebException;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import java.util.TreeMap;

/** The one place that turns an error into a gRPC status, with details. Stateless. */
final class GrpcErrors {
    private GrpcErrors() {}

    static StatusRuntimeException of(WebException error, String requestId) {
        Status.Builder status =
                Status.newBuilder()
                        .setCode(code(error).getNumber())
                        .setMessage(error.detail())
                        .addDetails(
                                Any.pack(
                                        ErrorInfo.newBuilder()
                                                .setReason(error.code().name())
                                                .setDomain("assay")
                                                .putAllMetadata(limit(error))
                                                .build()))
                        .addDetails(
                                Any.pack(RequestInfo.newBuilder().setRequestId(requestId).build()));
        if (!error.fields().isEmpty()) {
            var fields = BadRequest.newBuilder();
            new TreeMap<>(error.fields())
                    .forEach((field, message) ->
                            fields.addFieldViolationsBuilder()
                                    .setField(field)
                                    .setDescription(message));
            status.addDetails(Any.pack(fields.build()));
        }
        error.retryAfter()
                .ifPresent(after ->
                        status.addDetails(
                                Any.pack(
                                        RetryInfo.newBuilder()
                                                .setRetryDelay(
                                                        Duration.newBuilder()
                                                                .setSeconds(after.toSeconds())
                                                                .setNanos(after.toNanosPart()))
                                                .build())));
        return StatusProto.toStatusRuntimeException(status.build());
    }

    private static Map<String, String> limit(WebException error) {
        return error.limit()
                .map(limit ->
                        Map.of(
                                "limit", limit.name(),
                                "whose", limit.whose(),
                                "amount", Long.toString(limit.count())))
                .orElse(Map.of());
    }

    private static Code code(WebException error) {
        return switch (error.code().kind()) {
            case USER -> Code.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
            case FORBIDDEN -> Code.PERMISSION_DENIED;
            case NOT_FOUND -> Code.NOT_FOUND;
            case CONFLICT -> Code.FAILED_PRECONDITION;
            case LIMIT -> Code.RESOURCE_EXHAUSTED;
            case CAPACITY -> Code.UNAVAILABLE;
            case INTERNAL -> Code.INTERNAL;
        };
    }
}
