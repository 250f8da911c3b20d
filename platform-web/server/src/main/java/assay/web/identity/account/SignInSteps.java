package assay.web.identity.account;

import assay.web.WebException;
import assay.web.identity.SignIns;
import com.vaadin.flow.server.VaadinSession;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;

/**
 * What comes after the right password and before anybody is signed in: a code of the second factor,
 * and a new password where one must be chosen. Until the last step is done the browser has no
 * session of a person, so there is nothing that could be passed by. Thread-safe.
 */
@Component
public class SignInSteps {
    /** From the right password to the end. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Accounts accounts;
    private final SecondFactors factors;
    private final SignInThrottle throttle;
    private final WebSessions sessions;
    private final SignIns signIns;
    private final assay.web.tenancy.PersonTransactions people;
    private final InstantSource clock;

    SignInSteps(
            Accounts accounts,
            SecondFactors factors,
            SignInThrottle throttle,
            WebSessions sessions,
            SignIns signIns,
            assay.web.tenancy.PersonTransactions people,
            InstantSource clock) {
        this.accounts = accounts;
        this.factors = factors;
        this.throttle = throttle;
        this.sessions = sessions;
        this.signIns = signIns;
        this.people = people;
        this.clock = clock;
    }

    /** What may be missing. */
    public enum Step {
        CODE,
        NEW_PASSWORD;

        /** Where it is asked for. */
        public String path() {
            return "sign-in/" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The step that the current browser's sign-in waits for. */
    public Optional<Step> waiting() {
        VaadinSession vaadin = VaadinSession.getCurrent();
        return vaadin == null || vaadin.getSession() == null
                ? Optional.empty()
                : live(vaadin.getSession().getAttribute(PendingSignIn.ATTRIBUTE))
                        .map(PendingSignIn::step);
    }

    Optional<PendingSignIn> pending(@Nullable HttpSession session, Step step) {
        return session == null
                ? Optional.empty()
                : live(session.getAttribute(PendingSignIn.ATTRIBUTE))
                        .filter(pending -> pending.step() == step);
    }

    private Optional<PendingSignIn> live(@Nullable Object kept) {
        return kept instanceof PendingSignIn pending && pending.until().isAfter(clock.instant())
                ? Optional.of(pending)
                : Optional.empty();
    }

    /**
     * Who is signed in by the password alone.
     *
     * @return empty when the account is in no tenant that is open
     * @throws StepMissing when something is to come
     */
    Optional<Authentication> afterPassword(
            Accounts.Known account, @Nullable String device, @Nullable Object details) {
        var pending =
                new PendingSignIn(
                        account.id(),
                        account.username(),
                        device,
                        SignInMethod.PASSWORD,
                        Step.CODE,
                        clock.instant().plus(PATIENCE));
        if (factors.active(account.id())) {
            throw new StepMissing(pending);
        }
        return afterCode(account, pending, details);
    }

    private Optional<Authentication> afterCode(
            Accounts.Known account, PendingSignIn pending, @Nullable Object details) {
        if (account.mustChange()) {
            throw new StepMissing(pending.at(Step.NEW_PASSWORD, pending.method()));
        }
        return signIns.authentication(account.id(), details);
    }

    /** What a step gave: who it is, and how he proved it. */
    record Proved(Authentication authentication, SignInMethod method) {}

    /**
     * Takes the code.
     *
     * @throws BadCredentialsException when it is wrong
     * @throws StepMissing when something else is to come
     * @throws WebException RATE_LIMITED
     */
    Proved code(PendingSignIn pending, String code, @Nullable Object details) {
        var attempt = throttle.secondFactor(pending.userId().toString(), pending.device());
        SignInMethod method =
                factors.take(pending.userId(), code)
                        .orElseThrow(() -> new BadCredentialsException("a wrong code"));
        throttle.succeeded(attempt);
        var proved = pending.at(Step.CODE, method);
        return new Proved(
                afterCode(account(pending.userId()), proved, details)
                        .orElseThrow(SignInSteps::nowhere),
                method);
    }

    /** Why the new password would be refused. */
    Optional<PasswordRule.Problem> problem(PendingSignIn pending, String password) {
        return accounts.problem(account(pending.userId()), password);
    }

    /** Sets the password, which was found good, and ends what was begun with the old one. */
    Proved newPassword(PendingSignIn pending, String password, @Nullable Object details) {
        UUID person = pending.userId();
        people.in(
                person,
                transaction -> {
                    accounts.setPassword(transaction, person, password);
                    return sessions.endAll(transaction, person, null, WebSessions.End.PASSWORD);
                });
        return new Proved(
                signIns.authentication(person, details).orElseThrow(SignInSteps::nowhere),
                pending.method());
    }

    private Accounts.Known account(UUID id) {
        return accounts.find(id).orElseThrow(SignInSteps::nowhere);
    }

    private static BadCredentialsException nowhere() {
        return new BadCredentialsException("the account is disabled or in no tenant");
    }
}
