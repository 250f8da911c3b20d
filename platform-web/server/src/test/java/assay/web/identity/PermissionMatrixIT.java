package assay.web.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.web.RunningGateway;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.AuthenticationException;

/** Every path of the programming interface, asked for by everybody. */
class PermissionMatrixIT {
    private static final String GENERATE = "{\"prompt\":\"a\",\"max_tokens\":1}";

    private final RunningGateway gateway = RunningGateway.shared();

    @BeforeEach
    void oneReplicaServes() {
        gateway.cluster.publish(gateway.cluster.route());
    }

    @ParameterizedTest
    @CsvSource({
        // method, path, anonymous, guest's session, developer key, key without scope, all scopes
        "POST, /api/v1/generate, 401, 401, 200, 403, 200",
        "GET, /api/v1/generate, 401, 401, 405, 405, 405",
        "GET, /v1/models, 401, 401, 200, 403, 200",
        "GET, /v2/health/live, 200, 200, 200, 200, 200",
        "GET, /v2/health/ready, 200, 200, 200, 200, 200",
        "GET, /v2/models/m, 401, 401, 404, 404, 404",
        "GET, /v1/nothing, 401, 401, 404, 404, 404",
        "GET, /api/v1/nothing, 401, 401, 404, 404, 404",
        "POST, /api/v1/jobs, 401, 401, 422, 403, 422",
        "GET, /api/v1/jobs, 401, 401, 200, 403, 200",
        "GET, /api/v1/jobs/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001, 401, 401, 404, 403, 404",
        "GET, /api/v1/jobs/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/results, 401, 401, 404, 403, 404",
        "POST, /api/v1/jobs/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/pause, 401, 401, 404, 403, 404",
        "POST, /api/v1/jobs/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/resume, 401, 401, 404, 403, 404",
        "POST, /api/v1/jobs/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/cancel, 401, 401, 404, 403, 404",
        "POST, /api/v1/jobs/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/retry, 401, 401, 404, 403, 404",
        "GET, /api/v1/admin/job-shares, 401, 401, 403, 403, 200",
        "PUT, /api/v1/admin/job-shares/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001, 401, 401, 403, 403,"
                + " 422",
        "DELETE, /api/v1/jobs, 401, 401, 405, 405, 405",
        "DELETE, /api/v1/generate, 401, 401, 405, 405, 405",
        "GET, /api/v1/admin/invitations, 401, 401, 403, 403, 200",
        "POST, /api/v1/admin/invitations, 401, 401, 403, 403, 422",
        "DELETE, /api/v1/admin/invitations/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001"
                + ", 401, 401, 403, 403, 404",
        "GET, /api/v1/admin/users/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/sessions"
                + ", 401, 401, 403, 403, 404",
        "DELETE, /api/v1/admin/users/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/sessions"
                + ", 401, 401, 403, 403, 404",
        "POST, /api/v1/admin/users/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/password-reset"
                + ", 401, 401, 403, 403, 404",
        "DELETE, /api/v1/admin/users/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/password-reset"
                + ", 401, 401, 403, 403, 404",
        "DELETE, /api/v1/admin/users/5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001/second-factor"
                + ", 401, 401, 403, 403, 404",
        "GET, /api/v1/admin/nodes, 401, 401, 200, 403, 200",
        "GET, /api/v1/admin/nodes/node-1, 401, 401, 200, 403, 200",
        "GET, /api/v1/admin/nodes/node-1/trend, 401, 401, 200, 403, 200",
        "GET, /api/v1/admin/nodes/node-1/history, 401, 401, 200, 403, 200",
        "POST, /api/v1/admin/nodes/node-1/cordon, 401, 401, 403, 403, 422",
        "POST, /api/v1/admin/nodes/node-1/uncordon, 401, 401, 403, 403, 200",
        "POST, /api/v1/admin/nodes/node-1/drain, 401, 401, 403, 403, 422",
        "POST, /api/v1/admin/nodes/node-1/labels, 401, 401, 403, 403, 422",
        "POST, /api/v1/admin/nodes/node-1/taints, 401, 401, 403, 403, 422",
        "DELETE, /api/v1/admin/nodes/node-1, 401, 401, 403, 403, 409",
        "POST, /api/v1/admin/nodes/accept-loss, 401, 401, 403, 403, 200",
        "GET, /api/v1/admin/replicas, 401, 401, 403, 403, 200",
        "GET, /api/v1/admin/replicas/r-1/history, 401, 401, 403, 403, 200",
        "GET, /api/v1/admin/deployments, 401, 401, 403, 403, 200",
        "GET, /api/v1/admin/deployments/assistant, 401, 401, 403, 403, 200",
        "GET, /api/v1/admin/deployments/assistant/history, 401, 401, 403, 403, 200",
        "POST, /api/v1/admin/deployments, 401, 401, 403, 403, 422",
        "PUT, /api/v1/admin/deployments/assistant, 401, 401, 403, 403, 422",
        "POST, /api/v1/admin/deployments/plan, 401, 401, 403, 403, 422",
        "DELETE, /api/v1/admin/deployments/nothing, 401, 401, 403, 403, 404",
    })
    void answers(
            String method,
            String path,
            int anonymous,
            int guest,
            int developer,
            int without,
            int all) {
        GenerateReady.until(gateway);
        assertThat(status(method, path, null, null)).as("anonymous").isEqualTo(anonymous);
        assertThat(status(method, path, null, "assay_session=0123456789ABCDEF"))
                .as("guest")
                .isEqualTo(guest);
        assertThat(status(method, path, gateway.key(), null)).as("key").isEqualTo(developer);
        assertThat(status(method, path, key(Set.of()), null)).as("none").isEqualTo(without);
        assertThat(status(method, path, key(EnumSet.allOf(Permission.class)), null))
                .as("all")
                .isEqualTo(all);
    }

