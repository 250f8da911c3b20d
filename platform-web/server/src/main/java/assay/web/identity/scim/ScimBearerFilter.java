package assay.web.identity.scim;

import assay.web.WebException;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import assay.web.limits.FailureLimits;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/** Lets nobody through to SCIM without a good token of a tenant's; who guesses is slowed down. */
final class ScimBearerFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(ScimBearerFilter.class);
    private static final String SCHEME = "bearer ";

    private final ScimTokens tokens;
    private final FailureLimits failures;

    ScimBearerFilter(ScimTokens tokens, FailureLimits failures) {
        this.tokens = tokens;
        this.failures = failures;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            Optional<Caller> caller = caller(request);
            if (caller.isPresent()) {
                request.setAttribute(ScimController.CALLER, caller.get());
                request.setAttribute(Caller.ATTRIBUTE, caller.get());
                chain.doFilter(request, response);
                return;
            }
            LOG.warn("a wrong SCIM token from {}", request.getRemoteAddr());
            failures.failed(request.getRemoteAddr());
            response.setHeader("WWW-Authenticate", "Bearer realm=\"assay-scim\"");
            write(response, 401, "no good token (expected: Authorization: Bearer asct_…)");
        } catch (WebException e) {
            write(response, Problems.status(e.code()), e.detail());
        }
    }

    private Optional<Caller> caller(HttpServletRequest request) {
        @Nullable String header = request.getHeader("Authorization");
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        return tokens.find(
                header.substring(SCHEME.length()).strip(),
                request.getRemoteAddr(),
                request.getHeader("User-Agent"));
    }

    private static void write(HttpServletResponse response, int status, String detail)
            throws IOException {
        response.setStatus(status);
        response.setContentType(ScimController.CONTENT_TYPE);
        response.setCharacterEncoding("UTF-8");
        response.getWriter()
                .write(
                        JsonMapper.shared()
                                .writeValueAsString(
                                        ScimController.errorJson(status, null, detail)));
    }
}
