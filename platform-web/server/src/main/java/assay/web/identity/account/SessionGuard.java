package assay.web.identity.account;

import assay.web.identity.SignedInPerson;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Looks at each request of a person whether his session is still open. One that is not is closed,
 * and the request goes on as a stranger's: pages send it to sign in, and a page that is open says
 * that its session is over.
 */
final class SessionGuard extends OncePerRequestFilter {
    /** Which part of the framework a request is for. */
    private static final String KIND = "v-r";

    private final WebSessions sessions;
    private final SecurityContextHolderStrategy contexts;

    SessionGuard(WebSessions sessions, SecurityContextHolderStrategy contexts) {
        this.sessions = sessions;
        this.contexts = contexts;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Authentication authentication = contexts.getContext().getAuthentication();
        if (authentication != null
                && authentication.getPrincipal() instanceof SignedInPerson person
                && !open(request, person)) {
            contexts.clearContext();
            HttpSession session = request.getSession(false);
            if (session != null) {
                session.invalidate();
            }
        }
        chain.doFilter(request, response);
    }

    private boolean open(HttpServletRequest request, SignedInPerson person) {
        @Nullable HttpSession session = request.getSession(false);
        return session != null
                && session.getAttribute(BoundSession.ATTRIBUTE) instanceof BoundSession bound
                && bound.userId().equals(person.userId())
                && sessions.live(bound, byThePerson(request));
    }

    /** A page that is open and left alone still beats and listens. */
    private static boolean byThePerson(HttpServletRequest request) {
        String kind = request.getParameter(KIND);
        return !("heartbeat".equals(kind) || "push".equals(kind));
    }
}
