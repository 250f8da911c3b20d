package assay.web.http;

import assay.web.WebException;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.List;

/**
 * The fields {@code RateLimit-Policy} and {@code RateLimit} of
 * draft-ietf-httpapi-ratelimit-headers: which limits a request counted against, and what is left of
 * the tightest. Stateless.
 */
public final class RateLimits {
    private RateLimits() {}

    /**
     * @param name which and whose: letters, digits and hyphens
     * @param quota in the window
     * @param window zero for what is given back
     */
    public record Policy(String name, long quota, Duration window) {
        String text() {
            String text = "\"" + name + "\";q=" + quota;
            return window.isPositive() ? text + ";w=" + window.toSeconds() : text;
        }
    }

    /**
     * Writes the fields, unless the answer has begun.
     *
     * @param policies the tightest first
     * @param remaining of the first
     * @param resets of the first
     */
    public static void write(
            HttpServletResponse response, List<Policy> policies, long remaining, Duration resets) {
        if (policies.isEmpty() || response.isCommitted()) {
            return;
        }
        response.setHeader(
                "RateLimit-Policy",
                String.join(", ", policies.stream().map(Policy::text).toList()));
        response.setHeader(
                "RateLimit",
                "\"" + policies.getFirst().name() + "\";r=" + remaining + ";t=" + seconds(resets));
    }

    static void refused(HttpServletResponse response, WebException.Limit limit, Duration after) {
        String name = limit.whose().isEmpty() ? limit.name() : limit.whose() + "-" + limit.name();
        write(response, List.of(new Policy(name, limit.count(), limit.period())), 0, after);
    }

    /** Rounded up: who comes back at the time told finds it passed. */
    private static long seconds(Duration time) {
        return Math.max(1, time.plusMillis(999).toSeconds());
    }
}
