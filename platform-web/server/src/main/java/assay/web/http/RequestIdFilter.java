package assay.web.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Gives every request its id and its trace before anything else looks at it. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class RequestIdFilter extends OncePerRequestFilter {
    private final Traces traces;

    RequestIdFilter(Traces traces) {
        this.traces = traces;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String id = RequestId.of(request);
        response.setHeader(RequestId.HEADER, id);
        String trace = traces.accept(id, request.getHeader(Traces.REQUEST_HEADER));
        response.setHeader(Traces.RESPONSE_HEADER, traces.response(id));
        try (var _ = MDC.putCloseable("http.request.id", id);
                var _ = MDC.putCloseable("trace.id", trace)) {
            chain.doFilter(request, response);
        }
    }
}
