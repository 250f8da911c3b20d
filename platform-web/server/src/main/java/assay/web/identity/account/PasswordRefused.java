package assay.web.identity.account;

import java.io.Serial;
import org.springframework.security.core.AuthenticationException;

/** The new password of a sign-in's last step is not good. */
final class PasswordRefused extends AuthenticationException {
    @Serial private static final long serialVersionUID = 1L;

    private final String problem;

    /**
     * @param problem a {@link PasswordRule.Problem}'s id, or "different" where both entries differ
     */
    PasswordRefused(String problem) {
        super("the new password is refused: " + problem);
        this.problem = problem;
    }

    String problem() {
        return problem;
    }
}