    private int status(String method, String path, @Nullable String key, @Nullable String cookie) {
        return send(method, path, key, cookie).statusCode();
    }

    private HttpResponse<String> send(
            String method, String path, @Nullable String key, @Nullable String cookie) {
        var request =
                gateway.request("http", path, key)
                        .method(
                                method,
                                method.equals("POST") || method.equals("PUT")
                                        ? BodyPublishers.ofString(GENERATE)
                                        : BodyPublishers.noBody());
        if (cookie != null) {
            request.header("Cookie", cookie);
        }
        return gateway.send(request.build());
    }

    private String key(Set<Permission> scopes) {
        String tenant = gateway.one("select id from tenants where slug = 'default'");
        return TestKeys.make(gateway, String.valueOf(tenant), scopes);
    }

    @Test
    void aRefusalWithoutTheScopeIsRecorded() {
        var response = send("POST", "/api/v1/generate", key(Set.of()), null);
        assertThat(response.body()).contains("inference:invoke");
        assertThat(
                        gateway.one(
                                "select outcome->>'result' from audit_events"
                                        + " where correlation->>'request' = ?",
                                response.headers().firstValue("X-Request-Id").orElseThrow()))
                .isEqualTo("denied");
    }

    @Test
    void aRevokedOrExpiredKeyIsNoKey() {
        String key = key(EnumSet.allOf(Permission.class));
        assertThat(status("GET", "/v1/models", key, null)).isEqualTo(200);
        change("update api_keys set revoked_at = now() where prefix = ?", key);
        awaitRefused(key);

        String expired = key(EnumSet.allOf(Permission.class));
        change("update api_keys set expires_at = now() where prefix = ?", expired);
        awaitRefused(expired);
    }

    private void awaitRefused(String key) {
        await().atMost(Duration.ofSeconds(2))
                .until(() -> status("GET", "/v1/models", key, null) == 401);
    }

