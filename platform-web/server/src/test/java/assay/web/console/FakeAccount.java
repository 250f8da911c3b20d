package assay.web.console;

import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Role;
import assay.web.identity.Standing;
import assay.web.identity.account.Accounts;
import assay.web.identity.account.MyAccount;
import assay.web.identity.account.PasswordRule;
import assay.web.identity.account.SecondFactors;
import assay.web.identity.account.WebSession;
import jakarta.servlet.http.HttpSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An account in memory; its password is {@link #PASSWORD}, its app shows {@link #CODE}. */
class FakeAccount implements MyAccount {
    static final String PASSWORD = "correct horse battery staple";
    static final String CODE = "123456";

    private static final Instant BEGAN = Instant.parse("2026-11-23T06:00:00Z");

    private final List<WebSession> sessions = new ArrayList<>();
    private String name = "Ada Lovelace";
    private String password = PASSWORD;
    private @Nullable Instant factorSince;
    private int codes;
    private @Nullable UUID movedTo;

    FakeAccount() {
        add("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36", "password-totp", true);
        add("Mozilla/5.0 (iPhone; CPU iPhone OS) Safari/604.1", "passkey", false);
        add("curl/8.0", "password", false);
    }

    private void add(String agent, String method, boolean current) {
        sessions.add(
                new WebSession(
                        UUID.randomUUID(),
                        UUID.randomUUID(),
                        UUID.randomUUID(),
                        method,
                        "203.0.113." + sessions.size(),
                        agent,
                        BEGAN,
                        BEGAN,
                        BEGAN.plusSeconds(86_400),
                        current));
    }

    @Nullable UUID movedTo() {
        return movedTo;
    }

    String name() {
        return name;
    }

    @Override
    public Accounts.Profile profile(Caller caller) {
        return new Accounts.Profile(
                UUID.randomUUID(), "ada", name, "ada@example.org", true, BEGAN, BEGAN, 1);
    }

    @Override
    public void rename(Caller caller, String displayName) {
        name = displayName;
    }

    @Override
    public Optional<PasswordRule.Problem> problem(Caller caller, String typed) {
        return PasswordRule.check(typed, List.of("ada"));
    }

    @Override
    public void changePassword(Caller caller, String old, String fresh) {
        if (!old.equals(password)) {
            throw WebException.invalid("old_password", "not the password");
        }
        password = fresh;
        endOtherSessions(caller);
    }

    @Override
    public SecondFactors.Status secondFactor(Caller caller) {
        return new SecondFactors.Status(factorSince, codes);
    }

    @Override
    public SecondFactors.Setup beginSecondFactor(Caller caller) {
        return new SecondFactors.Setup(
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
                "otpauth://totp/Assay:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Assay");
    }

    private static void check(String code) {
        if (!code.equals(CODE)) {
            throw WebException.invalid("code", "wrong");
        }
    }

    @Override
    public List<String> confirmSecondFactor(Caller caller, String code) {
        check(code);
        factorSince = BEGAN;
        return drawn();
    }

    private List<String> drawn() {
        codes = 10;
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < codes; i++) {
            drawn.add("ABCD-EFGH-JKMN-PQR" + i);
        }
        return drawn;
    }

    @Override
    public List<String> renewRecoveryCodes(Caller caller, String code) {
        check(code);
        return drawn();
    }

    @Override
    public void removeSecondFactor(Caller caller, String code) {
        check(code);
        factorSince = null;
        codes = 0;
    }

    @Override
    public List<WebSession> sessions(Caller caller) {
        return List.copyOf(sessions);
    }

    @Override
    public void endSession(Caller caller, UUID id) {
        sessions.removeIf(each -> each.id().equals(id));
    }

    @Override
    public int endOtherSessions(Caller caller) {
        int before = sessions.size();
        sessions.removeIf(each -> !each.current());
        return before - sessions.size();
    }

    @Override
    public List<Standing> tenants(Caller caller) {
        return List.of(
                standing(caller, caller.tenantId(), "Analytical Engines", Role.ADMIN),
                standing(caller, new UUID(0, 7), "Difference Engines", Role.GUEST));
    }

    private static Standing standing(Caller caller, UUID tenant, String tenantName, Role role) {
        return new Standing(
                tenant,
                tenantName,
                UUID.randomUUID(),
                caller.name(),
                role.name(),
                role.id(),
                false,
                role.permissions(),
                false);
    }

    @Override
    public void moveTo(Caller caller, UUID tenantId, HttpSession session) {
        movedTo = tenantId;
    }
}
