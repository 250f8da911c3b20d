package assay.agent.fault;

import io.grpc.Status;

/**
 * The family of a fault. It alone decides the gRPC status and with it whether a caller tries again.
 */
public enum FaultKind {
    /** The request is wrong and stays wrong. */
    USER(Status.Code.INVALID_ARGUMENT),
    /** The caller works from an old picture of the cluster: look again, then try again. */
    STALE(Status.Code.FAILED_PRECONDITION),
    /** No room now. */
    CAPACITY(Status.Code.RESOURCE_EXHAUSTED),
    /** A part that is needed is away now. */
    LOST(Status.Code.UNAVAILABLE),
    /** The peer is not who may do this. */
    FORBIDDEN(Status.Code.PERMISSION_DENIED),
    /** Our own failure, or data that can not be used. */
    INTERNAL(Status.Code.INTERNAL);

    private final Status.Code status;

    FaultKind(Status.Code status) {
        this.status = status;
    }

    /** The gRPC status of every fault of this kind. */
    public Status.Code status() {
        return status;
    }
}