    private void change(String sql, String key) {
        String told = " returning (select '1' from pg_notify('assay_signals', 'key ' || id))";
        assertThat(gateway.one(sql + told, ApiKeyText.prefix(key))).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ask_wrong", "", "Basic abc"})
    void aWrongKeyIsTold401WithTheScheme(String key) {
        var response = send("GET", "/v1/models", key, null);
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate"))
                .hasValue("Bearer realm=\"assay\"");
        assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/problem+json");
        assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void keysAreStoredAsKeyedHashesOnly() {
        String key = gateway.key();
        assertThat(
                        gateway.one(
                                "select octet_length(key_hash) from api_keys"
                                        + " where name = 'first key'"))
                .isEqualTo("32");
        assertThat(
                        gateway.one(
                                "select count(*) from api_keys"
                                        + " where api_keys::text like '%' || ? || '%'",
                                key.substring(10)))
                .isEqualTo("0");
        assertThat(gateway.one("select scopes::text from api_keys where name = 'first key'"))
                .isEqualTo("{batch:run,inference:invoke,model:read,node:read,verification:run}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/health/live", "/v1/models", "/error", "/"})
    void everyAnswerCarriesTheSecurityHeaders(String path) {
        var headers = send("GET", path, null, null).headers();
        assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(headers.firstValue("X-Frame-Options")).hasValue("DENY");
        assertThat(headers.firstValue("Referrer-Policy")).hasValue("no-referrer");
        assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
                .contains("frame-ancestors 'none'")
                .contains("default-src");
        assertThat(headers.firstValue("Server")).isEmpty();
        assertThat(headers.firstValue("Strict-Transport-Security")).isEmpty();
    }

    @Test
    void theAdministratorSignsInWithTheFirstPasswordAndNoOther() {
        var signIn = gateway.bean(AuthenticationProvider.class);
        var person =
                signIn.authenticate(
                        UsernamePasswordAuthenticationToken.unauthenticated(
                                "Admin", RunningGateway.PASSWORD));
        assertThat(person.getPrincipal())
                .isInstanceOfSatisfying(
                        SignedInPerson.class,
                        admin ->
                                assertThat(standing(admin).permissions())
                                        .containsExactlyInAnyOrder(Permission.values()));
        for (String[] wrong :
                new String[][] {{"admin", "wrong"}, {"nobody", RunningGateway.PASSWORD}}) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                            signIn.authenticate(
                                    UsernamePasswordAuthenticationToken.unauthenticated(
                                            wrong[0], wrong[1])))
                    .isInstanceOf(AuthenticationException.class);
        }
        assertThat(gateway.one("select password_hash from users")).startsWith("$argon2id$v=19$");
    }

    private Standing standing(SignedInPerson person) {
        return gateway.bean(Rights.class).find(person.tenantId(), person.userId()).orElseThrow();
    }

    @Test
    void theSignInFormOpensASessionOrSaysThatItFailed() {
        var good = signIn(RunningGateway.PASSWORD);
        assertThat(good.statusCode()).isEqualTo(302);
        assertThat(good.headers().firstValue("Location").orElseThrow()).doesNotContain("error");
        assertThat(good.headers().firstValue("Set-Cookie").orElseThrow())
                .startsWith("assay_session=")
                .contains("HttpOnly")
                .contains("SameSite=Lax");
        var bad = signIn("wrong");
        assertThat(bad.headers().firstValue("Location").orElseThrow()).endsWith("sign-in?error");
        // A session is no key.
        String cookie = good.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(status("GET", "/v1/models", null, cookie)).isEqualTo(401);
    }

    private HttpResponse<String> signIn(String password) {
        return gateway.send(
                gateway.request("http", "/sign-in", null)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                BodyPublishers.ofString(
                                        "username=admin&password="
                                                + URLEncoder.encode(
                                                        password, StandardCharsets.UTF_8)))
                        .build());
    }

    /** Waits until the route has arrived. */
    private static final class GenerateReady {
        static void until(RunningGateway gateway) {
            await().until(() -> gateway.get("/v2/health/ready", null).statusCode() == 200);
        }
    }
}
