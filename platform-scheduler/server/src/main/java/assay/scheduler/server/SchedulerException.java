package assay.scheduler.server;

/** What a call or the start can not go on from. */
public final class SchedulerException extends RuntimeException {
    private final ErrorCode code;

    public SchedulerException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public SchedulerException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
