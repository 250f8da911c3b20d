package assay.web.identity.account;

import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Rights;
import assay.web.identity.SignedInPerson;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.session.SessionAuthenticationException;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.stereotype.Component;

/**
 * Opens a person's session, by whatever way he came: writes its row, its record for the audit, and
 * the browser's mark. Called by each filter that signs people in, after the browser's session got
 * its new id. Thread-safe.
 */
@Component
public class SessionStart implements SessionAuthenticationStrategy {
    private final WebSessions sessions;
    private final Accounts accounts;
    private final DeviceMark marks;
    private final Rights rights;
    private final AuditedChanges audit;

    SessionStart(
            WebSessions sessions,
            Accounts accounts,
            DeviceMark marks,
            Rights rights,
            AuditedChanges audit) {
        this.sessions = sessions;
        this.accounts = accounts;
        this.marks = marks;
        this.rights = rights;
        this.audit = audit;
    }

    /** Does nothing for what is no person yet; {@link SessionGuard} lets nobody on without. */
    @Override
    public void onAuthentication(
            Authentication authentication,
            HttpServletRequest request,
            HttpServletResponse response) {
        if (!(authentication.getPrincipal() instanceof SignedInPerson person)) {
            return;
        }
        try {
            begin(person, SignInMethod.of(request), request, response);
        } catch (WebException e) {
            throw new AuthenticationServiceException(e.detail(), e);
        }
    }

    private void begin(
            SignedInPerson person,
            SignInMethod method,
            HttpServletRequest request,
            HttpServletResponse response) {
        String address = request.getRemoteAddr();
        String userAgent = request.getHeader("User-Agent");
        Caller caller =
                rights.find(person.tenantId(), person.userId())
                        .map(standing -> Caller.person(standing, address, userAgent))
                        .orElseThrow(
                                () -> new SessionAuthenticationException("in no tenant any more"));
        audit.run(
                new AuditedChanges.Change(
                        caller,
                        assay.web.http.RequestId.of(request),
                        "session.begin",
                        "user",
                        person.userId().toString(),
                        "POST",
                        "/sign-in",
                        Map.of("method", method.id())),
                () ->
                        sessions.begin(
                                person.userId(),
                                person.tenantId(),
                                method,
                                address,
                                userAgent,
                                request.getSession()));
        CurrentCaller.signedIn(request.getSession(), method == SignInMethod.PASSWORD);
        marks.leave(request, response, accounts.signedIn(person.userId()));
    }
}
