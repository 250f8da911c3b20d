package assay.web.http;

import assay.web.ErrorCode;
import assay.web.WebException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one place that turns an error into an HTTP answer: RFC 9457's problem+json. Stateless. An
 * error's kind decides the status; three codes have one of their own in HTTP.
 */
public final class Problems {
    public static final String CONTENT_TYPE = "application/problem+json";

    /** Where a request keeps the code of the error that was answered. */
    public static final String CODE_ATTRIBUTE = Problems.class.getName() + ".code";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Problems() {}

    /** The HTTP status that stands for the code. */
    public static int status(ErrorCode code) {
        if (code == ErrorCode.MALFORMED_JSON) {
            return 400; // there is no request yet whose content could be wrong
        }
        if (code == ErrorCode.REQUEST_TOO_LARGE) {
            return 413;
        }
        if (code == ErrorCode.VERSION_CONFLICT) {
            return 412;
        }
        if (code == ErrorCode.PRECONDITION_REQUIRED) {
            return 428;
        }
        return switch (code.kind()) {
            case USER -> 422;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case LIMIT -> 429;
            case CAPACITY -> 503;
            case INTERNAL -> 500;
        };
    }

    /** The problem as JSON, in one line. */
    public static String json(WebException error, String path, String requestId) {
        var body = new LinkedHashMap<String, Object>();
        body.put("type", "urn:assay:problem:" + error.code().slug());
        body.put("title", title(error.code().slug()));
        body.put("status", status(error.code()));
        body.put("detail", error.detail());
        body.put("instance", path);
        body.put("request_id", requestId);
        error.limit().ifPresent(limit -> body.put("limit", limit(limit)));
        if (!error.fields().isEmpty()) {
            List<Map<String, String>> fields = new ArrayList<>();
            // Sorted, so that the same request gives the same answer.
            new TreeMap<>(error.fields())
                    .forEach((field, message) -> {
                        var entry = new LinkedHashMap<String, String>();
                        entry.put("field", field);
                        entry.put("message", message);
                        fields.add(entry);
                    });
            body.put("errors", fields);
        }
        return JSON.writeValueAsString(body);
    }

    private static Map<String, Object> limit(WebException.Limit limit) {
        var told = new LinkedHashMap<String, Object>();
        told.put("name", limit.name());
        if (!limit.whose().isEmpty()) {
            told.put("whose", limit.whose());
        }
        told.put("amount", limit.count());
        if (limit.period().isPositive()) {
            told.put("period_seconds", limit.period().toSeconds());
        }
        return told;
    }

    /** Answers with the problem. Does nothing when the answer has begun already. */
    public static void write(
            HttpServletRequest request, HttpServletResponse response, WebException error)
            throws IOException {
        request.setAttribute(CODE_ATTRIBUTE, error.code().name());
        if (error.code() == ErrorCode.KEY_INVALID) {
            response.setHeader("WWW-Authenticate", "Bearer realm=\"assay\"");
        }
        error.retryAfter()
                .ifPresent(after ->
                        // Rounded up: who comes back at the time told finds it passed.
                        response.setHeader(
                                "Retry-After",
                                Long.toString(Math.max(1, after.plusMillis(999).toSeconds()))));
        error.limit()
                .ifPresent(limit ->
                        RateLimits.refused(
                                response, limit, error.retryAfter().orElse(Duration.ZERO)));
        write(response, status(error.code()), bodyOf(request, error));
    }

    static void write(HttpServletResponse response, int status, String body) throws IOException {
        if (response.isCommitted()) {
            return;
        }
        response.resetBuffer();
        response.setStatus(status);
        response.setContentType(CONTENT_TYPE);
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter().write(body);
        response.flushBuffer();
    }

    /** A problem that HTTP itself has a status for, without a code of ours. */
    static String plain(int status, String slug, String detail, String path, String requestId) {
        var body = new LinkedHashMap<String, Object>();
        body.put("type", "urn:assay:problem:" + slug);
        body.put("title", title(slug));
        body.put("status", status);
        body.put("detail", detail);
        body.put("instance", path);
        body.put("request_id", requestId);
        return JSON.writeValueAsString(body);
    }

    private static String bodyOf(HttpServletRequest request, WebException error) {
        return json(error, request.getRequestURI(), RequestId.of(request));
    }

    private static String title(String slug) {
        String words = slug.replace('-', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }
}
