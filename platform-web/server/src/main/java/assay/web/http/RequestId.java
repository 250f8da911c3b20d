package assay.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Correlates a call's answer, log lines and audit record. Stateless. */
public final class RequestId {
    public static final String HEADER = "X-Request-Id";

    static final String ATTRIBUTE = RequestId.class.getName();

    /** It goes into headers, logs and records, so it holds nothing that means something there. */
    private static final Pattern ACCEPTED = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestId() {}

    /** The client's own id when it is well-formed, or else a new one. */
    public static String accept(@Nullable String offered) {
        return offered != null && ACCEPTED.matcher(offered).matches()
                ? offered
                : UUID.randomUUID().toString();
    }

    /** The id of this request. */
    public static String of(HttpServletRequest request) {
        Object id = request.getAttribute(ATTRIBUTE);
        if (id instanceof String known) {
            return known;
        }
        String made = accept(request.getHeader(HEADER));
        request.setAttribute(ATTRIBUTE, made);
        return made;
    }
}
