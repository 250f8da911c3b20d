package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.WebException;
import assay.web.audit.AuditEvent.Outcome;
import assay.web.http.Problems;
import assay.web.http.RequestId;
import assay.web.identity.Access;
import assay.web.identity.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Sees to it that no call of the programming interfaces goes unrecorded. It lets a call in only
 * when its record has room, and writes the record itself where what served the call wrote none: of
 * reads, of refusals before anybody knew the caller, of what failed early. The answer's end leaves
 * when the record is kept, since the container ends it when this filter returns.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
class AuditedCalls extends OncePerRequestFilter {
    private static final List<String> PATHS = List.of("/api/", "/v1/", "/v2/", "/scim/");

    /** Health checks and the interface's own description: asked by anybody, telling nothing. */
    private static final Set<String> OPEN =
            Access.endpoints().stream()
                    .filter(endpoint -> endpoint.need() == Access.Need.OPEN)
                    .map(endpoint -> endpoint.method() + " " + endpoint.path().getPatternString())
                    .collect(Collectors.toUnmodifiableSet());

    private final AuditGate gate;
    private final AuditLog log;
    private final InstantSource clock;

    AuditedCalls(AuditGate gate, AuditLog log, InstantSource clock) {
        this.gate = gate;
        this.log = log;
        this.clock = clock;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return PATHS.stream().noneMatch(request.getRequestURI()::startsWith) || isOpen(request);
    }

    private static boolean isOpen(HttpServletRequest request) {
        return OPEN.contains(request.getMethod() + " " + request.getRequestURI());
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Instant at = clock.instant();
        try {
            gate.<Exception>admit(call -> {
                chain.doFilter(request, response);
                if (!call.recorded()) {
                    record(at, request, response.getStatus());
                }
            });
        } catch (WebException e) {
            if (response.isCommitted()) {
                throw e; // the container breaks the connection off: the answer stays unfinished
            }
            response.resetBuffer();
            Problems.write(request, response, e);
        } catch (IOException | ServletException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    private void record(Instant at, HttpServletRequest request, int status) {
        String path = request.getRequestURI();
        Optional<Access.Endpoint> endpoint = Access.endpoint(request.getMethod(), path);
        String action =
                endpoint.map(Access.Endpoint::action)
                        .orElse(path.startsWith("/scim/") ? scimAction(request) : "path.unknown");
        if (status < 400 && UnrecordedReads.ACTIONS.containsKey(action)) {
            return;
        }
        log.record(
                new AuditEvent(
                        at,
                        caller(request),
                        action,
                        "path",
                        path,
                        null,
                        null,
                        request.getMethod(),
                        path,
                        outcome(status),
                        status,
                        reason(request, status),
                        Duration.between(at, clock.instant()),
                        RequestId.of(request),
                        Map.of()));
    }

    private static Caller caller(HttpServletRequest request) {
        return request.getAttribute(Caller.ATTRIBUTE) instanceof Caller known
                ? known
                : new Caller(
                        AuditRow.PLATFORM,
                        Caller.Kind.API_KEY,
                        "",
                        "",
                        "none",
                        Set.of(),
                        request.getRemoteAddr(),
                        request.getHeader("User-Agent"));
    }

    private static String scimAction(HttpServletRequest request) {
        return switch (request.getMethod()) {
            case "GET", "HEAD" -> "scim.read";
            case "DELETE" -> "scim.remove";
            default -> "scim.change";
        };
    }

    private static Outcome outcome(int status) {
        if (status < 400) {
            return Outcome.SUCCESS;
        }
        return status == 401 || status == 403 || status == 429 ? Outcome.DENIED : Outcome.FAILURE;
    }

    private static @Nullable String reason(HttpServletRequest request, int status) {
        if (request.getAttribute(Problems.CODE_ATTRIBUTE) instanceof String code) {
            return code;
        }
        return status < 400 ? null : String.valueOf(status);
    }
}
