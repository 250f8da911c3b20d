package assay.web.tenants;

import assay.web.WebException;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * Lets a create be sent twice and done once: the second time with the same {@code Idempotency-Key}
 * it gets the first one's answer (as draft-ietf-httpapi-idempotency-key-header describes). What was
 * refused is not kept. It stands behind the filters of security, so the caller is known.
 */
@Component
class IdempotencyFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyFilter.class);
    private static final String HEADER = "Idempotency-Key";
    private static final int MOST_CHARS = 128;
    private static final int MOST_BYTES = 65_536;
    private static final int UNAVAILABLE = 503;

    private final IdempotentAnswers answers;
    private final CurrentCaller callers;

    IdempotencyFilter(IdempotentAnswers answers, CurrentCaller callers) {
        this.answers = answers;
        this.callers = callers;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getMethod().equals("POST")
                || !request.getRequestURI().startsWith(AdminRest.ROOT + "/")
                || request.getHeader(HEADER) == null;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<Caller> caller = callers.known();
        byte[] body = request.getInputStream().readNBytes(MOST_BYTES + 1);
        if (caller.isEmpty() || body.length > MOST_BYTES) {
            chain.doFilter(new Again(request, body), response); // refused there
            return;
        }
        Optional<IdempotentAnswers.Answer> before;
        String key = request.getHeader(HEADER).strip();
        try {
            if (key.isEmpty() || key.length() > MOST_CHARS) {
                throw WebException.invalid(HEADER, "expected: 1.." + MOST_CHARS + " characters");
            }
            before = answers.begin(caller.get(), key, digest(request, body));
        } catch (WebException e) {
            Problems.write(request, response, e);
            return;
        }
        if (before.isPresent()) {
            replay(response, before.get());
            return;
        }
        var kept = new ContentCachingResponseWrapper(response);
        chain.doFilter(new Again(request, body), kept);
        keep(caller.get(), key, kept);
        kept.copyBodyToResponse();
    }

    private void keep(Caller caller, String key, ContentCachingResponseWrapper answer) {
        int status = answer.getStatus();
        try {
            if (status < 300) {
                answers.finish(
                        caller,
                        key,
                        new IdempotentAnswers.Answer(
                                status,
                                answer.getHeader("ETag"),
                                answer.getHeader("Location"),
                                new String(
                                        answer.getContentAsByteArray(), StandardCharsets.UTF_8)));
            } else if (status < 500 || status == UNAVAILABLE) {
                answers.drop(caller, key);
            }
        } catch (WebException e) {
            LOG.warn("what was answered under an idempotency key could not be noted", e);
        }
    }

    private static void replay(HttpServletResponse response, IdempotentAnswers.Answer answer)
            throws IOException {
        response.setStatus(answer.status());
        response.setHeader("Idempotent-Replayed", "true");
        response.setHeader("Cache-Control", "no-store");
        if (answer.etag() != null) {
            response.setHeader("ETag", answer.etag());
        }
        if (answer.location() != null) {
            response.setHeader("Location", answer.location());
        }
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(answer.body());
    }

    private static byte[] digest(HttpServletRequest request, byte[] body) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            String line = request.getRequestURI() + '?' + request.getQueryString() + '\n';
            digest.update(line.getBytes(StandardCharsets.UTF_8));
            return digest.digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing", e);
        }
    }

    /** The request with its body to be read once more. */
    private static final class Again extends HttpServletRequestWrapper {
        private final byte[] body;

        Again(HttpServletRequest request, byte[] body) {
            super(request);
            this.body = body;
        }

        @Override
        public ServletInputStream getInputStream() {
            var bytes = new ByteArrayInputStream(body);
            return new ServletInputStream() {
                @Override
                public int read() {
                    return bytes.read();
                }

                @Override
                public int read(byte[] into, int from, int length) {
                    return bytes.read(into, from, length);
                }

                @Override
                public boolean isFinished() {
                    return bytes.available() == 0;
                }

                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setReadListener(ReadListener listener) {
                    throw new UnsupportedOperationException("the body is read at once");
                }
            };
        }
    }
}
