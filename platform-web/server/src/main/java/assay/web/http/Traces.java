package assay.web.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The trace that a request belongs to: the client's, or one made of the request's id, so that
 * whoever knows the id knows the trace, on whatever thread and however much later. Source: W3C
 * Trace Context. Thread-safe.
 */
@Component
public final class Traces {
    /** What clients send. */
    public static final String REQUEST_HEADER = "traceparent";

    /** What they get back; the header's name is that of the draft for level 2. */
    public static final String RESPONSE_HEADER = "traceresponse";

    private static final Pattern PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?");
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);
    private static final int MOST_CHARS = 256;
    private static final int REMEMBERED = 10_000;

    private final Map<String, String> sent =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(16, 0.75f, true) {
                        @Override
                        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    /**
     * Takes what the client sent, if it is well-formed, for the trace of this request.
     *
     * @return the trace's id, 32 hexadecimal digits
     */
    public String accept(String requestId, @Nullable String traceparent) {
        if (traceparent != null && traceparent.length() <= MOST_CHARS) {
            Matcher parts = PARENT.matcher(traceparent.strip());
            if (parts.matches()
                    && !parts.group(1).equals(NO_TRACE)
                    && !parts.group(2).equals(NO_SPAN)) {
                sent.put(requestId, parts.group(1));
                return parts.group(1);
            }
        }
        return of(requestId);
    }

    /** The trace of a request: one that a client sent is known for the latest requests. */
    public String of(String requestId) {
        String known = sent.get(requestId);
        return known == null ? digest(requestId).substring(0, NO_TRACE.length()) : known;
    }

    /** The value of {@link #RESPONSE_HEADER}: not sampled, since nobody collects spans. */
    public String response(String requestId) {
        return "00-"
                + of(requestId)
                + "-"
                + digest(requestId).substring(NO_TRACE.length(), 48)
                + "-00";
    }

    private static String digest(String requestId) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(requestId.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing", e);
        }
    }
}
