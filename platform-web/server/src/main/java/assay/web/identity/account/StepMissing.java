package assay.web.identity.account;

import java.io.Serial;
import org.springframework.security.core.AuthenticationException;

/** The sign-in is right so far and not at its end. */
final class StepMissing extends AuthenticationException {
    @Serial private static final long serialVersionUID = 1L;

    private final PendingSignIn pending;

    StepMissing(PendingSignIn pending) {
        super("the sign-in goes on: " + pending.step());
        this.pending = pending;
    }

    PendingSignIn pending() {
        return pending;
    }
}
