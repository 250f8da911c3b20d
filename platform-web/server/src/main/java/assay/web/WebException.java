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
    private final transient @Nullable Limit limit;

    /**
     * The limit that was reached, as data for those who say it in another language.
     *
     * @param name which it is: "requests-per-minute"; of guests whose it is: "guest", "address"
     * @param whose "tenant", "user", "key" or "model"; empty for guests
     * @param count so many
     * @param period in this time; zero for what is given back
     */
    public record Limit(String name, String whose, long count, Duration period) {
        public Limit(String name, long count, Duration period) {
            this(name, "", count, period);
        }
    }

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
        this(code, detail, fields, retryAfter, null, cause);
    }

    private WebException(
            ErrorCode code,
            String detail,
            Map<String, String> fields,
            @Nullable Duration retryAfter,
            @Nullable Limit limit,
            @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.fields = Map.copyOf(fields);
        this.retryAfter = retryAfter;
        this.limit = limit;
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

    /** A limit of the caller's that resets. */
    public static WebException limited(String detail, Limit limit, Duration retryAfter) {
        return new WebException(ErrorCode.RATE_LIMITED, detail, Map.of(), retryAfter, limit, null);
    }

    /** A limit that an administrator set, which has too little left. */
    public static WebException overQuota(String detail, Limit limit, Duration retryAfter) {
        return new WebException(
                ErrorCode.QUOTA_EXCEEDED, detail, Map.of(), retryAfter, limit, null);
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

    public Optional<Limit> limit() {
        return Optional.ofNullable(limit);
    }

    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
