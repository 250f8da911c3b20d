package assay.web.identity.federation;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.RunningGateway;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sign-in by a real provider, step by step as a browser does it. */
class OidcSignInIT {
    private static final RunningGateway GATEWAY = RunningGateway.shared();
    private static final String PATH = "/api/v1/admin/sign-in-providers";

    private static TestProvider provider;
    private static String key;

    @BeforeAll
    static void start() {
        provider = new TestProvider();
        key = key(EnumSet.allOf(Permission.class));
    }

    @AfterAll
    static void stop() {
        provider.close();
    }

    private static String key(Set<Permission> scopes) {
        String tenant = GATEWAY.one("select id from tenants where slug = 'default'");
        return TestKeys.make(GATEWAY, String.valueOf(tenant), scopes);
    }

    // ------------------------------------------------------------ what administrators set

    private static Map<String, Object> body(Map<String, Object> different) {
        String client = "assay-" + UUID.randomUUID();
        Map<String, Object> body =
                new HashMap<>(
                        Map.of(
                                "name",
                                "Provider " + UUID.randomUUID(),
                                "issuer",
                                provider.issuer(),
                                "client_id",
                                client,
                                "client_secret",
                                TestProvider.secret(client),
                                "inner_network",
                                true,
                                "mapping",
                                List.of(
                                        Map.of("group", "builders", "role", "developer"),
                                        Map.of("group", "owners", "role", "admin"))));
        body.putAll(different);
        return body;
    }

