package assay.web.identity.scim;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.RunningGateway;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The exchanges of RFC 7644, section 3, against the running gateway and its database. */
class ScimIT {
    private static final RunningGateway GATEWAY = RunningGateway.shared();
    private static final String SETTINGS = "/api/v1/admin/scim";

    private static String key = "";
    private static String token = "";
    private static String tokenId = "";

    @BeforeAll
    static void setUp() {
        String tenant = GATEWAY.one("select id from tenants where slug = 'default'");
        key = TestKeys.make(GATEWAY, String.valueOf(tenant), EnumSet.allOf(Permission.class));
        var made = GATEWAY.post(SETTINGS + "/tokens", "{\"name\": \"directory\"}", key);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        token = RunningGateway.json(made).get("token").stringValue();
        tokenId = RunningGateway.json(made).get("id").stringValue();
        map(Map.of("group", "Tour Guides", "role", "developer"));
    }

    private static void map(Map<String, String> rule) {
        String etag =
                GATEWAY.get(SETTINGS + "/groups", key).headers().firstValue("ETag").orElseThrow();
        var set =
                GATEWAY.send(
                        GATEWAY.request("http", SETTINGS + "/groups", key)
                                .header("If-Match", etag)
                                .PUT(
                                        BodyPublishers.ofString(
                                                JsonMapper.shared()
                                                        .writeValueAsString(
                                                                Map.of("mapping", List.of(rule)))))
                                .build());
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    }

    private static HttpResponse<String> send(
            String method, String path, @Nullable String body, String... headers) {
        var request =
                GATEWAY.request("http", "/scim/v2" + path, token)
                        .header("Content-Type", "application/scim+json")
                        .method(
                                method,
                                body == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return GATEWAY.send(request.build());
    }

    private static String user(String name, String more) {
        return """
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "%s",
         "name": {"formatted": "Ms. Barbara J Jensen III", "familyName": "Jensen",
                  "givenName": "Barbara"}%s}
        """
                .formatted(name, more);
    }

    private static String patch(String operations) {
        return "{\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"], \"Operations\":"
                + " [%s]}".formatted(operations);
    }

    private static String name() {
        return "bjensen-" + UUID.randomUUID();
    }

    private static String create(String name, String more) {
        var made = send("POST", "/Users", user(name, more));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return RunningGateway.json(made).get("id").stringValue();
    }

    private static String group(String name, String... members) {
        StringBuilder list = new StringBuilder();
        for (String each : members) {
            list.append(list.isEmpty() ? "" : ",").append("{\"value\": \"" + each + "\"}");
        }
        var made =
                send(
                        "POST",
                        "/Groups",
                        "{\"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:Group\"],"
                                + " \"displayName\": \"%s\", \"members\": [%s]}"
                                        .formatted(name, list));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return RunningGateway.json(made).get("id").stringValue();
    }

    private static @Nullable String role(String id) {
        return GATEWAY.one("select role from memberships where user_id = ?", UUID.fromString(id));
    }

