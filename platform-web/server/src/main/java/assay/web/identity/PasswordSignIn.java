package assay.web.identity;

import assay.web.WebException;
import assay.web.limits.FailureLimits;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
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

    PasswordSignIn(Users users, FailureLimits failures) {
        this.users = users;
        this.failures = failures;
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
            Optional<SignedInPerson> person =
                    password.length() > PASSWORD_CHARS
                            ? Optional.empty()
                            : check(username, password);
            if (person.isEmpty()) {
                LOG.warn("a sign-in from {} failed", address);
                failures.failed(address);
                throw new BadCredentialsException("unknown name or wrong password");
            }
            return signedIn(person.get(), attempt);
        } catch (WebException e) {
            throw new LockedException(e.detail(), e);
        }
    }

    private Optional<SignedInPerson> check(String username, String password) {
        checks.acquireUninterruptibly();
        try {
            return users.check(username, password);
        } finally {
            checks.release();
        }
    }

    /** The role's name is an authority too: views are opened by role, actions by permission. */
    private static Authentication signedIn(SignedInPerson person, Authentication attempt) {
        var authorities = new ArrayList<SimpleGrantedAuthority>();
        for (Permission permission : person.role().permissions()) {
            authorities.add(new SimpleGrantedAuthority(permission.id()));
        }
        authorities.add(new SimpleGrantedAuthority("ROLE_" + person.role().name()));
        var token = UsernamePasswordAuthenticationToken.authenticated(person, null, authorities);
        token.setDetails(attempt.getDetails());
        return token;
    }

    @Override
    public boolean supports(Class<?> type) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(type);
    }
}
