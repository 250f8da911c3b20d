package assay.web.identity.account;

import assay.web.identity.Caller;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Links as the database has them. Each act gets a request id of its own. */
@Component
class StoredLinks implements AccountLinks {
    private final Invitations invitations;
    private final AccountRescue rescue;

    StoredLinks(Invitations invitations, AccountRescue rescue) {
        this.invitations = invitations;
        this.rescue = rescue;
    }

    private static String requestId() {
        return UUID.randomUUID().toString();
    }

    @Override
    public List<Invitation> invitations(Caller caller) {
        return invitations.list(caller);
    }

    @Override
    public List<Invitations.Grantable> grantable(Caller caller) {
        return invitations.grantable(caller);
    }

    @Override
    public Invitations.Made invite(
            Caller caller, String role, @Nullable String name, @Nullable String email) {
        return invitations.create(caller, requestId(), role, name, email);
    }

    @Override
    public void revokeInvitation(Caller caller, UUID id) {
        invitations.revoke(caller, requestId(), id);
    }

    @Override
    public Optional<Invitations.Offer> invitation(String token, From from) {
        return invitations.find(token, from.address());
    }

    @Override
    public Optional<PasswordRule.Problem> problem(
            Invitations.Offer offer, Invitations.NewPerson person) {
        return invitations.problem(offer, person);
    }

    @Override
    public void accept(String token, Invitations.NewPerson person, From from) {
        invitations.accept(token, person, requestId(), from.address(), from.userAgent());
    }

    @Override
    public void join(String token, Caller caller) {
        invitations.join(token, caller, requestId());
    }

    @Override
    public Optional<AccountRescue.Offer> reset(String token, From from) {
        return rescue.find(token, from.address());
    }

    @Override
    public Optional<PasswordRule.Problem> problem(AccountRescue.Offer offer, String password) {
        return rescue.problem(offer, password);
    }

    @Override
    public void useReset(String token, String password, From from) {
        rescue.usePassword(token, password, requestId(), from.address(), from.userAgent());
    }
}
