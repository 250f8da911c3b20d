package assay.web.identity.account;

import assay.web.WebException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.AbstractAuthenticationProcessingFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;

/** Takes the form of one step after the password. */
final class StepFilter extends AbstractAuthenticationProcessingFilter {
    private static final int CODE_CHARS = 64;

    private final SignInSteps steps;
    private final SignInSteps.Step step;
    private final DeviceMark marks;

    StepFilter(SignInSteps steps, SignInSteps.Step step, DeviceMark marks) {
        super(
                PathPatternRequestMatcher.withDefaults()
                        .matcher(org.springframework.http.HttpMethod.POST, "/" + step.path()));
        this.steps = steps;
        this.step = step;
        this.marks = marks;
    }

    @Override
    public Authentication attemptAuthentication(
            HttpServletRequest request, HttpServletResponse response) {
        PendingSignIn pending =
                steps.pending(request.getSession(false), step)
                        .orElseThrow(() -> new CredentialsExpiredException("no sign-in waits"));
        var details =
                new SignInDetails(request, marks.find(request, pending.username()).orElse(null));
        try {
            SignInSteps.Proved proved =
                    switch (step) {
                        case CODE -> steps.code(pending, parameter(request, "code"), details);
                        case NEW_PASSWORD -> newPassword(request, pending, details);
                    };
            proved.method().mark(request);
            request.getSession().removeAttribute(PendingSignIn.ATTRIBUTE);
            return proved.authentication();
        } catch (WebException e) {
            throw new LockedException(e.detail(), e);
        }
    }

    private SignInSteps.Proved newPassword(
            HttpServletRequest request, PendingSignIn pending, SignInDetails details) {
        String password = text(request, "password");
        if (!password.equals(text(request, "again"))) {
            throw new PasswordRefused("different");
        }
        Optional<PasswordRule.Problem> problem = steps.problem(pending, password);
        if (problem.isPresent()) {
            throw new PasswordRefused(problem.get().id());
        }
        return steps.newPassword(pending, password, details);
    }

    private static String parameter(HttpServletRequest request, String name) {
        String value = text(request, name);
        if (value.length() > CODE_CHARS) {
            throw new BadCredentialsException("a wrong code");
        }
        return value;
    }

    private static String text(HttpServletRequest request, String name) {
        String value = request.getParameter(name);
        return value == null ? "" : value;
    }
}