    private static HttpResponse<String> send(
            String method, String path, Object body, String key, String... headers) {
        var request =
                GATEWAY.request("http", path, key)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                BodyPublishers.ofString(
                                        JsonMapper.shared().writeValueAsString(body)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return GATEWAY.send(request.build());
    }

    /** A provider that is set up on both sides. */
    private record Trusted(String id, JsonNode made, Map<String, Object> body, String etag) {}

    private static Trusted provider(Map<String, Object> different) {
        Map<String, Object> body = body(different);
        var made = send("POST", PATH, body, key);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        JsonNode json = RunningGateway.json(made);
        String id = json.get("id").stringValue();
        provider.register(
                String.valueOf(body.get("client_id")),
                origin() + json.get("redirect_path").stringValue());
        return new Trusted(id, json, body, made.headers().firstValue("ETag").orElseThrow());
    }

    private static String origin() {
        URI uri = GATEWAY.request("http", "/", null).build().uri();
        return uri.getScheme() + "://" + uri.getAuthority();
    }

    // ------------------------------------------------------------ a browser

    /** Keeps cookies and follows redirects, and remembers where it has been. */
    private static final class Browser {
        private static final Pattern TOKEN =
                Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");

        private final HttpClient client =
                HttpClient.newBuilder()
                        .cookieHandler(new CookieManager())
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
        final List<URI> way = new ArrayList<>();

        HttpResponse<String> open(String address) {
            return follow(HttpRequest.newBuilder(URI.create(address)).GET());
        }

        private HttpResponse<String> follow(HttpRequest.Builder first) {
            var request = first.header("Accept", "text/html").build();
            for (int steps = 0; steps < 12; steps++) {
                way.add(request.uri());
                HttpResponse<String> answer = send(request);
                if (answer.statusCode() != 302) {
                    return answer;
                }
                URI next =
                        request.uri()
                                .resolve(answer.headers().firstValue("Location").orElseThrow());
                request = HttpRequest.newBuilder(next).header("Accept", "text/html").GET().build();
            }
            throw new AssertionError("goes round in circles: " + way);
        }

        private HttpResponse<String> send(HttpRequest request) {
            try {
                return client.send(request, BodyHandlers.ofString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /** Fills the provider's own form in. */
        HttpResponse<String> signIn(HttpResponse<String> form, String name) {
            var token = TOKEN.matcher(form.body());
            assertThat(token.find()).as(form.uri() + " " + form.body()).isTrue();
            String fields =
                    "username="
                            + name
                            + "&password="
                            + TestProvider.PASSWORD
                            + "&_csrf="
                            + URLEncoder.encode(token.group(1), StandardCharsets.UTF_8);
            return follow(
                    HttpRequest.newBuilder(form.uri())
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(BodyPublishers.ofString(fields)));
        }

        String place() {
            URI last = way.getLast();
            return last.getPath() + (last.getQuery() == null ? "" : "?" + last.getQuery());
        }
    }

    private static Browser come(String id, String name) {
        var browser = new Browser();
        browser.signIn(browser.open(origin() + "/sign-in/with/" + id), name);
        return browser;
    }

    // ------------------------------------------------------------ tests

    @Test
    void aGroupThatIsMappedLetsAPersonInWithItsRole() {
        provider.setGroups("alice", "builders", "others");
        Trusted set = provider(Map.of());
        var browser = come(set.id(), "alice");

        assertThat(browser.place()).isEqualTo("/");
        assertThat(role("alice", set)).isEqualTo("developer");
        assertThat(user("alice", set, "u.username")).startsWith("default/alice");
        assertThat(user("alice", set, "u.display_name")).isEqualTo("ALICE");
        assertThat(user("alice", set, "u.password_hash is null and not u.operator")).isEqualTo("t");
        URI authorize =
                browser.way.stream()
                        .filter(each -> each.getPath().equals("/oauth2/authorize"))
                        .findFirst()
                        .orElseThrow();
        assertThat(authorize.getQuery())
                .contains("code_challenge_method=S256", "nonce=", "state=", "response_type=code");
        assertThat(
                        GATEWAY.one(
                                "select outcome->>'result' from audit_events where action ="
                                        + " 'sign-in.oidc' and object->>'id' = ?",
                                set.id()))
                .isEqualTo("success");
    }

    @Test
    void theRoleFollowsTheGroupsAtEachSignInAndEndsWithThem() {
        provider.setGroups("bob", "builders");
        Trusted set = provider(Map.of());
        come(set.id(), "bob");
        assertThat(role("bob", set)).isEqualTo("developer");

        provider.setGroups("bob", "owners");
        come(set.id(), "bob");
        assertThat(role("bob", set)).isEqualTo("admin");
        assertThat(user("bob", set, "u.operator")).isEqualTo("f");

        provider.setGroups("bob");
        assertThat(come(set.id(), "bob").place()).isEqualTo("/sign-in?refused=no-role");
        assertThat(role("bob", set)).isNull();
    }

    @Test
    void theLastAdministratorStaysWhateverHisGroupsGiveAndThatIsWrittenDown() {
        provider.setGroups("bob", "owners");
        Trusted set = provider(Map.of());
        come(set.id(), "bob");
        String id = String.valueOf(user("bob", set, "u.id"));
        // Nobody else is one for the moment.
        GATEWAY.one(
                "with others as (update memberships set role = 'developer' where role = 'admin' and"
                        + " user_id <> ?::uuid and tenant_id = (select id from tenants where slug ="
                        + " 'default') returning user_id) select count(*) from others",
                id);
        try {
            provider.setGroups("bob", "builders");
            assertThat(come(set.id(), "bob").place()).isEqualTo("/");
            assertThat(role("bob", set)).isEqualTo("admin");
            assertThat(
                            GATEWAY.one(
                                    "select outcome->>'reason' from audit_events where action ="
                                            + " 'member.change' and object->>'id' = ?",
                                    id))
                    .isEqualTo("LAST_ADMIN");
        } finally {
            GATEWAY.one(
                    "update memberships set role = 'admin' where user_id = (select id from users"
                            + " where username = 'admin') returning '1'");
        }
        come(set.id(), "bob");
        assertThat(role("bob", set)).as("with another beside him").isEqualTo("developer");
    }

    @Test
    void whoIsInNoMappedGroupIsRefusedAndLeavesNoAccount() {
        provider.setGroups("carol", "strangers");
        Trusted set = provider(Map.of());
        String before = GATEWAY.one("select count(*) from users");

        assertThat(come(set.id(), "carol").place()).isEqualTo("/sign-in?refused=no-role");
        assertThat(GATEWAY.one("select count(*) from users")).isEqualTo(before);
        assertThat(
                        GATEWAY.one(
                                "select outcome->>'result' from audit_events where action ="
                                        + " 'sign-in.oidc' and object->>'id' = ?",
                                set.id()))
                .isEqualTo("denied");
    }

    @Test
    void aDefaultRoleLetsInWhoIsInNoMappedGroup() {
        provider.setGroups("carol", "strangers");
        Trusted set = provider(Map.of("default_role", "guest"));
        assertThat(come(set.id(), "carol").place()).isEqualTo("/");
        assertThat(role("carol", set)).isEqualTo("guest");
    }

    @Test
    void theSameNameIsNotTheSamePerson() {
        provider.setGroups("admin", "owners");
        Trusted set = provider(Map.of());
        assertThat(come(set.id(), "admin").place()).isEqualTo("/");
        assertThat(user("admin", set, "u.username")).isNotEqualTo("admin");
        assertThat(user("admin", set, "u.operator")).isEqualTo("f");
    }

    @Test
    void aProviderThatIsDisabledOrRemovedOpensNothing() {
        provider.setGroups("dora", "builders");
        Trusted set = provider(Map.of());
        var off = new HashMap<>(set.body());
        off.put("enabled", false);
        off.remove("client_secret");
        var changed = send("PUT", PATH + "/" + set.id(), off, key, "If-Match", set.etag());
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        var browser = new Browser();
        browser.open(origin() + "/sign-in/with/" + set.id());
        assertThat(browser.place()).isEqualTo("/sign-in?refused=provider");

        // Its secret was kept: enabled again, it works.
        off.put("enabled", true);
        String etag = changed.headers().firstValue("ETag").orElseThrow();
        var again = send("PUT", PATH + "/" + set.id(), off, key, "If-Match", etag);
        assertThat(come(set.id(), "dora").place()).isEqualTo("/");

        etag = again.headers().firstValue("ETag").orElseThrow();
        assertThat(
                        send("DELETE", PATH + "/" + set.id(), Map.of(), key, "If-Match", etag)
                                .statusCode())
                .isEqualTo(204);
        var late = new Browser();
        late.open(origin() + "/sign-in/with/" + set.id());
        assertThat(late.place()).isEqualTo("/sign-in?refused=provider");
    }

    @Test
    void anAnswerThatNobodyAskedForSignsNobodyIn() {
        Trusted set = provider(Map.of());
        var browser = new Browser();
        browser.open(origin() + "/sign-in/from/" + set.id() + "?code=abc&state=xyz");
        assertThat(browser.place()).isEqualTo("/sign-in?refused=provider");
    }

    @Test
    void changesNeedTheVersionThatWasSeen() {
        Trusted set = provider(Map.of());
        assertThat(send("PUT", PATH + "/" + set.id(), set.body(), key).statusCode()).isEqualTo(428);
        assertThat(
                        send("PUT", PATH + "/" + set.id(), set.body(), key, "If-Match", "\"77\"")
                                .statusCode())
                .isEqualTo(412);
        assertThat(GATEWAY.get(PATH + "/" + set.id(), key).body())
                .doesNotContain("shared secret")
                .doesNotContain("client_secret");
        assertThat(
                        GATEWAY.one(
                                "select count(*) from identity_providers where"
                                        + " identity_providers::text like '%shared%'"))
                .isEqualTo("0");
    }

    @Test
    void nobodyMapsARoleThatHeCouldNotGrantNorReachesIntoTheNetwork() {
        String little = key(EnumSet.of(Permission.USER_MANAGE));
        var role =
                send(
                        "POST",
                        PATH,
                        body(Map.of("inner_network", false, "issuer", "https://id.example.org")),
                        little);
        assertThat(role.statusCode()).isEqualTo(403);
        var network = send("POST", PATH, body(Map.of("mapping", List.of())), little);
        assertThat(network.statusCode()).isEqualTo(403);
        assertThat(network.body()).contains("settings:manage");
        var mapped =
                send(
                        "POST",
                        PATH,
                        body(Map.of("mapping", List.of(Map.of("group", "x", "role", "operator")))),
                        key);
        assertThat(mapped.statusCode()).isEqualTo(422);
    }

    @Test
    void anIssuerIsTestedBeforeItIsTrusted() {
        var found =
                send(
                        "POST",
                        PATH + "/test",
                        Map.of("issuer", provider.issuer(), "inner_network", true),
                        key);
        assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
        assertThat(found.body()).contains("/oauth2/authorize");
        for (String wrong :
                List.of(
                        "http://example.org",
                        "https://169.254.169.254",
                        "https://[fe80::1]",
                        "ftp://localhost",
                        "https://user@localhost",
                        provider.issuer() + "/other")) {
            var refused =
                    send(
                            "POST",
                            PATH + "/test",
                            Map.of("issuer", wrong, "inner_network", true),
                            key);
            assertThat(refused.statusCode()).as(wrong + refused.body()).isEqualTo(422);
        }
        var inner = send("POST", PATH + "/test", Map.of("issuer", "https://127.0.0.1:1"), key);
        assertThat(inner.body()).contains("within the server's own network");
    }

    private static @Nullable String user(String subject, Trusted set, String column) {
        return GATEWAY.one(
                "select "
                        + column
                        + " from users u join external_identities e on e.user_id = u.id"
                        + " where e.subject = ? and e.provider_id = ?",
                subject,
                UUID.fromString(set.id()));
    }

    private static @Nullable String role(String subject, Trusted set) {
        return user(subject, set, "(select m.role from memberships m where m.user_id = u.id)");
    }
}
