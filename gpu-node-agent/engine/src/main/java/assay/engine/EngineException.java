package assay.engine;

/**
 * What a caller of the engine cannot go on from. The message gives the value and the expectation,
 * and never any part of a prompt or an answer.
 */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    public EngineException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public EngineException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