    @Test
    void aUserIsMadeReadReplacedAndRemoved() {
        String name = name();
        var made =
                send(
                        "POST",
                        "/Users",
                        user(
                                name,
                                ", \"externalId\": \"e-%s\", \"password\": \"t1meMa$heen\""
                                        .formatted(name)));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        JsonNode json = RunningGateway.json(made);
        String id = json.get("id").stringValue();
        assertThat(made.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/scim+json");
        assertThat(made.headers().firstValue("Location").orElseThrow())
                .isEqualTo(json.path("meta").path("location").stringValue())
                .endsWith("/scim/v2/Users/" + id);
        assertThat(made.headers().firstValue("ETag")).hasValue("W/\"1\"");
        assertThat(json.path("meta").path("resourceType").stringValue()).isEqualTo("User");
        assertThat(json.has("password")).isFalse();
        assertThat(GATEWAY.one("select display_name from users where id = ?", UUID.fromString(id)))
                .isEqualTo("Ms. Barbara J Jensen III");

        assertThat(send("GET", "/Users/" + id, null).body()).isEqualTo(made.body());
        assertThat(send("GET", "/Users/" + id, null, "If-None-Match", "W/\"1\"").statusCode())
                .isEqualTo(304);
        assertThat(send("GET", "/Users/" + id + "?attributes=userName", null).body())
                .contains(name)
                .doesNotContain("Jensen III");

        String replaced = user(name, ", \"nickName\": \"Babs\"");
        assertThat(send("PUT", "/Users/" + id, replaced, "If-Match", "W/\"7\"").statusCode())
                .isEqualTo(412);
        var after = send("PUT", "/Users/" + id, replaced, "If-Match", "W/\"1\"");
        assertThat(after.statusCode()).as(after.body()).isEqualTo(200);
        assertThat(after.body()).contains("Babs").doesNotContain("externalId");
        assertThat(after.headers().firstValue("ETag")).hasValue("W/\"2\"");

        assertThat(send("DELETE", "/Users/" + id, null).statusCode()).isEqualTo(204);
        var gone = send("GET", "/Users/" + id, null);
        assertThat(gone.statusCode()).isEqualTo(404);
        assertThat(RunningGateway.json(gone).get("schemas").get(0).stringValue())
                .isEqualTo("urn:ietf:params:scim:api:messages:2.0:Error");
        assertThat(
                        GATEWAY.one(
                                "select disabled_at is not null from users where id = ?",
                                UUID.fromString(id)))
                .isEqualTo("t");
    }

    @Test
    void aNameIsAUsersOwn() {
        String name = name();
        create(name, "");
        var second = send("POST", "/Users", user(name.toUpperCase(java.util.Locale.ROOT), ""));
        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(RunningGateway.json(second).get("scimType").stringValue())
                .isEqualTo("uniqueness");
    }

    @Test
    void groupsGiveRolesAndTakeThem() {
        String one = create(name(), "");
        String two = create(name(), "");
        assertThat(role(one)).isNull();
        String group = group("Tour Guides", one);
        assertThat(role(one)).isEqualTo("developer");
        assertThat(send("GET", "/Users/" + one, null).body()).contains("Tour Guides");

        var added =
                send(
                        "PATCH",
                        "/Groups/" + group,
                        patch(
                                "{\"op\": \"add\", \"path\": \"members\", \"value\": [{\"value\":"
                                        + " \"%s\"}]}".formatted(two)));
        assertThat(added.statusCode()).as(added.body()).isEqualTo(200);
        assertThat(role(two)).isEqualTo("developer");

        send(
                "PATCH",
                "/Groups/" + group,
                patch(
                        "{\"op\": \"remove\", \"path\": \"members[value eq \\\"%s\\\"]\"}"
                                .formatted(one)));
        assertThat(role(one)).isNull();
        map(Map.of("group", "Tour Guides", "role", "guest"));
        assertThat(role(two)).isEqualTo("guest");
        map(Map.of("group", "Tour Guides", "role", "developer"));
        assertThat(send("DELETE", "/Groups/" + group, null).statusCode()).isEqualTo(204);
        assertThat(role(two)).isNull();
    }

    @Test
    void whoIsNoLongerActiveIsShutOutAtOnce() {
        String id = create(name(), "");
        String group = group("Tour Guides", id);
        assertThat(role(id)).isEqualTo("developer");
        var off =
                send(
                        "PATCH",
                        "/Users/" + id,
                        patch("{\"op\": \"Replace\", \"path\": \"active\", \"value\": \"False\"}"));
        assertThat(off.statusCode()).as(off.body()).isEqualTo(200);
        assertThat(RunningGateway.json(off).get("active").booleanValue()).isFalse();
        assertThat(role(id)).isNull();
        assertThat(GATEWAY.bean(assay.web.identity.Rights.class).of(UUID.fromString(id))).isEmpty();
        send(
                "PATCH",
                "/Users/" + id,
                patch("{\"op\": \"replace\", \"value\": {\"active\": true}}"));
        assertThat(role(id)).isEqualTo("developer");
        send("DELETE", "/Groups/" + group, null);
    }

    @Test
    void theLastAdministratorIsNeverTakenByADirectory() {
        map(Map.of("group", "Owners", "role", "admin"));
        String one = create(name(), "");
        String two = create(name(), "");
        String group = group("Owners", one);
        assertThat(role(one)).isEqualTo("admin");
        // Nobody else is one for the moment.
        GATEWAY.one(
                "with others as (update memberships set role = 'developer' where role = 'admin' and"
                        + " user_id <> ?::uuid and tenant_id = (select tenant_id from memberships where"
                        + " user_id = ?::uuid) returning user_id) select count(*) from others",
                one,
                one);
        try {
            refusedAsTheLast(
                    send(
                            "PATCH",
                            "/Users/" + one,
                            patch("{\"op\": \"replace\", \"value\": {\"active\": false}}")),
                    "scim.user.change");
            refusedAsTheLast(send("DELETE", "/Users/" + one, null), "scim.user.delete");
            refusedAsTheLast(send("DELETE", "/Groups/" + group, null), "scim.group.delete");
            assertThat(role(one)).isEqualTo("admin");

            var handed =
                    send(
                            "PUT",
                            "/Groups/" + group,
                            """
                            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                             "displayName": "Owners", "members": [{"value": "%s"}]}
                            """
                                    .formatted(two));
            assertThat(handed.statusCode()).as(handed.body()).isEqualTo(200);
            assertThat(role(two)).isEqualTo("admin");
            assertThat(role(one)).isNull();
        } finally {
            GATEWAY.one(
                    "update memberships set role = 'admin' where user_id = (select id from users"
                            + " where username = 'admin') returning '1'");
        }
        assertThat(send("DELETE", "/Groups/" + group, null).statusCode()).isEqualTo(204);
        map(Map.of("group", "Tour Guides", "role", "developer"));
    }

    private static void refusedAsTheLast(HttpResponse<String> answer, String action) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
        assertThat(answer.body()).contains("only administrator");
        assertThat(audited(answer)).isEqualTo(action + " failure LAST_ADMIN");
    }

