package assay.web.identity.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import assay.web.ErrorCode;
import assay.web.RunningGateway;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import assay.web.identity.Rights;
import assay.web.identity.SignedInPerson;
import assay.web.identity.TestKeys;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Accounts from the invitation to the end of their sessions, as browsers and programs use them. */
class AccountsIT {
    private static final String PASSWORD = "violet kettle harbour";
    private static final Duration AT_ONCE = Duration.ofSeconds(2);
    private static final String OTHER = "seven quiet lanterns";
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final RunningGateway gateway = RunningGateway.shared();
    private final UUID tenant =
            UUID.fromString(gateway.one("select id from tenants where slug = 'default'"));
    private final String admin =
            TestKeys.make(gateway, tenant.toString(), EnumSet.allOf(Permission.class));

    /** A person who came by invitation. */
    private record Person(String username, UUID id) {}

    private Person person(String role) {
        String username = "person-" + COUNT.incrementAndGet();
        String path = RunningGateway.json(invite(role, admin)).get("path").stringValue();
        gateway.bean(Invitations.class)
                .accept(
                        token(path),
                        new Invitations.NewPerson(username, "Person of tests", PASSWORD),
                        "test",
                        "127.0.0.1",
                        "test");
        return new Person(
                username,
                UUID.fromString(gateway.one("select id from users where username = ?", username)));
    }

    private Caller caller(Person person) {
        return Caller.person(
                gateway.bean(Rights.class).find(tenant, person.id()).orElseThrow(),
                "127.0.0.1",
                "test");
    }

    private HttpResponse<String> invite(String role, String key) {
        return gateway.post(
                "/api/v1/admin/invitations",
                "{\"role\": \"%s\", \"name\": \"Somebody\"}".formatted(role),
                key);
    }

