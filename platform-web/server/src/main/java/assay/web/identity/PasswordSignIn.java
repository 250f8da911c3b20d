package assay.web.identity;

import assay.web.WebException;
import assay.web.limits.FailureLimits;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;

/** Checks name and password of the sign-in form. Thread-safe. */
@Component
class PasswordSignIn implements AuthenticationProvider {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordSignIn.class);

    /** Longer ones are refused unseen: hashing must not be a way to burn our time. */
    private static final int PASSWORD_CHARS = 256;

    /** Each check takes 19 MiB and a core; more at once wait. */
    private final Semaphore checks = new Semaphore(4);

    private final Users users;
    private final FailureLimits failures;
    private final SignIns signIns;

    PasswordSignIn(Users users, FailureLimits failures, SignIns signIns) {
        this.users = users;
        this.failures = failures;
        this.signIns = signIns;
    }

    @Override
    public Authentication authenticate(Authentication attempt) {
        String username = attempt.getName();
        String password = String.valueOf(attempt.getCredentials());
        String address =
                attempt.getDetails() instanceof WebAuthenticationDetails details
                        ? String.valueOf(details.getRemoteAddress())
                        : "unknown";
        try {
            failures.check(address);
            Optional<Authentication> person =
                    password.length() > PASSWORD_CHARS
                            ? Optional.empty()
                            : check(username, password)
                                    .flatMap(
                                            id -> signIns.authentication(id, attempt.getDetails()));
            if (person.isEmpty()) {
                LOG.warn("a sign-in from {} failed", address);
                failures.failed(address);
                throw new BadCredentialsException("unknown name or wrong password");
            }
            return person.get();
        } catch (WebException e) {
            throw new LockedException(e.detail(), e);
        }
    }

    private Optional<UUID> check(String username, String password) {
        checks.acquireUninterruptibly();
        try {
            return users.check(username, password);
        } finally {
            checks.release();
        }
    }

    @Override
    public boolean supports(Class<?> type) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(type);
    }
}