    /** What stands in the audit log of the call. */
    private static @Nullable String audited(HttpResponse<String> answer) {
        return GATEWAY.one(
                "select action || ' ' || (outcome->>'result') || ' ' || (outcome->>'reason') from"
                        + " audit_events where correlation->>'request' = ?",
                answer.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void aCallThatFailsIsWrittenDownToo() {
        var missing = send("DELETE", "/Users/" + UUID.randomUUID(), null);
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(audited(missing)).isEqualTo("scim.user.delete failure NOT_FOUND");
        var unreadable = send("POST", "/Users", "{\"userName\": \"x\"}");
        assertThat(unreadable.statusCode()).isEqualTo(400);
        assertThat(audited(unreadable)).isEqualTo("scim.user.create failure INVALID_REQUEST");
        String name = name();
        create(name, "");
        var taken = send("POST", "/Users", user(name, ""));
        assertThat(taken.statusCode()).isEqualTo(409);
        assertThat(audited(taken)).isEqualTo("scim.user.create failure NAME_TAKEN");
    }

    @Test
    void listsAreFilteredAndPaged() {
        String name = name();
        String id =
                create(
                        name,
                        ", \"emails\": [{\"value\": \"%s@w\", \"type\": \"work\"}]"
                                .formatted(name));
        create(name(), "");
        for (String filter :
                List.of(
                        "userName eq \"" + name + "\"",
                        "emails[type eq \"work\" and value sw \"" + name + "\"]",
                        "id eq \"" + id + "\" and not (active eq false)")) {
            JsonNode list = list("/Users?filter=" + encode(filter));
            assertThat(list.get("totalResults").intValue()).as(filter).isEqualTo(1);
            assertThat(list.get("Resources").get(0).get("id").stringValue()).isEqualTo(id);
        }
        JsonNode page = list("/Users?startIndex=2&count=1");
        assertThat(page.get("itemsPerPage").intValue()).isEqualTo(1);
        assertThat(page.get("startIndex").intValue()).isEqualTo(2);
        assertThat(page.get("totalResults").intValue()).isGreaterThanOrEqualTo(2);
        assertThat(list("/Users?count=0").get("Resources").size()).isZero();
        var wrong = send("GET", "/Users?filter=" + encode("userName like \"x\""), null);
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(RunningGateway.json(wrong).get("scimType").stringValue())
                .isEqualTo("invalidFilter");
    }

    private static JsonNode list(String path) {
        var answer = send("GET", path, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningGateway.json(answer);
    }

    private static String encode(String text) {
        return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void theServerSaysWhatItCan() {
        assertThat(list("/ServiceProviderConfig").path("patch").path("supported").booleanValue())
                .isTrue();
        assertThat(list("/ResourceTypes").get("totalResults").intValue()).isEqualTo(2);
        assertThat(list("/ResourceTypes/User").get("endpoint").stringValue()).isEqualTo("/Users");
        assertThat(list("/Schemas").get("totalResults").intValue()).isEqualTo(3);
        assertThat(list("/Schemas/" + ScimSchemas.GROUP).get("name").stringValue())
                .isEqualTo("Group");
    }

    @Test
    void nobodyComesInWithoutAGoodToken() {
        for (String wrong : new String[] {null, "asct_wrong", key, token + "x"}) {
            var answer = GATEWAY.get("/scim/v2/Users", wrong);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).isPresent();
            assertThat(answer.body()).contains("messages:2.0:Error");
        }
        assertThat(GATEWAY.get("/api/v1/jobs", token).statusCode()).isEqualTo(401);
        assertThat(send("GET", "/nothing", null).statusCode()).isEqualTo(404);
        assertThat(
                        GATEWAY.one(
                                "select count(*) from scim_tokens where scim_tokens::text like ?",
                                "%" + token.substring(12) + "%"))
                .isEqualTo("0");
    }

    @Test
    void aRevokedTokenIsNoneAtOnce() {
        var made =
                RunningGateway.json(
                        GATEWAY.post(SETTINGS + "/tokens", "{\"name\": \"short\"}", key));
        String other = made.get("token").stringValue();
        assertThat(GATEWAY.get("/scim/v2/Users", other).statusCode()).isEqualTo(200);
        var revoked =
                GATEWAY.send(
                        GATEWAY.request(
                                        "http",
                                        SETTINGS + "/tokens/" + made.get("id").stringValue(),
                                        key)
                                .DELETE()
                                .build());
        assertThat(revoked.statusCode()).isEqualTo(204);
        assertThat(GATEWAY.get("/scim/v2/Users", other).statusCode()).isEqualTo(401);
        assertThat(GATEWAY.get(SETTINGS + "/tokens", key).body()).contains(tokenId);
    }

    @Test
    void anotherTenantsPeopleAreNotThere() {
        String tenant = UUID.randomUUID().toString();
        assertThat(
                        GATEWAY.one(
                                "insert into tenants (id, slug, name) values (?::uuid, ?, 'Other')"
                                        + " returning '1'",
                                tenant,
                                "t" + tenant))
                .isEqualTo("1");
        String theirKey = TestKeys.make(GATEWAY, tenant, EnumSet.of(Permission.USER_MANAGE));
        String theirs =
                RunningGateway.json(
                                GATEWAY.post(
                                        SETTINGS + "/tokens", "{\"name\": \"theirs\"}", theirKey))
                        .get("token")
                        .stringValue();
        String id = create(name(), "");
        assertThat(GATEWAY.get("/scim/v2/Users/" + id, theirs).statusCode()).isEqualTo(404);
        assertThat(
                        RunningGateway.json(GATEWAY.get("/scim/v2/Users", theirs))
                                .get("totalResults")
                                .intValue())
                .isZero();
    }

    @Test
    void whoHasAPasswordIsNeverClosedByADirectory() {
        String id = create(name(), "");
        GATEWAY.one(
                "update users set password_hash = 'x' where id = ? returning '1'",
                UUID.fromString(id));
        send("DELETE", "/Users/" + id, null);
        assertThat(
                        GATEWAY.one(
                                "select disabled_at is null from users where id = ?",
                                UUID.fromString(id)))
                .isEqualTo("t");
    }
}
