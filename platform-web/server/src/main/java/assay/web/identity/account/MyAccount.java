package assay.web.identity.account;

import assay.web.identity.Caller;
import assay.web.identity.Standing;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** All that somebody may see and change of his own, as one face for the console. Thread-safe. */
public interface MyAccount {
    Accounts.Profile profile(Caller caller);

    void rename(Caller caller, String displayName);

    /** Why a new password would be refused. */
    Optional<PasswordRule.Problem> problem(Caller caller, String password);

    /**
     * @throws assay.web.WebException INVALID_REQUEST with the field, RATE_LIMITED
     */
    void changePassword(Caller caller, String old, String fresh);

    SecondFactors.Status secondFactor(Caller caller);

    SecondFactors.Setup beginSecondFactor(Caller caller);

    /**
     * @return the recovery codes, never to be seen again
     * @throws assay.web.WebException INVALID_REQUEST, RATE_LIMITED
     */
    List<String> confirmSecondFactor(Caller caller, String code);

    List<String> renewRecoveryCodes(Caller caller, String code);

    void removeSecondFactor(Caller caller, String code);

    List<WebSession> sessions(Caller caller);

    void endSession(Caller caller, UUID id);

    /** Ends all but the one that asks; how many. */
    int endOtherSessions(Caller caller);

    /** The tenants that the person belongs to, by name. */
    List<Standing> tenants(Caller caller);

    /** Goes on in another tenant; pages that are open are loaded anew after it. */
    void moveTo(Caller caller, UUID tenantId, HttpSession session);
}
