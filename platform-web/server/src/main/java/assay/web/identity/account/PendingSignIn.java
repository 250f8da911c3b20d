package assay.web.identity.account;

import java.io.Serial;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A sign-in that has come half the way: the password was right, and something is missing. It is
 * kept in the browser's session, where nobody is signed in yet.
 *
 * @param username as it is stored
 * @param device the browser's mark, if it has a good one
 * @param method as far as it goes
 * @param until then it is begun anew
 */
record PendingSignIn(
        UUID userId,
        String username,
        @Nullable String device,
        SignInMethod method,
        SignInSteps.Step step,
        Instant until)
        implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    static final String ATTRIBUTE = PendingSignIn.class.getName();

    PendingSignIn at(SignInSteps.Step next, SignInMethod proved) {
        return new PendingSignIn(userId, username, device, proved, next, until);
    }
}
