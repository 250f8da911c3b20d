package assay.web.tenants;

import static assay.web.tenants.AdminApi.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import assay.web.RunningGateway;
import assay.web.WebException;
import assay.web.identity.AdminKeys;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import tools.jackson.databind.JsonNode;

/** Tenants, members, roles and keys over REST, on a real database. */
class TenantsIT {
    private static final Duration AT_ONCE = Duration.ofSeconds(2);
    private static final String GUESTS =
            "{\"guests\":{\"allowed\":%s,\"scenarios\":[\"theorem\"],\"per_minute\":null,"
                    + "\"retention_days\":30}}";

    private final RunningGateway gateway = RunningGateway.shared();
    private AdminApi operator;
    private UUID home;

    @BeforeEach
    void anOperator() {
        operator = new AdminApi(gateway, AdminKeys.create(gateway));
        home = UUID.fromString(gateway.one("select id from tenants where slug = 'default'"));
    }

    private HttpResponse<String> tenant(String name) {
        String slug = "t-" + UUID.randomUUID();
        var made =
                operator.post(
                        "/tenants", "{\"slug\":\"%s\",\"name\":\"%s\"}".formatted(slug, name));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return made;
    }

    private String key(HttpResponse<String> tenant, Permission... scopes) {
        return TestKeys.make(
                gateway, json(tenant).get("id").stringValue(), EnumSet.copyOf(Set.of(scopes)));
    }

    private int models(String key) {
        return gateway.get("/v1/models", key).statusCode();
    }

    @Test
    void aTenantIsMadeRenamedSuspendedAndResumed() {
        var made = tenant("Acme");
        String path = "/tenants/" + json(made).get("id").stringValue();
        assertThat(made.headers().firstValue("Location")).hasValue("/api/v1/admin" + path);
        String key = key(made, Permission.MODEL_READ);
        assertThat(models(key)).isEqualTo(200);

        var renamed = operator.change("PATCH", path, "{\"name\":\"Acme & Sons\"}", made);
        assertThat(json(renamed).get("name").stringValue()).isEqualTo("Acme & Sons");
        var suspended = operator.change("POST", path + "/suspend", "", renamed);
        assertThat(json(suspended).get("state").stringValue()).isEqualTo("suspended");
        await().atMost(AT_ONCE).until(() -> models(key) == 401);
        assertThat(operator.change("POST", path + "/suspend", "", suspended).statusCode())
                .isEqualTo(409);
        operator.change("POST", path + "/resume", "", suspended);
        await().atMost(AT_ONCE).until(() -> models(key) == 200);
    }

    @Test
    void whoDidNotSeeTheNewestVersionChangesNothing() {
        var made = tenant("Acme");
        String path = "/tenants/" + json(made).get("id").stringValue();
        operator.change("PATCH", path, "{\"name\":\"First\"}", made);
        var late = operator.change("PATCH", path, "{\"name\":\"Second\"}", made);
        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(json(late).get("type").stringValue())
                .isEqualTo("urn:assay:problem:version-conflict");
        var blind = operator.send("PATCH", path, "{\"name\":\"Third\"}", null);
        assertThat(blind.statusCode()).isEqualTo(428);
        assertThat(json(operator.get(path)).get("name").stringValue()).isEqualTo("First");
    }

    @Test
    void aGuestBelongsToTheTenantWhoseLinkHeCameByAndOnlyWhereGuestsAre() {
        var made = tenant("Acme");
        String slug = json(made).get("slug").stringValue();
        String path = "/tenants/" + json(made).get("id").stringValue();
        var callers = gateway.bean(CurrentCaller.class);
        RequestContextHolder.setRequestAttributes(
                new ServletRequestAttributes(new MockHttpServletRequest()));
        try {
            for (String closed : List.of(slug, "no-such-tenant")) {
                assertThatThrownBy(() -> callers.comeAsGuestOf(closed))
                        .isInstanceOf(WebException.class)
                        .hasMessage("guests are not allowed here: sign in");
            }
            assertThat(callers.guest().tenantId()).as("as before").isEqualTo(home);

            var open = operator.change("PATCH", path, GUESTS.formatted(true), made);
            callers.comeAsGuestOf(slug);
            assertThat(callers.guest().tenantId()).hasToString(json(made).get("id").stringValue());
            operator.change("PATCH", path, GUESTS.formatted(false), open);
            assertThatThrownBy(callers::guest).isInstanceOf(WebException.class);
        } finally {
            RequestContextHolder.resetRequestAttributes();
        }
    }

