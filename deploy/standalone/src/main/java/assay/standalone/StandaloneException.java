package assay.standalone;

/**
 * What the launcher can not go on from. Its message is one line, for the person at the terminal.
 */
final class StandaloneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    StandaloneException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    StandaloneException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    ErrorCode code() {
        return code;
    }
}