    private static String token(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private HttpResponse<String> send(String method, String path, @Nullable String key) {
        return gateway.send(
                gateway.request("http", path, key).method(method, BodyPublishers.noBody()).build());
    }

    // ------------------------------------------------------------ the first administrator

    @Test
    void theFirstAdministratorMustChangeHisPassword() {
        assertThat(gateway.firstPasswordHadToBeChanged).isTrue();
    }

    @Test
    void untilTheNewPasswordIsChosenNobodyIsSignedIn() {
        Person person = person("developer");
        gateway.one(
                "update users set must_change_password = true where id = ? returning '1'",
                person.id());
        var browser = new Browser(gateway);

        assertThat(browser.signIn(person.username(), PASSWORD)).isEqualTo("/sign-in/new-password");
        assertThat(browser.signedIn()).isFalse();
        assertThat(newPassword(browser, "short")).endsWith("?problem=too-short");
        assertThat(newPassword(browser, PASSWORD)).endsWith("?problem=same-as-before");
        assertThat(newPassword(browser, person.username() + person.username()))
                .endsWith("?problem=a-name");
        assertThat(browser.signedIn()).isFalse();

        assertThat(newPassword(browser, OTHER)).isEqualTo("/");
        assertThat(browser.signedIn()).isTrue();
        assertThat(new Browser(gateway).signIn(person.username(), PASSWORD)).endsWith("?error");
        assertThat(new Browser(gateway).signIn(person.username(), OTHER)).isEqualTo("/");
    }

    private static String newPassword(Browser browser, String password) {
        return browser.submit(
                "/sign-in/new-password", Map.of("password", password, "again", password));
    }

    // ------------------------------------------------------------ invitations

    @Test
    void anInvitationIsGoodOnceAndStoredAsAHash() {
        var made = invite("developer", admin);
        assertThat(made.statusCode()).isEqualTo(201);
        String token = token(RunningGateway.json(made).get("path").stringValue());
        assertThat(
                        gateway.one(
                                "select count(*) from invitations"
                                        + " where invitations::text like '%' || ? || '%'",
                                token))
                .isEqualTo("0");
        var invitations = gateway.bean(Invitations.class);
        assertThat(invitations.find(token, "127.0.0.1"))
                .hasValueSatisfying(offer -> assertThat(offer.role()).isEqualTo("developer"));
        accept(token, "once-" + COUNT.incrementAndGet());

        assertThat(invitations.find(token, "127.0.0.1")).isEmpty();
        assertThatThrownBy(() -> accept(token, "twice-" + COUNT.incrementAndGet()))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThat(
                        gateway.one(
                                "select outcome->>'result' from audit_events"
                                        + " where action = 'invitation.accept'"
                                        + " order by at desc limit 1"))
                .isEqualTo("success");
    }

    private void accept(String token, String username) {
        gateway.bean(Invitations.class)
                .accept(
                        token,
                        new Invitations.NewPerson(username, "Somebody", PASSWORD),
                        "test",
                        null,
                        null);
    }

    @Test
    void aRevokedInvitationAndOneThatIsOverAreNotGood() {
        var revoked = RunningGateway.json(invite("guest", admin));
        String id = revoked.get("id").stringValue();
        assertThat(send("GET", "/api/v1/admin/invitations", admin).body()).contains(id);
        assertThat(send("DELETE", "/api/v1/admin/invitations/" + id, admin).statusCode())
                .isEqualTo(204);
        assertThat(send("DELETE", "/api/v1/admin/invitations/" + id, admin).statusCode())
                .isEqualTo(404);
        assertThat(send("GET", "/api/v1/admin/invitations", admin).body()).doesNotContain(id);

        var over = RunningGateway.json(invite("guest", admin));
        gateway.one(
                "update invitations set expires_at = now() where id = ? returning '1'",
                UUID.fromString(over.get("id").stringValue()));
        for (var each : List.of(revoked, over)) {
            assertThat(
                            gateway.bean(Invitations.class)
                                    .find(token(each.get("path").stringValue()), "127.0.0.1"))
                    .isEmpty();
        }
    }

    @Test
    void nobodyInvitesToARoleThatMayMoreThanHeHimself() {
        String some =
                TestKeys.make(
                        gateway,
                        tenant.toString(),
                        EnumSet.of(Permission.USER_MANAGE, Permission.VERIFICATION_RUN));
        assertThat(invite("guest", some).statusCode()).isEqualTo(201);
        assertThat(invite("admin", some).statusCode()).isEqualTo(403);
        assertThat(invite("no-such-role", some).statusCode()).isEqualTo(422);
        assertThat(invite(UUID.randomUUID().toString(), some).statusCode()).isEqualTo(422);
    }

    @Test
    void anInvitationEndsWithTheRightsOfWhoMadeIt() {
        Person maker = person("admin");
        String token =
                token(
                        gateway.bean(Invitations.class)
                                .create(caller(maker), "test", "admin", "Crony", null)
                                .path());
        gateway.one(
                "update memberships set role = 'developer' where user_id = ? returning '1'",
                maker.id());
        gateway.one("select pg_notify('assay_signals', 'person ' || ?)", maker.id().toString());

        await().atMost(Duration.ofSeconds(2))
                .until(() -> !caller(maker).may(Permission.USER_MANAGE));
        assertThatThrownBy(() -> accept(token, "crony-" + COUNT.incrementAndGet()))
                .hasMessageContaining("not good");
    }

    @Test
    void anExistingPersonJoinsAnotherTenantByInvitation() {
        Person person = person("developer");
        UUID second = tenant();
        String key = TestKeys.make(gateway, second.toString(), EnumSet.allOf(Permission.class));
        String token = token(RunningGateway.json(invite("guest", key)).get("path").stringValue());
        Caller caller = caller(person);

        assertThat(gateway.bean(Invitations.class).join(token, caller, "test")).isEqualTo(second);
        assertThat(
                        gateway.one(
                                "select role from memberships where user_id = ? and tenant_id = ?",
                                person.id(),
                                second))
                .isEqualTo("guest");

        // Now that he is in two, no administrator of one sets the password for both.
        String path = "/api/v1/admin/users/" + person.id() + "/password-reset";
        var tenantRights = EnumSet.copyOf(Permission.of(Permission.Level.TENANT));
        String ofOne = TestKeys.make(gateway, tenant.toString(), tenantRights);
        assertThat(send("POST", path, ofOne).statusCode()).isEqualTo(403);
        assertThat(send("POST", path, admin).statusCode()).as("the operator").isEqualTo(201);
    }

    private UUID tenant() {
        UUID id = UUID.randomUUID();
        gateway.one(
                "insert into tenants (id, slug, name) values (?, ?, 'Second') returning '1'",
                id,
                "second-" + COUNT.incrementAndGet());
        return id;
    }

    // ------------------------------------------------------------ password resets

    @Test
    void aResetLinkSetsThePasswordOnceAndEndsAllSessions() {
        Person person = person("developer");
        var browser = new Browser(gateway);
        assertThat(browser.signIn(person.username(), PASSWORD)).isEqualTo("/");
        assertThat(browser.signedIn()).isTrue();

        var made = send("POST", "/api/v1/admin/users/" + person.id() + "/password-reset", admin);
        assertThat(made.statusCode()).isEqualTo(201);
        String token = token(RunningGateway.json(made).get("path").stringValue());
        var rescue = gateway.bean(AccountRescue.class);
        assertThat(rescue.find(token, "127.0.0.1")).isPresent();
        rescue.usePassword(token, OTHER, "test", null, null);

        await().atMost(Duration.ofSeconds(2)).until(() -> !browser.signedIn());
        assertThat(new Browser(gateway).signIn(person.username(), PASSWORD)).endsWith("?error");
        assertThat(new Browser(gateway).signIn(person.username(), OTHER)).isEqualTo("/");
        assertThatThrownBy(() -> rescue.usePassword(token, PASSWORD, "test", null, null))
                .hasMessageContaining("not good");
    }

    @Test
    void aNewResetLinkAndARevocationMakeTheOldOneWorthless() {
        Person person = person("developer");
        String path = "/api/v1/admin/users/" + person.id() + "/password-reset";
        String first =
                token(RunningGateway.json(send("POST", path, admin)).get("path").stringValue());
        String second =
                token(RunningGateway.json(send("POST", path, admin)).get("path").stringValue());
        var rescue = gateway.bean(AccountRescue.class);
        assertThat(rescue.find(first, "127.0.0.1")).isEmpty();
        assertThat(rescue.find(second, "127.0.0.1")).isPresent();
        assertThat(send("DELETE", path, admin).statusCode()).isEqualTo(204);
        assertThat(rescue.find(second, "127.0.0.1")).isEmpty();
        assertThat(send("DELETE", path, admin).statusCode()).isEqualTo(404);
    }

    @Test
    void nobodyOpensTheAccountOfWhoMayMore() {
        Person above = person("admin");
        var lesser = EnumSet.of(Permission.USER_MANAGE, Permission.VERIFICATION_RUN);
        String key = TestKeys.make(gateway, tenant.toString(), lesser);
        assertThat(
                        send("POST", "/api/v1/admin/users/" + above.id() + "/password-reset", key)
                                .statusCode())
                .isEqualTo(403);
        String operator = gateway.one("select id from users where username = 'admin'");
        String tenantAdmin =
                TestKeys.make(
                        gateway,
                        tenant.toString(),
                        EnumSet.copyOf(Permission.of(Permission.Level.TENANT)));
        assertThat(
                        send(
                                        "POST",
                                        "/api/v1/admin/users/" + operator + "/password-reset",
                                        tenantAdmin)
                                .statusCode())
                .isEqualTo(403);
    }

    // ------------------------------------------------------------ sessions

    @Test
    void aSignInMakesASessionAndASignOutEndsIt() {
        Person person = person("developer");
        var browser = new Browser(gateway);
        assertThat(browser.signedIn()).isFalse();
        browser.signIn(person.username(), PASSWORD);

        var sessions = sessions(person);
        assertThat(sessions)
                .singleElement()
                .satisfies(session -> {
                    assertThat(session.method()).isEqualTo("password");
                    assertThat(session.sourceIp()).isEqualTo("127.0.0.1");
                    assertThat(session.userAgent()).startsWith("Java-http-client");
                });
        assertThat(browser.signedIn()).isTrue();
        browser.submit("/logout", Map.of());
        assertThat(browser.signedIn()).isFalse();
        assertThat(sessions(person)).isEmpty();
        assertThat(
                        gateway.one(
                                "select end_reason from web_sessions where user_id = ?",
                                person.id()))
                .isEqualTo("signed_out");
    }

    private List<WebSession> sessions(Person person) {
        return gateway.bean(WebSessions.class).own(caller(person));
    }

    @Test
    void aRevokedSessionIsRefusedWithinTwoSecondsAndNoOther() {
        Person person = person("developer");
        var lost = new Browser(gateway);
        var kept = new Browser(gateway);
        lost.signIn(person.username(), PASSWORD);
        UUID id = sessions(person).getFirst().id();
        kept.signIn(person.username(), PASSWORD);
        assertThat(lost.signedIn()).isTrue();

        gateway.bean(WebSessions.class).endOwn(caller(person), "test", id);
        await().atMost(Duration.ofSeconds(2)).until(() -> !lost.signedIn());
        assertThat(kept.signedIn()).isTrue();
        assertThat(sessions(person)).hasSize(1);
    }

    @Test
    void aSessionThatAnotherGatewayEndedIsRefusedHere() {
        Person person = person("developer");
        var browser = new Browser(gateway);
        browser.signIn(person.username(), PASSWORD);
        assertThat(browser.signedIn()).isTrue();

        UUID id = sessions(person).getFirst().id();
        gateway.one("update web_sessions set ended_at = now() where id = ? returning '1'", id);
        gateway.one("select pg_notify('assay_signals', 'session ' || ?)", id.toString());

        await().atMost(Duration.ofSeconds(2)).until(() -> !browser.signedIn());
    }

    @Test
    void whoManagesPeopleSeesAndEndsTheSessionsOfAMember() {
        Person person = person("developer");
        var browser = new Browser(gateway);
        browser.signIn(person.username(), PASSWORD);
        String path = "/api/v1/admin/users/" + person.id() + "/sessions";

        var listed = RunningGateway.json(send("GET", path, admin)).get("sessions");
        assertThat(listed).hasSize(1);
        String elsewhere =
                TestKeys.make(gateway, tenant().toString(), EnumSet.allOf(Permission.class));
        assertThat(send("GET", path, elsewhere).statusCode()).isEqualTo(404);
        assertThat(send("DELETE", path, elsewhere).statusCode()).isEqualTo(404);
        assertThat(browser.signedIn()).isTrue();

        assertThat(
                        send("DELETE", path + "/" + listed.get(0).get("id").stringValue(), admin)
                                .statusCode())
                .isEqualTo(204);
        await().atMost(Duration.ofSeconds(2)).until(() -> !browser.signedIn());
    }

    @Test
    void whoIsTakenOutOfHisTenantIsSignedInNowhere() {
        Person person = person("developer");
        gateway.one("delete from memberships where user_id = ? returning '1'", person.id());
        gateway.one("select pg_notify('assay_signals', 'person ' || ?)", person.id().toString());
        await().atMost(Duration.ofSeconds(2))
                .until(() ->
                        new Browser(gateway)
                                .signIn(person.username(), PASSWORD)
                                .endsWith("?error"));
    }

    @Test
    void aChangedPasswordEndsTheOtherSessionsAndAsksForTheOldOne() {
        Person person = person("developer");
        var browser = new Browser(gateway);
        browser.signIn(person.username(), PASSWORD);
        var accounts = gateway.bean(Accounts.class);
        Caller caller = caller(person);

        assertThatThrownBy(() -> accounts.changePassword(caller, "test", OTHER, OTHER))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.fields()).containsKey("old_password"));
        assertThatThrownBy(() -> accounts.changePassword(caller, "test", PASSWORD, "short"))
                .isInstanceOfSatisfying(
                        WebException.class, e -> assertThat(e.fields()).containsKey("password"));
        assertThat(browser.signedIn()).isTrue();
        accounts.changePassword(caller, "test", PASSWORD, OTHER);
        await().atMost(Duration.ofSeconds(2)).until(() -> !browser.signedIn());
        assertThat(new Browser(gateway).signIn(person.username(), OTHER)).isEqualTo("/");
    }

    // ------------------------------------------------------------ second factor

    @Test
    void whoLacksTheSecondFactorThatHisTenantAsksForMayNothingUntilItIsSetUp() {
        Person person = person("admin");
        var own = new SignedInPerson(person.id(), person.username(), tenant);
        var factors = gateway.bean(SecondFactors.class);
        require(true);
        try {
            await().atMost(AT_ONCE).until(() -> seen(own, true).permissions().isEmpty());
            assertThat(seen(own, false).permissions())
                    .as("by a passkey or the organisation's sign-in")
                    .isNotEmpty();
            Caller caller = caller(person);
            byte[] secret = base32(factors.begin(caller, person.username()).secret());
            long step = Totp.step(Instant.now());
            assertThat(seen(own, true).permissions()).as("begun is not set up").isEmpty();
            var codes = factors.confirm(caller, "test", Totp.code(secret, step - 1));
            await().atMost(AT_ONCE).until(() -> !seen(own, true).permissions().isEmpty());

            factors.remove(caller, "test", codes.getFirst());
            await().atMost(AT_ONCE).until(() -> seen(own, true).permissions().isEmpty());
        } finally {
            require(false);
        }
        await().atMost(AT_ONCE).until(() -> !seen(own, true).permissions().isEmpty());
    }

    private void require(boolean wanted) {
        String path = "/api/v1/admin/tenants/" + tenant;
        String version = gateway.get(path, admin).headers().firstValue("ETag").orElseThrow();
        var changed =
                gateway.send(
                        gateway.request("http", path, admin)
                                .header("Content-Type", "application/json")
                                .header("If-Match", version)
                                .method(
                                        "PATCH",
                                        BodyPublishers.ofString(
                                                "{\"second_factor_required\": " + wanted + "}"))
                                .build());
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(RunningGateway.json(changed).get("second_factor_required").booleanValue())
                .isEqualTo(wanted);
    }

    /** The caller as views see him, in a session that began so. */
    private Caller seen(SignedInPerson person, boolean passwordAlone) {
        var request = new MockHttpServletRequest();
        CurrentCaller.signedIn(request.getSession(), passwordAlone);
        RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
        var contexts = gateway.bean(SecurityContextHolderStrategy.class);
        contexts.setContext(
                new SecurityContextImpl(
                        UsernamePasswordAuthenticationToken.authenticated(
                                person, null, List.of())));
        try {
            return gateway.bean(CurrentCaller.class).required();
        } finally {
            contexts.clearContext();
            RequestContextHolder.resetRequestAttributes();
        }
    }

    @Test
    void withASecondFactorThePasswordAloneOpensNothing() {
        Person person = person("developer");
        var factors = gateway.bean(SecondFactors.class);
        Caller caller = caller(person);
        byte[] secret = base32(factors.begin(caller, person.username()).secret());
        assertThat(new Browser(gateway).signIn(person.username(), PASSWORD))
                .as("not confirmed yet")
                .isEqualTo("/");
        // The step before now: the one of now is left for the sign-in.
        long step = Totp.step(Instant.now());
        List<String> recovery = factors.confirm(caller, "test", Totp.code(secret, step - 1));
        assertThat(recovery).hasSize(10).doesNotHaveDuplicates();

        var browser = new Browser(gateway);
        assertThat(browser.signIn(person.username(), PASSWORD)).isEqualTo("/sign-in/code");
        assertThat(browser.signedIn()).isFalse();
        assertThat(code(browser, "000000")).endsWith("?error");
        assertThat(code(browser, Totp.code(secret, step - 1))).as("replay").endsWith("?error");
        assertThat(code(browser, Totp.code(secret, step))).isEqualTo("/");
        assertThat(browser.signedIn()).isTrue();
        assertThat(sessions(person)).extracting(WebSession::method).contains("password-totp");

        var again = new Browser(gateway);
        again.signIn(person.username(), PASSWORD);
        assertThat(code(again, Totp.code(secret, step))).as("replay").endsWith("?error");
        assertThat(code(again, recovery.getFirst().toLowerCase(java.util.Locale.ROOT)))
                .isEqualTo("/");
        var spent = new Browser(gateway);
        spent.signIn(person.username(), PASSWORD);
        assertThat(code(spent, recovery.getFirst())).as("spent").endsWith("?error");
        assertThat(factors.status(caller).recoveryCodesLeft()).isEqualTo(9);

        assertThat(
                        gateway.one(
                                "select position(? in secret) from totp_secrets where user_id = ?",
                                secret,
                                person.id()))
                .as("sealed")
                .isEqualTo("0");
        factors.remove(caller, "test", recovery.get(1));
        assertThat(new Browser(gateway).signIn(person.username(), PASSWORD)).isEqualTo("/");
    }

    private static String code(Browser browser, String code) {
        return browser.submit("/sign-in/code", Map.of("code", code));
    }

    private static byte[] base32(String text) {
        var bits = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            int value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(text.charAt(i));
            bits.append(String.format("%5s", Integer.toBinaryString(value)).replace(' ', '0'));
        }
        byte[] bytes = new byte[bits.length() / 8];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(bits.substring(8 * i, 8 * i + 8), 2);
        }
        return bytes;
    }

    @Test
    void anAdministratorRemovesASecondFactorThatWasLost() {
        Person person = person("developer");
        var factors = gateway.bean(SecondFactors.class);
        Caller caller = caller(person);
        byte[] secret = base32(factors.begin(caller, person.username()).secret());
        factors.confirm(caller, "test", Totp.code(secret, Totp.step(Instant.now())));
        String path = "/api/v1/admin/users/" + person.id() + "/second-factor";

        assertThat(send("DELETE", path, admin).statusCode()).isEqualTo(204);
        assertThat(factors.status(caller).active()).isFalse();
        assertThat(send("DELETE", path, admin).statusCode()).isEqualTo(404);
    }

    // ------------------------------------------------------------ who guesses

    @Test
    void whoGuessesIsSlowedDownAndNobodyElse() {
        Person person = person("developer");
        var known = new Browser(gateway, "127.0.0.9");
        known.signIn(person.username(), PASSWORD);
        assertThat(known.holds(DeviceMark.COOKIE)).isTrue();
        known.closeSession();

        var stranger = new Browser(gateway, "127.0.0.9");
        for (int i = 0; i <= SignInThrottle.ACCOUNT.free(); i++) {
            assertThat(stranger.signIn(person.username(), "guess " + i)).endsWith("?error");
        }
        assertThat(stranger.signIn(person.username(), PASSWORD))
                .as("even the right one has to wait")
                .contains("?wait=");
        assertThat(known.signIn(person.username(), PASSWORD))
                .as("a browser that was here before, at the same address")
                .isEqualTo("/");
        assertThat(new Browser(gateway, "127.0.0.10").signIn(person.username(), PASSWORD))
                .as("another address")
                .isEqualTo("/");
        assertThat(new Browser(gateway, "127.0.0.9").signIn(person("guest").username(), PASSWORD))
                .as("another account at the same address")
                .isEqualTo("/");
    }

    @Test
    void aKeyHasNoAccount() {
        var key =
                new Caller(
                        tenant,
                        Caller.Kind.API_KEY,
                        UUID.randomUUID().toString(),
                        "key",
                        "key",
                        Set.of(),
                        null,
                        null);
        assertThatThrownBy(() -> gateway.bean(Accounts.class).profile(key))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
    }
}
