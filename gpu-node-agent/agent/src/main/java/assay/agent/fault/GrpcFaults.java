package assay.agent.fault;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/**
 * The agent's edge: faults to gRPC errors with {@code google.rpc.ErrorInfo}, domain "assay", and
 * back. Stateless.
 */
public final class GrpcFaults {
    private static final String DOMAIN = "assay";

    private GrpcFaults() {}

    /**
     * The status of the fault's kind, its detail as message, and an ErrorInfo with code and
     * metadata.
     */
    public static StatusRuntimeException toGrpc(AgentException fault) {
        ErrorInfo info =
                ErrorInfo.newBuilder()
                        .setReason(fault.code().name())
                        .setDomain(DOMAIN)
                        .putAllMetadata(fault.metadata())
                        .build();
        com.google.rpc.Status status =
                com.google.rpc.Status.newBuilder()
                        .setCode(fault.code().kind().status().value())
                        .setMessage(fault.detail())
                        .addDetails(Any.pack(info))
                        .build();
        return StatusProto.toStatusRuntimeException(status);
    }

    /**
     * Whatever was thrown, as a caller may see it: the internals of an unforeseen failure stay
     * here.
     */
    public static StatusRuntimeException toGrpc(Throwable thrown) {
        if (thrown instanceof AgentException fault) {
            return toGrpc(fault);
        }
        if (thrown instanceof StatusRuntimeException already) {
            return already;
        }
        return toGrpc(new AgentException(FaultCode.ENGINE_FAILED, "internal failure"));
    }

    /** The reason of the ErrorInfo that an error carries; empty when it carries none of ours. */
    public static String reason(Throwable thrown) {
        return info(thrown).getReason();
    }

    /** The ErrorInfo that an error carries; an empty one when it carries none of ours. */
    public static ErrorInfo info(Throwable thrown) {
        com.google.rpc.Status status = StatusProto.fromThrowable(thrown);
        if (status == null) {
            return ErrorInfo.getDefaultInstance();
        }
        for (Any detail : status.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                try {
                    return detail.unpack(ErrorInfo.class);
                } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                    return ErrorInfo.getDefaultInstance();
                }
            }
        }
        return ErrorInfo.getDefaultInstance();
    }

    /** One line for a log: status and message, without a stack. */
    public static String line(Throwable thrown) {
        Status status = Status.fromThrowable(thrown);
        String description = status.getDescription();
        if (status.getCode() != Status.Code.UNKNOWN) {
            Throwable cause = status.getCause();
            String text = description == null ? "" : ": " + description;
            return status.getCode() + text + (cause == null ? "" : " (" + cause.getMessage() + ")");
        }
        return String.valueOf(thrown);
    }
}
