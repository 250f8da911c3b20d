package assay.web.identity.account;

import assay.web.WebException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;

/** Checks name and password of the sign-in form, the first step of a sign-in. Thread-safe. */
@Component
class PasswordSignIn implements AuthenticationProvider {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordSignIn.class);
    private static final int NAME_CHARS = 100;

    private final Accounts accounts;
    private final SignInThrottle throttle;
    private final SignInSteps steps;

    PasswordSignIn(Accounts accounts, SignInThrottle throttle, SignInSteps steps) {
        this.accounts = accounts;
        this.throttle = throttle;
        this.steps = steps;
    }

    @Override
    public Authentication authenticate(Authentication attempt) {
        String username = attempt.getName();
        String password = String.valueOf(attempt.getCredentials());
        String address =
                attempt.getDetails() instanceof WebAuthenticationDetails details
                        ? String.valueOf(details.getRemoteAddress())
                        : "unknown";
        String device = attempt.getDetails() instanceof SignInDetails from ? from.device() : null;
        // Longer ones are refused unseen: hashing must not be a way to burn our time.
        if (password.length() > 2 * PasswordRule.MOST || username.length() > NAME_CHARS) {
            throw wrong(address);
        }
        try {
            return check(username, password, address, device)
                    .flatMap(account -> steps.afterPassword(account, device, attempt.getDetails()))
                    .orElseThrow(() -> wrong(address));
        } catch (WebException e) {
            throw new LockedException(e.detail(), e);
        }
    }

    private Optional<Accounts.Known> check(
            String username, String password, String address, @Nullable String device) {
        var counted = throttle.password(username, address, device);
        Optional<Accounts.Known> account = accounts.find(username);
        String hash = account.map(Accounts.Known::passwordHash).orElse(null);
        if (!accounts.matches(password, hash)) {
            return Optional.empty();
        }
        throttle.succeeded(counted);
        return account;
    }

    private static BadCredentialsException wrong(String address) {
        LOG.warn("a sign-in from {} failed", address);
        return new BadCredentialsException("unknown name or wrong password");
    }

    @Override
    public boolean supports(Class<?> type) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(type);
    }
}
