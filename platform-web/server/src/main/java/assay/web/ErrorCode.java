package assay.web;

/**
 * The stable names of what can go wrong. A name is the last part of problem+json's {@code type} and
 * never changes.
 */
public enum ErrorCode {
    INVALID_REQUEST(ErrorKind.USER),
    MALFORMED_JSON(ErrorKind.USER),
    PROMPT_TOO_LONG(ErrorKind.USER),
    STATEMENT_INVALID(ErrorKind.USER),
    REQUEST_TOO_LARGE(ErrorKind.USER),
    MODEL_UNKNOWN(ErrorKind.NOT_FOUND),
    NOT_FOUND(ErrorKind.NOT_FOUND),
    JOB_STATE(ErrorKind.CONFLICT),
    JOB_KEY_REUSED(ErrorKind.CONFLICT),
    NAME_TAKEN(ErrorKind.CONFLICT),
    ROLE_IN_USE(ErrorKind.CONFLICT),
    LAST_ADMIN(ErrorKind.CONFLICT),
    TENANT_STATE(ErrorKind.CONFLICT),
    VERSION_CONFLICT(ErrorKind.CONFLICT),
    PRECONDITION_REQUIRED(ErrorKind.USER),
    IDEMPOTENCY_KEY_REUSED(ErrorKind.USER),
    IDEMPOTENCY_KEY_IN_USE(ErrorKind.CONFLICT),
    NOT_GRANTABLE(ErrorKind.FORBIDDEN),
    KEY_INVALID(ErrorKind.UNAUTHENTICATED),
    PERMISSION_DENIED(ErrorKind.FORBIDDEN),
    NODE_IN_USE(ErrorKind.CONFLICT),
    RATE_LIMITED(ErrorKind.LIMIT),
    QUOTA_EXCEEDED(ErrorKind.LIMIT),
    NO_REPLICA(ErrorKind.CAPACITY),
    STAGE_LOST(ErrorKind.CAPACITY),
    QUEUE_FULL(ErrorKind.CAPACITY),
    CHECKER_BUSY(ErrorKind.CAPACITY),
    SCHEDULER_AWAY(ErrorKind.CAPACITY),
    DATABASE_AWAY(ErrorKind.CAPACITY),
    AUDIT_SPOOL_FULL(ErrorKind.CAPACITY),
    LOGS_AWAY(ErrorKind.CAPACITY),
    INTERNAL(ErrorKind.INTERNAL);

    private final ErrorKind kind;

    ErrorCode(ErrorKind kind) {
        this.kind = kind;
    }

    public ErrorKind kind() {
        return kind;
    }

    /** As it stands in URLs: {@code prompt-too-long}. */
    public String slug() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