    @Test
    void everyWrongFieldIsNamed() {
        var refused = operator.post("/tenants", "{\"slug\":5,\"nome\":\"x\"}");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(json(refused).get("errors").findValuesAsString("field"))
                .containsExactlyInAnyOrder("slug", "nome", "name");
        var made = tenant("Acme");
        String slug = json(made).get("slug").stringValue();
        var taken = operator.post("/tenants", "{\"slug\":\"" + slug + "\",\"name\":\"x\"}");
        assertThat(json(taken).get("type").stringValue()).endsWith("name-taken");
    }

    @Test
    void aTenantIsDeletedOnlyByItsNameAndCanBeRestored() {
        var made = tenant("Acme");
        String id = json(made).get("id").stringValue();
        String slug = json(made).get("slug").stringValue();
        String key = key(made, Permission.MODEL_READ);
        String path = "/tenants/" + id;
        assertThat(operator.change("DELETE", path + "?confirm=other", "", made).statusCode())
                .isEqualTo(422);
        var deleting = operator.change("DELETE", path + "?confirm=" + slug, "", made);
        assertThat(json(deleting).get("state").stringValue()).isEqualTo("deleting");
        assertThat(Instant.parse(json(deleting).get("delete_after").stringValue()))
                .isAfter(Instant.now().plus(Duration.ofDays(6)));
        await().atMost(AT_ONCE).until(() -> models(key) == 401);
        operator.change("POST", path + "/restore", "", deleting);
        await().atMost(AT_ONCE).until(() -> models(key) == 200);
    }

    @Test
    void afterTheTimeOfGraceOnlyTheAuditLogIsLeft() {
        var made = tenant("Gone");
        String id = json(made).get("id").stringValue();
        key(made, Permission.MODEL_READ);
        String path = "/tenants/" + id;
        operator.change(
                "DELETE", path + "?confirm=" + json(made).get("slug").stringValue(), "", made);
        gateway.one(
                "update tenants set delete_after = now() - interval '1 second' where id = ?::uuid"
                        + " returning 1",
                id);
        gateway.bean(TenantPurge.class).run();
        assertThat(gateway.one("select state from tenants where id = ?::uuid", id))
                .isEqualTo("deleted");
        assertThat(gateway.one("select count(*) from api_keys where tenant_id = ?::uuid", id))
                .isEqualTo("0");
        assertThat(operator.get(path).statusCode()).isEqualTo(404);
        assertThat(
                        gateway.one(
                                "select count(*) from audit_events where object->>'id' = ?"
                                        + " and action = 'tenant.delete'",
                                id))
                .isEqualTo("1");
    }

    @Test
    void anExportHoldsWhatTheTenantOwnsAndNoSecret() throws Exception {
        var made = tenant("Acme");
        key(made, Permission.MODEL_READ);
        Map<String, String> files = export(json(made).get("id").stringValue());
        assertThat(files.get("tenant.json")).contains("Acme");
        assertThat(files.get("api_keys.ndjson")).contains("model:read").doesNotContain("key_hash");
        assertThat(files).containsKeys("memberships.ndjson", "verifications.ndjson");
    }

