package assay.web.identity.account;

import assay.web.identity.Caller;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One-time links as the console makes and opens them. Thread-safe. */
public interface AccountLinks {
    /**
     * From where a stranger opens a link.
     *
     * @param address of his browser
     */
    record From(String address, @Nullable String userAgent) {}

    // ------------------------------------------------------------ for who manages people

    List<Invitation> invitations(Caller caller);

    /** The roles of the tenant that the caller may give: the built-in ones first. */
    List<Invitations.Grantable> grantable(Caller caller);

    Invitations.Made invite(
            Caller caller, String role, @Nullable String name, @Nullable String email);

    void revokeInvitation(Caller caller, UUID id);

    // ------------------------------------------------------------ for who opens one

    /**
     * @throws assay.web.WebException RATE_LIMITED
     */
    Optional<Invitations.Offer> invitation(String token, From from);

    Optional<PasswordRule.Problem> problem(Invitations.Offer offer, Invitations.NewPerson person);

    /**
     * @throws assay.web.WebException INVALID_REQUEST with the field, NOT_FOUND
     */
    void accept(String token, Invitations.NewPerson person, From from);

    /**
     * @throws assay.web.WebException INVALID_REQUEST when the caller is a member already, NOT_FOUND
     */
    void join(String token, Caller caller);

    /**
     * @throws assay.web.WebException RATE_LIMITED
     */
    Optional<AccountRescue.Offer> reset(String token, From from);

    Optional<PasswordRule.Problem> problem(AccountRescue.Offer offer, String password);

    /**
     * @throws assay.web.WebException INVALID_REQUEST, NOT_FOUND
     */
    void useReset(String token, String password, From from);
}
