package assay.web.http;

import assay.web.ErrorCode;
import assay.web.WebException;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Versions of what is edited, as entity tags (RFC 9110, 8.8.3): who changes what somebody else
 * changed meanwhile is told so. Stateless.
 */
public final class Versions {
    /** Any version: the caller said that he does not care. */
    public static final long ANY = -1;

    private Versions() {}

    public static String etag(long version) {
        return "\"" + version + "\"";
    }

    /**
     * The version that the caller has seen.
     *
     * @throws WebException PRECONDITION_REQUIRED without {@code If-Match}, VERSION_CONFLICT when it
     *     can be no version
     */
    public static long seen(HttpServletRequest request) {
        String header = request.getHeader("If-Match");
        if (header == null || header.isBlank()) {
            throw new WebException(
                    ErrorCode.PRECONDITION_REQUIRED,
                    "no If-Match header (expected: the ETag that was read before, or *)");
        }
        String tag = header.strip();
        if (tag.equals("*")) {
            return ANY;
        }
        if (tag.matches("\"[0-9]{1,18}\"")) {
            return Long.parseLong(tag.substring(1, tag.length() - 1));
        }
        throw stale();
    }

    /**
     * @throws WebException VERSION_CONFLICT when the caller saw another
     */
    public static void check(long seen, long now) {
        if (seen != ANY && seen != now) {
            throw stale();
        }
    }

    private static WebException stale() {
        return new WebException(
                ErrorCode.VERSION_CONFLICT,
                "it was changed meanwhile: read it again, and decide anew");
    }
}