    private Map<String, String> export(String tenant) throws IOException, InterruptedException {
        HttpRequest request =
                gateway.request(
                                "http",
                                "/api/v1/admin/tenants/" + tenant + "/export",
                                operator.key())
                        .build();
        byte[] bytes =
                java.net.http.HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofByteArray())
                        .body();
        Map<String, String> files = new HashMap<>();
        try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (var each = zip.getNextEntry(); each != null; each = zip.getNextEntry()) {
                files.put(each.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return files;
    }

    @Test
    void nobodyGivesWhatHeDoesNotHold() {
        var made = tenant("Acme");
        var roles =
                new AdminApi(gateway, key(made, Permission.ROLE_MANAGE, Permission.USER_MANAGE));
        var own = roles.post("/roles", "{\"name\":\"hr\",\"permissions\":[\"user:manage\"]}");
        assertThat(own.statusCode()).isEqualTo(201);
        var more =
                roles.post(
                        "/roles",
                        "{\"name\":\"x\",\"permissions\":[\"user:manage\",\"audit:read\"]}");
        assertThat(more.statusCode()).isEqualTo(403);
        assertThat(json(more).get("detail").stringValue()).contains("audit:read");
        String path = "/roles/" + json(own).get("id").stringValue();
        assertThat(
                        roles.change(
                                        "PUT",
                                        path,
                                        "{\"name\":\"hr\",\"permissions\":[\"node:manage\"]}",
                                        own)
                                .statusCode())
                .isEqualTo(403);
        assertThat(
                        roles.send(
                                        "PUT",
                                        "/roles/admin",
                                        "{\"name\":\"a\",\"permissions\":[]}",
                                        "*")
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void aRoleThatChangesChangesWhatItsMembersMayAtOnce() {
        var made = tenant("Acme");
        UUID tenant = UUID.fromString(json(made).get("id").stringValue());
        var admin =
                new AdminApi(
                        gateway,
                        TestKeys.make(gateway, tenant.toString(), EnumSet.allOf(Permission.class)));
        var role =
                admin.post(
                        "/roles",
                        "{\"name\":\"reader\",\"permissions\":[\"model:read\",\"key:own\"]}");
        String path = "/roles/" + json(role).get("id").stringValue();
        UUID person = person();
        var member = member(admin, person, json(role).get("id").stringValue());
        assertThat(member.statusCode()).as(member.body()).isEqualTo(201);
        String key = TestKeys.owned(gateway, tenant, person, Set.of(Permission.MODEL_READ));
        assertThat(models(key)).isEqualTo(200);

        var changed =
                admin.change(
                        "PUT", path, "{\"name\":\"reader\",\"permissions\":[\"key:own\"]}", role);
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        await().atMost(AT_ONCE).until(() -> models(key) == 403);
        assertThat(admin.change("DELETE", path, "", changed).statusCode()).isEqualTo(409);

        String memberPath = "/members/" + person;
        assertThat(admin.change("DELETE", memberPath, "", member).statusCode()).isEqualTo(204);
        await().atMost(AT_ONCE).until(() -> models(key) == 401);
        assertThat(admin.change("DELETE", path, "", changed).statusCode()).isEqualTo(204);
    }

    private UUID person() {
        UUID id = UUID.randomUUID();
        gateway.one(
                "insert into users (id, username, display_name, password_hash)"
                        + " values (?, 'u-' || ?::text, 'U', 'x') returning 1",
                id,
                id.toString());
        return id;
    }

    private static HttpResponse<String> member(AdminApi admin, UUID person, String role) {
        return admin.post(
                "/members", "{\"username\":\"u-%s\",\"role\":\"%s\"}".formatted(person, role));
    }

    @Test
    void theLastAdministratorStays() {
        var made = tenant("Acme");
        var admin =
                new AdminApi(
                        gateway,
                        TestKeys.make(
                                gateway,
                                json(made).get("id").stringValue(),
                                EnumSet.allOf(Permission.class)));
        UUID first = person();
        var only = member(admin, first, "admin");
        String path = "/members/" + first;
        var refused = admin.change("PUT", path, "{\"role\":\"developer\"}", only);
        assertThat(json(refused).get("type").stringValue()).endsWith("last-admin");
        assertThat(admin.change("DELETE", path, "", only).statusCode()).isEqualTo(409);
        member(admin, person(), "admin");
        assertThat(admin.change("PUT", path, "{\"role\":\"developer\"}", only).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aKeyIsShownOnceRotatedWithOverlapAndRevoked() {
        var made =
                operator.post(
                        "/keys",
                        """
                        {"name":"ci","scopes":["model:read"],"owner":"tenant",
                         "expires_at":"2099-01-01T00:00:00Z"}
                        """);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String key = json(made).get("key").stringValue();
        assertThat(key).startsWith("ask_").hasSize(50);
        assertThat(models(key)).isEqualTo(200);
        assertThat(operator.get("/keys?all=true").body()).doesNotContain(key);

        String path = "/keys/" + json(made).get("id").stringValue();
        var next = operator.change("POST", path + "/rotate", "{\"overlap_seconds\":60}", made);
        String second = json(next).get("key").stringValue();
        assertThat(models(key)).as("both are good for a while").isEqualTo(200);
        assertThat(models(second)).isEqualTo(200);
        assertThat(json(next).get("follows").stringValue())
                .isEqualTo(json(made).get("id").stringValue());

        assertThat(operator.send("DELETE", path, "", "*").statusCode()).isEqualTo(204);
        await().atMost(AT_ONCE).until(() -> models(key) == 401);
        assertThat(models(second)).isEqualTo(200);
    }

    @Test
    void aKeyIsGoodFromItsNetworksAlone() {
        String elsewhere = made("\"networks\":[\"192.0.2.0/24\",\"2001:db8::/32\"]");
        assertThat(models(elsewhere)).isEqualTo(403);
        assertThat(models(made("\"networks\":[\"127.0.0.0/8\",\"::1\"]"))).isEqualTo(200);
        var wrong =
                operator.post(
                        "/keys",
                        "{\"name\":\"x\",\"scopes\":[\"model:read\"],\"owner\":\"tenant\","
                                + "\"networks\":[\"here\"]}");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(json(wrong).get("errors").findValuesAsString("field"))
                .containsExactly("networks");
    }

    private String made(String more) {
        JsonNode made =
                json(
                        operator.post(
                                "/keys",
                                "{\"name\":\"x\",\"scopes\":[\"model:read\",\"inference:invoke\"],"
                                        + "\"owner\":\"tenant\","
                                        + more
                                        + "}"));
        return made.get("key").stringValue();
    }

    @Test
    void aKeyForOneModelAsksNoOther() {
        gateway.cluster.publish(gateway.cluster.route());
        String key = made("\"models\":[\"another-model\"]");
        var refused = gateway.post("/api/v1/generate", "{\"prompt\":\"a\",\"max_tokens\":1}", key);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(json(gateway.get("/v1/models", key)).get("data")).isEmpty();
    }

    @Test
    void ofAnotherTenantNothingCanBeSeenOrTouched() {
        var theirs = tenant("Theirs");
        String tenantId = json(theirs).get("id").stringValue();
        var their =
                new AdminApi(
                        gateway, TestKeys.make(gateway, tenantId, EnumSet.allOf(Permission.class)));
        String key =
                json(their.post(
                                "/keys",
                                "{\"name\":\"k\",\"scopes\":[\"model:read\"],"
                                        + "\"owner\":\"tenant\"}"))
                        .get("id")
                        .stringValue();
        String role =
                json(their.post("/roles", "{\"name\":\"r\",\"permissions\":[]}"))
                        .get("id")
                        .stringValue();
        UUID person = person();
        member(their, person, "developer");

        var mine =
                new AdminApi(
                        gateway,
                        TestKeys.make(
                                gateway, home.toString(), Permission.of(Permission.Level.TENANT)));
        for (String[] act :
                new String[][] {
                    {"GET", "/tenants/" + tenantId, ""},
                    {"PATCH", "/tenants/" + tenantId, "{\"name\":\"mine\"}"},
                    {"PATCH", "/keys/" + key, "{\"name\":\"mine\"}"},
                    {"POST", "/keys/" + key + "/rotate", "{}"},
                    {"DELETE", "/keys/" + key, ""},
                    {"PUT", "/roles/" + role, "{\"name\":\"mine\",\"permissions\":[]}"},
                    {"DELETE", "/roles/" + role, ""},
                    {"PUT", "/members/" + person, "{\"role\":\"guest\"}"},
                    {"DELETE", "/members/" + person, ""},
                }) {
            assertThat(mine.send(act[0], act[1], act[2], "*").statusCode())
                    .as(act[0] + " " + act[1])
                    .isEqualTo(404);
        }
        assertThat(mine.get("/members").body()).doesNotContain(person.toString());
        assertThat(mine.get("/roles").body()).doesNotContain(role);
        assertThat(mine.get("/keys?all=true").body()).doesNotContain(key);
    }

    @Test
    void aCreateThatIsSentTwiceIsDoneOnce() {
        String body = "{\"name\":\"ci\",\"scopes\":[\"model:read\"],\"owner\":\"tenant\"}";
        String sign = UUID.randomUUID().toString();
        var first = signed(sign, body);
        var second = signed(sign, body);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(second.statusCode()).isEqualTo(201);
        assertThat(json(second)).isEqualTo(json(first));
        assertThat(second.headers().firstValue("ETag"))
                .isEqualTo(first.headers().firstValue("ETag"));
        assertThat(second.headers().firstValue("Idempotent-Replayed")).hasValue("true");
        assertThat(
                        gateway.one(
                                "select count(*) from idempotent_answers"
                                        + " where position(? in encode(body, 'escape')) > 0",
                                json(first).get("key").stringValue()))
                .as("kept sealed")
                .isEqualTo("0");
        var other = signed(sign, body.replace("ci", "cd"));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(json(other).get("type").stringValue()).endsWith("idempotency-key-reused");
        var wrong = signed("w" + sign, "{}");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(signed("w" + sign, body).statusCode())
                .as("what failed is not kept")
                .isEqualTo(201);
    }

    private HttpResponse<String> signed(String sign, String body) {
        return gateway.send(
                gateway.request("http", "/api/v1/admin/keys", operator.key())
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", sign)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }

    @Test
    void whatWasDoneAndWhatWasRefusedIsRecorded() {
        var made = tenant("Acme");
        assertThat(
                        gateway.one(
                                "select outcome->>'result' from audit_events"
                                        + " where action = 'tenant.create' and object->>'id' = ?",
                                json(made).get("id").stringValue()))
                .isEqualTo("success");
        var nobody = new AdminApi(gateway, TestKeys.make(gateway, home.toString(), Set.of()));
        String request = nobody.get("/tenants").headers().firstValue("X-Request-Id").orElseThrow();
        assertThat(
                        gateway.one(
                                "select outcome->>'result' from audit_events"
                                        + " where correlation->>'request' = ?",
                                request))
                .isEqualTo("denied");
    }
}
