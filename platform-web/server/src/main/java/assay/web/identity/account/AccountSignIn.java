package assay.web.identity.account;

import assay.web.WebException;
import assay.web.audit.AuditedSignIns;
import assay.web.identity.SignInWay;
import assay.web.identity.SignedInPerson;
import com.vaadin.flow.spring.security.VaadinSavedRequestAwareAuthenticationSuccessHandler;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.authentication.builders.AuthenticationManagerBuilder;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.authentication.session.ChangeSessionIdAuthenticationStrategy;
import org.springframework.security.web.authentication.session.CompositeSessionAuthenticationStrategy;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.stereotype.Component;

/** The way in by name and password, and the sessions of all ways. */
@Component
@Order(0)
class AccountSignIn implements SignInWay {
    private static final Logger LOG = LoggerFactory.getLogger(AccountSignIn.class);

    private final PasswordSignIn password;
    private final SignInSteps steps;
    private final SessionStart start;
    private final WebSessions sessions;
    private final DeviceMark marks;
    private final SecurityContextHolderStrategy contexts;
    private final AuditedSignIns records;

    AccountSignIn(
            PasswordSignIn password,
            SignInSteps steps,
            SessionStart start,
            WebSessions sessions,
            DeviceMark marks,
            SecurityContextHolderStrategy contexts,
            AuditedSignIns records) {
        this.password = password;
        this.steps = steps;
        this.start = start;
        this.sessions = sessions;
        this.marks = marks;
        this.contexts = contexts;
        this.records = records;
    }

    @Override
    public void add(HttpSecurity http) {
        // The framework's own manager knows the same check, and would count each failure again.
        http.getSharedObject(AuthenticationManagerBuilder.class).parentAuthenticationManager(null);
        http.authenticationProvider(password)
                .sessionManagement(management ->
                        management.sessionAuthenticationStrategy(
                                new CompositeSessionAuthenticationStrategy(
                                        List.of(
                                                new ChangeSessionIdAuthenticationStrategy(),
                                                start))))
                .formLogin(form ->
                        form.authenticationDetailsSource(this::details)
                                .failureHandler(new SignInFailures("sign-in", records)))
                .logout(logout ->
                        logout.addLogoutHandler((request, _, who) -> signedOut(request, who)))
                .addFilterAfter(
                        new SessionGuard(sessions, contexts), SecurityContextHolderFilter.class)
                .with(new Steps(), Customizer.withDefaults());
    }

    private SignInDetails details(HttpServletRequest request) {
        String username =
                request.getParameter(
                        UsernamePasswordAuthenticationFilter.SPRING_SECURITY_FORM_USERNAME_KEY);
        return new SignInDetails(
                request,
                username == null ? null : marks.find(request, username.strip()).orElse(null));
    }

    private void signedOut(HttpServletRequest request, @Nullable Authentication who) {
        if (who != null && who.getPrincipal() instanceof SignedInPerson person) {
            records.signedOut(request, person);
        }
        HttpSession session = request.getSession(false);
        if (session != null
                && session.getAttribute(BoundSession.ATTRIBUTE) instanceof BoundSession bound) {
            try {
                sessions.end(bound, WebSessions.End.SIGNED_OUT);
            } catch (WebException e) {
                // The browser forgets its session all the same; the row ends by the clock.
                LOG.warn("the end of a session was not noted", e);
            }
        }
    }

    /** The forms after the first; made when what all filters share is there. */
    private final class Steps extends AbstractHttpConfigurer<Steps, HttpSecurity> {
        @Override
        public void configure(HttpSecurity http) {
            for (SignInSteps.Step step : SignInSteps.Step.values()) {
                var filter = new StepFilter(steps, step, marks);
                filter.setAuthenticationManager(authentication -> {
                    throw new IllegalStateException("a step checks for itself");
                });
                filter.setSecurityContextHolderStrategy(contexts);
                filter.setSecurityContextRepository(
                        http.getSharedObject(SecurityContextRepository.class));
                filter.setSessionAuthenticationStrategy(
                        http.getSharedObject(SessionAuthenticationStrategy.class));
                filter.setAuthenticationSuccessHandler(
                        http.getSharedObject(
                                VaadinSavedRequestAwareAuthenticationSuccessHandler.class));
                filter.setAuthenticationFailureHandler(new SignInFailures(step.path(), records));
                http.addFilterAfter(filter, UsernamePasswordAuthenticationFilter.class);
            }
        }
    }
}
