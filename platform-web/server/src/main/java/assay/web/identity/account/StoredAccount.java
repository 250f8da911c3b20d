package assay.web.identity.account;

import assay.web.identity.Caller;
import assay.web.identity.Rights;
import assay.web.identity.SignIns;
import assay.web.identity.Standing;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** One's account as the database has it. Each act gets a request id of its own. */
@Component
class StoredAccount implements MyAccount {
    private final Accounts accounts;
    private final SecondFactors factors;
    private final WebSessions sessions;
    private final Rights rights;
    private final SignIns signIns;

    StoredAccount(
            Accounts accounts,
            SecondFactors factors,
            WebSessions sessions,
            Rights rights,
            SignIns signIns) {
        this.accounts = accounts;
        this.factors = factors;
        this.sessions = sessions;
        this.rights = rights;
        this.signIns = signIns;
    }

    private static String requestId() {
        return UUID.randomUUID().toString();
    }

    @Override
    public Accounts.Profile profile(Caller caller) {
        return accounts.profile(caller);
    }

    @Override
    public void rename(Caller caller, String displayName) {
        accounts.rename(caller, requestId(), displayName);
    }

    @Override
    public Optional<PasswordRule.Problem> problem(Caller caller, String password) {
        return accounts.problem(caller, password);
    }

    @Override
    public void changePassword(Caller caller, String old, String fresh) {
        accounts.changePassword(caller, requestId(), old, fresh);
    }

    @Override
    public SecondFactors.Status secondFactor(Caller caller) {
        return factors.status(caller);
    }

    @Override
    public SecondFactors.Setup beginSecondFactor(Caller caller) {
        return factors.begin(caller, accounts.profile(caller).username());
    }

    @Override
    public List<String> confirmSecondFactor(Caller caller, String code) {
        return factors.confirm(caller, requestId(), code);
    }

    @Override
    public List<String> renewRecoveryCodes(Caller caller, String code) {
        return factors.renewCodes(caller, requestId(), code);
    }

    @Override
    public void removeSecondFactor(Caller caller, String code) {
        factors.remove(caller, requestId(), code);
    }

    @Override
    public List<WebSession> sessions(Caller caller) {
        return sessions.own(caller);
    }

    @Override
    public void endSession(Caller caller, UUID id) {
        sessions.endOwn(caller, requestId(), id);
    }

    @Override
    public int endOtherSessions(Caller caller) {
        return sessions.endOthers(caller, requestId());
    }

    @Override
    public List<Standing> tenants(Caller caller) {
        return rights.of(Accounts.person(caller));
    }

    @Override
    public void moveTo(Caller caller, UUID tenantId, HttpSession session) {
        signIns.moveTo(tenantId, session);
        sessions.moved(caller, tenantId);
    }
}
