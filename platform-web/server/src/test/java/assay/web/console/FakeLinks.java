package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.account.AccountLinks;
import assay.web.identity.account.AccountRescue;
import assay.web.identity.account.Invitation;
import assay.web.identity.account.Invitations;
import assay.web.identity.account.PasswordRule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Links in memory: {@link #GOOD} is one, of either kind, and each is good once. */
class FakeLinks implements AccountLinks {
    static final String GOOD = "good-link";

    private static final Instant MADE = Instant.parse("2026-11-23T06:00:00Z");

    private final List<Invitation> open = new ArrayList<>();
    private boolean spent;
    private Invitations.@Nullable NewPerson accepted;

    Invitations.@Nullable NewPerson accepted() {
        return accepted;
    }

    @Override
    public List<Invitation> invitations(Caller caller) {
        return List.copyOf(open);
    }

    @Override
    public List<Invitations.Grantable> grantable(Caller caller) {
        return List.of(
                new Invitations.Grantable("developer", "developer"),
                new Invitations.Grantable("guest", "guest"),
                new Invitations.Grantable("00000000-0000-0000-0000-0000000000a1", "Auditor"));
    }

    @Override
    public Invitations.Made invite(
            Caller caller, String role, @Nullable String name, @Nullable String email) {
        var made =
                new Invitation(
                        UUID.randomUUID(),
                        role,
                        name,
                        email == null || email.isEmpty() ? null : email,
                        caller.name(),
                        MADE,
                        MADE.plus(Invitations.GOOD_FOR));
        open.add(made);
        return new Invitations.Made(made, "invitation/" + GOOD);
    }

    @Override
    public void revokeInvitation(Caller caller, UUID id) {
        open.removeIf(each -> each.id().equals(id));
    }

    private boolean good(String token) {
        return token.equals(GOOD) && !spent;
    }

    @Override
    public Optional<Invitations.Offer> invitation(String token, From from) {
        return good(token)
                ? Optional.of(
                        new Invitations.Offer(
                                UUID.randomUUID(),
                                UUID.randomUUID(),
                                "Analytical Engines",
                                "developer",
                                "Charles Babbage",
                                null,
                                "Ada Lovelace"))
                : Optional.empty();
    }

    @Override
    public Optional<PasswordRule.Problem> problem(
            Invitations.Offer offer, Invitations.NewPerson person) {
        return PasswordRule.check(
                person.password(), List.of(person.username(), offer.tenantName()));
    }

    @Override
    public void accept(String token, Invitations.NewPerson person, From from) {
        if (!good(token)) {
            throw new WebException(ErrorCode.NOT_FOUND, "not good");
        }
        if (person.username().equals("ada")) {
            throw WebException.invalid("user_name", "taken");
        }
        accepted = person;
        spent = true;
    }

    @Override
    public void join(String token, Caller caller) {
        spent = true;
    }

    @Override
    public Optional<AccountRescue.Offer> reset(String token, From from) {
        return good(token)
                ? Optional.of(
                        new AccountRescue.Offer(
                                UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), "ada"))
                : Optional.empty();
    }

    @Override
    public Optional<PasswordRule.Problem> problem(AccountRescue.Offer offer, String password) {
        return PasswordRule.check(password, List.of(offer.username()));
    }

    @Override
    public void useReset(String token, String password, From from) {
        spent = true;
    }
}
