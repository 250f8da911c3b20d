package assay.web.identity.account;

import assay.web.WebException;
import assay.web.audit.AuditedSignIns;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.DefaultRedirectStrategy;
import org.springframework.security.web.RedirectStrategy;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;

/** Sends the browser to the page that says what is wrong, or that asks for the next step. */
final class SignInFailures implements AuthenticationFailureHandler {
    private static final String FIRST_PAGE = "sign-in";

    private final RedirectStrategy redirects = new DefaultRedirectStrategy();
    private final String page;
    private final AuditedSignIns records;

    /**
     * @param page that the form stands on
     */
    SignInFailures(String page, AuditedSignIns records) {
        this.page = page;
        this.records = records;
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request,
            HttpServletResponse response,
            AuthenticationException failure)
            throws IOException {
        record(request, failure);
        redirects.sendRedirect(request, response, "/" + target(request, failure));
    }

    /** A step that is missing, or a new password that is no good one, is no sign-in that failed. */
    private void record(HttpServletRequest request, AuthenticationException failure) {
        if (failure instanceof StepMissing
                || failure instanceof PasswordRefused
                || failure instanceof CredentialsExpiredException) {
            return;
        }
        boolean first = page.equals(FIRST_PAGE);
        String name =
                first
                        ? request.getParameter(
                                UsernamePasswordAuthenticationFilter
                                        .SPRING_SECURITY_FORM_USERNAME_KEY)
                        : pendingName(request);
        boolean limited = failure.getCause() instanceof WebException;
        records.failed(
                request,
                name,
                first ? "password" : "second-factor",
                limited ? "RATE_LIMITED" : first ? "WRONG_PASSWORD" : "WRONG_CODE");
    }

    private static @Nullable String pendingName(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session != null
                        && session.getAttribute(PendingSignIn.ATTRIBUTE)
                                instanceof PendingSignIn pending
                ? pending.username()
                : null;
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
