package assay.web.identity.passkey;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Shows who is signed in to the framework's filter that begins a registration: it looks where the
 * framework keeps that by default, and can not be told that the console keeps it elsewhere.
 */
final class PasskeyContextFilter extends OncePerRequestFilter {
    private static final String PATH = "/webauthn/register";

    private final SecurityContextHolderStrategy contexts;

    PasskeyContextFilter(SecurityContextHolderStrategy contexts) {
        this.contexts = contexts;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getServletPath().startsWith(PATH);
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        SecurityContextHolder.setContext(contexts.getContext());
        try {
            chain.doFilter(request, response);
        } finally {
            SecurityContextHolder.clearContext();
        }
    }
}
