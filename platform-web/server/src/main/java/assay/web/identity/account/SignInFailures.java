package assay.web.identity.account;

import assay.web.WebException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.DefaultRedirectStrategy;
import org.springframework.security.web.RedirectStrategy;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;

/** Sends the browser to the page that says what is wrong, or that asks for the next step. */
final class SignInFailures implements AuthenticationFailureHandler {
    private static final String FIRST_PAGE = "sign-in";

    private final RedirectStrategy redirects = new DefaultRedirectStrategy();
    private final String page;

    /**
     * @param page that the form stands on
     */
    SignInFailures(String page) {
        this.page = page;
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request,
            HttpServletResponse response,
            AuthenticationException failure)
            throws IOException {
        redirects.sendRedirect(request, response, "/" + target(request, failure));
    }

    private String target(HttpServletRequest request, AuthenticationException failure) {
        if (failure instanceof StepMissing missing) {
            // Another id than before the password, as after a whole sign-in.
            if (request.getSession(false) != null) {
                request.changeSessionId();
            }
            request.getSession(true).setAttribute(PendingSignIn.ATTRIBUTE, missing.pending());
            return missing.pending().step().path();
        }
        if (failure instanceof CredentialsExpiredException) {
            return FIRST_PAGE + "?expired";
        }
        if (failure instanceof PasswordRefused refused) {
            return page + "?problem=" + refused.problem();
        }
        Optional<Duration> wait =
                failure.getCause() instanceof WebException e ? e.retryAfter() : Optional.empty();
        return wait.map(time -> page + "?wait=" + Math.max(1, time.plusMillis(999).toSeconds()))
                .orElse(page + "?error");
    }
}
