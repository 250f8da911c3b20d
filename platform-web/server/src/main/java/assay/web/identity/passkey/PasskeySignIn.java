package assay.web.identity.passkey;

import assay.web.WebException;
import assay.web.audit.AuditedSignIns;
import assay.web.identity.SignInWay;
import assay.web.identity.SignIns;
import assay.web.identity.account.SignInMethod;
import assay.web.limits.FailureLimits;
import com.webauthn4j.util.exception.WebAuthnException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.DisabledException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.authentication.AuthenticationEntryPointFailureHandler;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.HttpStatusEntryPoint;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.authentication.WebAuthnAuthenticationFilter;
import org.springframework.security.web.webauthn.authentication.WebAuthnAuthenticationRequestToken;
import org.springframework.security.web.webauthn.registration.HttpSessionPublicKeyCredentialCreationOptionsRepository;
import org.springframework.stereotype.Component;

/**
 * The way in by passkey, and the paths by which one is registered: {@code /webauthn/**} and {@code
 * /login/webauthn}, as Spring Security has them.
 */
@Component
class PasskeySignIn implements SignInWay {
    private static final Logger LOG = LoggerFactory.getLogger(PasskeySignIn.class);

    private final PasskeyOperations operations;
    private final PasskeyPeople people;
    private final PasskeySettings settings;
    private final SignIns signIns;
    private final FailureLimits failures;
    private final SecurityContextHolderStrategy contexts;
    private final AuditedSignIns records;

    PasskeySignIn(
            PasskeyOperations operations,
            PasskeyPeople people,
            PasskeySettings settings,
            SignIns signIns,
            FailureLimits failures,
            SecurityContextHolderStrategy contexts,
            AuditedSignIns records) {
        this.operations = operations;
        this.people = people;
        this.settings = settings;
        this.signIns = signIns;
        this.failures = failures;
        this.contexts = contexts;
        this.records = records;
    }

    @Override
    public void add(HttpSecurity rules) {
        // Asked for by the configurer; our own check below takes its place.
        rules.setSharedObject(
                UserDetailsService.class,
                name -> {
                    throw new UsernameNotFoundException(name);
                });
        var begun = new HttpSessionPublicKeyCredentialCreationOptionsRepository();
        rules.addFilterBefore(
                new PasskeyOptionsFilter(operations, begun), AnonymousAuthenticationFilter.class);
        rules.webAuthn(passkeys ->
                passkeys.rpId(settings.domain())
                        .rpName("Assay")
                        .disableDefaultRegistrationPage(true)
                        .creationOptionsRepository(begun)
                        .withObjectPostProcessor(ours(rules)));
    }

    private ObjectPostProcessor<WebAuthnAuthenticationFilter> ours(HttpSecurity rules) {
        return new ObjectPostProcessor<>() {
            @Override
            public <O extends WebAuthnAuthenticationFilter> O postProcess(O filter) {
                filter.setAuthenticationManager(check());
                filter.setAuthenticationFailureHandler(failed());
                filter.setSecurityContextHolderStrategy(contexts);
                SessionAuthenticationStrategy sessions =
                        rules.getSharedObject(SessionAuthenticationStrategy.class);
                if (sessions != null) {
                    filter.setSessionAuthenticationStrategy((authentication, request, response) -> {
                        SignInMethod.PASSKEY.mark(request);
                        sessions.onAuthentication(authentication, request, response);
                    });
                }
                return filter;
            }
        };
    }

    private AuthenticationFailureHandler failed() {
        var answer =
                new AuthenticationEntryPointFailureHandler(
                        new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED));
        return (request, response, failure) -> {
            boolean limited = failure instanceof LockedException;
            records.failed(request, null, "passkey", limited ? "RATE_LIMITED" : "WRONG_PASSKEY");
            answer.onAuthenticationFailure(request, response, failure);
        };
    }

    private AuthenticationManager check() {
        return attempt -> {
            String address =
                    attempt.getDetails() instanceof WebAuthenticationDetails details
                            ? String.valueOf(details.getRemoteAddress())
                            : "unknown";
            try {
                failures.check(address);
                return signedIn((WebAuthnAuthenticationRequestToken) attempt, address);
            } catch (WebException e) {
                throw new LockedException(e.detail(), e);
            }
        };
    }

    private Authentication signedIn(WebAuthnAuthenticationRequestToken attempt, String address) {
        UUID userId;
        try {
            PublicKeyCredentialUserEntity proven =
                    operations.authenticate(attempt.getWebAuthnRequest());
            userId =
                    people.find(proven.getId())
                            .map(PasskeyPeople.Person::userId)
                            .orElseThrow(() -> new BadCredentialsException("nobody's passkey"));
        } catch (WebAuthnException | IllegalArgumentException e) {
            LOG.warn("a sign-in by passkey from {} failed: {}", address, e.getMessage());
            failures.failed(address);
            throw new BadCredentialsException("the passkey is not known, or not good here", e);
        }
        return signIns.authentication(userId, attempt.getDetails())
                .orElseThrow(() -> new DisabledException("the account is closed"));
    }
}
