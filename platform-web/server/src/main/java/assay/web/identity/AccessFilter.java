package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.Problems;
import assay.web.http.RequestId;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.stream.Collectors;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Holds calls of the programming interface against the table of {@link Access}. A path that is not
 * in it leads nowhere, and the answer to it is another's.
 */
final class AccessFilter extends OncePerRequestFilter {
    private final CurrentCaller callers;
    private final Denials denials;

    AccessFilter(CurrentCaller callers, Denials denials) {
        this.callers = callers;
        this.denials = denials;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var endpoint = Access.endpoint(request.getMethod(), request.getRequestURI()).orElse(null);
        if (endpoint == null || endpoint.need() != Access.Need.ANY) {
            chain.doFilter(request, response);
            return;
        }
        Caller caller = callers.required();
        if (Access.one(caller, endpoint.permissions())) {
            chain.doFilter(request, response);
            return;
        }
        denials.denied(
                caller,
                endpoint.action(),
                request.getMethod(),
                request.getRequestURI(),
                RequestId.of(request),
                endpoint.permissions());
        Problems.write(
                request,
                response,
                new WebException(
                        ErrorCode.PERMISSION_DENIED,
                        endpoint.permissions().stream()
                                .map(Permission::id)
                                .sorted()
                                .collect(
                                        Collectors.joining(
                                                " or ", "this needs the permission ", ""))));
    }
}
