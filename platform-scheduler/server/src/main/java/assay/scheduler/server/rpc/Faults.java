package assay.scheduler.server.rpc;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors on the wire: the only place where an error code becomes a gRPC status. Stateless. */
public final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
    private static final String DOMAIN = "assay";

    private Faults() {}

    /** A status with its {@code google.rpc.ErrorInfo}. */
    public static StatusRuntimeException of(ErrorCode code, String message) {
        var info = ErrorInfo.newBuilder().setReason(code.name()).setDomain(DOMAIN);
        return StatusProto.toStatusRuntimeException(
                com.google.rpc.Status.newBuilder()
                        .setCode(status(code).value())
                        .setMessage(message)
                        .addDetails(Any.pack(info.build()))
                        .build());
    }

    private static Status.Code status(ErrorCode code) {
        return switch (code.kind()) {
            case USER -> Status.Code.INVALID_ARGUMENT;
            case MISSING -> Status.Code.NOT_FOUND;
            case CONFLICT -> Status.Code.FAILED_PRECONDITION;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case DENIED -> Status.Code.PERMISSION_DENIED;
            case REPLACED -> Status.Code.ABORTED;
            case CAPACITY -> Status.Code.UNAVAILABLE;
            case INTERNAL -> Status.Code.INTERNAL;
        };
    }

    /** What a caller may hear of a failure; the rest goes to the log. */
    public static StatusRuntimeException of(Throwable failure) {
        if (failure instanceof SchedulerException known
                && known.code().kind() != ErrorCode.Kind.INTERNAL) {
            return of(known.code(), String.valueOf(known.getMessage()));
        }
        LOG.error("a call failed", failure);
        return of(ErrorCode.INTERNAL, "the scheduler failed; its log says why");
    }

    /** Answers a unary call with a value, or with what went wrong. */
    public static <T> void answer(StreamObserver<T> answer, Supplier<T> call) {
        T value;
        try {
            value = call.get();
        } catch (RuntimeException e) {
            answer.onError(of(e));
            return;
        }
        answer.onNext(value);
        answer.onCompleted();
    }
}
