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
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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

    /** One call of every endpoint in the table; what it is about is there or not. */
    static Stream<Access.Endpoint> endpoints() {
        return Access.endpoints().stream();
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void anEndpointOpensToItsPermissionAndToNoOther(Access.Endpoint endpoint) {
        GenerateReady.until(gateway);
        String method = endpoint.method();
        String path = path(endpoint);
        boolean open = endpoint.need() == Access.Need.OPEN;
        assertThat(status(method, path, null, null)).as("nobody").matches(is -> open == is < 300);
        assertThat(status(method, path, null, "assay_session=0123456789ABCDEF"))
                .as("a session is no key")
                .matches(is -> open ? is < 300 : is == 401);
        assertThat(status(method, path, key(EnumSet.allOf(Permission.class)), null))
                .as("all")
                .isNotIn(401, 403);
        if (endpoint.need() != Access.Need.ANY) {
            assertThat(status(method, path, key(Set.of()), null)).as("none").isNotIn(401, 403);
            return;
        }
        var others = EnumSet.allOf(Permission.class);
        others.removeAll(endpoint.permissions());
        assertThat(status(method, path, key(others), null)).as("all others").isEqualTo(403);
    }

    /** What a key without any other right gets from the work itself, behind the table. */
    @ParameterizedTest
    @MethodSource("endpoints")
    void theRightInTheTableIsEnough(Access.Endpoint endpoint) {
        GenerateReady.until(gateway);
        for (Permission each : endpoint.permissions()) {
            assertThat(status(endpoint.method(), path(endpoint), key(Set.of(each)), null))
                    .as(each.id())
                    .isNotEqualTo(401)
                    .matches(is -> is != 403 || MORE.contains(endpoint.action()));
        }
    }

    /** Acts that take a second right, which depends on what they are about. */
    private static final Set<String> MORE = Set.of("key.create", "key.list", "replica.list");

    @ParameterizedTest
    @CsvSource({"GET, /v2/models/m", "GET, /v1/nothing", "GET, /api/v1/nothing"})
    void whatIsNotThereIsNotThereForKeysAlone(String method, String path) {
        assertThat(status(method, path, null, null)).isEqualTo(401);
        assertThat(status(method, path, key(EnumSet.allOf(Permission.class)), null)).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"GET, /api/v1/generate", "DELETE, /api/v1/jobs", "DELETE, /api/v1/generate"})
    void anotherMethodThanThereIsIsRefused(String method, String path) {
        assertThat(status(method, path, null, null)).isEqualTo(401);
        assertThat(status(method, path, key(EnumSet.allOf(Permission.class)), null)).isEqualTo(405);
    }

    /** The path with something in the place of its parameters that is nobody's. */
    private static String path(Access.Endpoint endpoint) {
        return endpoint.path()
                .getPatternString()
                .replaceAll("\\{[^/}]*}", "5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001");
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
                                Set.of("POST", "PUT", "PATCH").contains(method)
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
                Objects.requireNonNull(
                        signIn.authenticate(
                                UsernamePasswordAuthenticationToken.unauthenticated(
                                        "Admin", RunningGateway.PASSWORD)));
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
