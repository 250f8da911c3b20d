package assay.web;

import java.io.Serial;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of a capability can not go on from. The code alone decides how an edge answers.
 * Immutable.
 */
public final class WebException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, String> fields;
    private final @Nullable Duration retryAfter;

    /**
     * @param detail what happened and what was expected, for the person who reads it; never a
     *     prompt, an answer or a key
     */
    public WebException(ErrorCode code, String detail) {
        this(code, detail, Map.of(), null, null);
    }

    /**
     * @param fields the request's fields that are wrong, each with its message
     * @param retryAfter when another try makes sense
     */
    public WebException(
            ErrorCode code,
            String detail,
            Map<String, String> fields,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.fields = Map.copyOf(fields);
        this.retryAfter = retryAfter;
    }

    /** One wrong field. */
    public static WebException invalid(String field, String message) {
        return new WebException(
                ErrorCode.INVALID_REQUEST,
                field + ": " + message,
                Map.of(field, message),
                null,
                null);
    }

    public ErrorCode code() {
        return code;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    public Map<String, String> fields() {
        return fields;
    }

    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
