package assay.scheduler.server;

/** Stable names of what goes wrong; the kind decides how it is answered. */
public enum ErrorCode {
    TOKEN_INVALID(Kind.DENIED),
    CALLER_UNKNOWN(Kind.UNAUTHENTICATED),
    CALLER_REFUSED(Kind.DENIED),
    ENROLLMENT_INVALID(Kind.USER),
    HELLO_INVALID(Kind.USER),
    SESSION_REPLACED(Kind.REPLACED),
    SESSION_SILENT(Kind.CAPACITY),
    VERSION_UNKNOWN(Kind.MISSING),
    DEPLOYMENT_UNKNOWN(Kind.MISSING),
    DEPLOYMENT_INVALID(Kind.USER),
    STAGE_COUNT_INVALID(Kind.USER),
    PRECISION_UNKNOWN(Kind.USER),
    NODE_UNKNOWN(Kind.MISSING),
    NODE_REQUEST_INVALID(Kind.USER),
    NODE_IN_USE(Kind.CONFLICT),
    HISTORY_INVALID(Kind.USER),
    FILE_UNKNOWN(Kind.MISSING),
    FILE_REQUEST_INVALID(Kind.USER),
    STORE_AWAY(Kind.CAPACITY),
    SCHEDULER_BUSY(Kind.CAPACITY),
    SCHEDULER_STOPPING(Kind.CAPACITY),
    PKI_BROKEN(Kind.INTERNAL),
    CONFIGURATION_INVALID(Kind.INTERNAL),
    LEASE_LOST(Kind.INTERNAL),
    INTERNAL(Kind.INTERNAL);

    /** What kind of trouble it is. */
    public enum Kind {
        USER,
        MISSING,
        CONFLICT,
        UNAUTHENTICATED,
        DENIED,
        REPLACED,
        CAPACITY,
        INTERNAL
    }

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
