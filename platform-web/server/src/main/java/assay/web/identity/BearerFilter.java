package assay.web.identity;

import assay.web.WebException;
import assay.web.http.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Knows the caller of a programming interface by his key. Without the header it does nothing: the
 * rules behind it decide whether the path is open.
 */
final class BearerFilter extends OncePerRequestFilter {
    private final BearerKeys keys;
    private final SecurityContextHolderStrategy contexts;

    BearerFilter(BearerKeys keys, SecurityContextHolderStrategy contexts) {
        this.keys = keys;
        this.contexts = contexts;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String header = request.getHeader("Authorization");
        if (header != null) {
            try {
                Caller caller =
                        keys.authenticate(
                                header, request.getRemoteAddr(), request.getHeader("User-Agent"));
                var context = contexts.createEmptyContext();
                request.setAttribute(Caller.ATTRIBUTE, caller);
                context.setAuthentication(new KeyAuthentication(caller));
                contexts.setContext(context);
            } catch (WebException e) {
                request.setAttribute(
                        Caller.ATTRIBUTE,
                        keys.claimed(
                                header, request.getRemoteAddr(), request.getHeader("User-Agent")));
                Problems.write(request, response, e);
                return;
            }
        }
        chain.doFilter(request, response);
    }
}
