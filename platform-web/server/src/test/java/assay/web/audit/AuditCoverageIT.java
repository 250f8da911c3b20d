package assay.web.audit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import assay.web.RunningGateway;
import assay.web.identity.Access;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No endpoint goes unrecorded, but for reads that are on a list. */
class AuditCoverageIT {
    private static final RunningGateway gateway = RunningGateway.shared();
    private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

    static List<Access.Endpoint> endpoints() {
        return Access.endpoints().stream()
                .filter(endpoint -> endpoint.need() != Access.Need.OPEN)
                .toList();
    }

    private static HttpResponse<String> call(Access.Endpoint endpoint, @Nullable String key) {
        String path =
                endpoint.path().getPatternString().replaceAll("\\{[^/}]*}", UUID.randomUUID() + "");
        return gateway.send(
                gateway.request("http", path, key)
                        .header("Content-Type", "application/json")
                        .header("If-Match", "*")
                        .method(
                                endpoint.method(),
                                Set.of("POST", "PUT", "PATCH").contains(endpoint.method())
                                        ? BodyPublishers.ofString("{}")
                                        : BodyPublishers.noBody())
                        .build());
    }

    private static @Nullable String field(HttpResponse<String> response, String field) {
        return gateway.one(
                "select " + field + " from audit_events where correlation->>'request' = ?",
                response.headers().firstValue("X-Request-Id").orElseThrow());
    }

    private static String key(Set<Permission> permissions) {
        String tenant = gateway.one("select id from tenants where slug = 'default'");
        return TestKeys.make(gateway, String.valueOf(tenant), permissions);
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void anAllowedCallLeavesARecord(Access.Endpoint endpoint) {
        var response = call(endpoint, key(EnumSet.allOf(Permission.class)));
        boolean exempt =
                response.statusCode() < 400
                        && UnrecordedReads.ACTIONS.containsKey(endpoint.action());
        assertThat(field(response, "count(*)"))
                .as("%s %s", endpoint.action(), response.body())
                .matches(count -> exempt || !"0".equals(count));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void aCallWithoutAKeyOrWithAWrongOneLeavesARecordOfThePlatforms(Access.Endpoint endpoint) {
        for (String key : new @Nullable String[] {null, "ask_wrong"}) {
            var response = call(endpoint, key);
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(field(response, "tenant_id || action || (outcome->>'result')"))
                    .isEqualTo(NOBODY + endpoint.action() + "denied");
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void aCallWithoutTheRightLeavesARecordOfItsTenants(Access.Endpoint endpoint) {
        var response = call(endpoint, key(Set.of()));
        assertThat(response.statusCode()).isGreaterThanOrEqualTo(400);
        assertThat(field(response, "tenant_id::text")).isNotNull().isNotEqualTo(NOBODY);
    }

    @Test
    void onlyReadsAreExemptAndEachWithAReason() {
        UnrecordedReads.ACTIONS.forEach((action, reason) -> {
            assertThat(reason).isNotBlank();
            assertThat(Access.endpoints())
                    .filteredOn(endpoint -> endpoint.action().equals(action))
                    .isNotEmpty()
                    .allSatisfy(endpoint -> assertThat(endpoint.method()).isEqualTo("GET"));
        });
    }

    @Test
    void aRevokedKeyIsRecordedByItsNameInItsTenant() {
        String key = key(EnumSet.allOf(Permission.class));
        assertThat(
                        gateway.one(
                                "update api_keys set revoked_at = now() where prefix = ?"
                                        + " returning '1'",
                                key.substring(0, 10)))
                .isEqualTo("1");
        var response = gateway.get("/api/v1/jobs", key);
        if (response.statusCode() == 401) { // else the signal of the change is on its way
            assertThat(field(response, "actor->>'name'")).isEqualTo("test");
            assertThat(field(response, "tenant_id::text")).isNotEqualTo(NOBODY);
        }
    }

    @Test
    void theClientsTraceIsRecordedAndGivenBack() {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var response =
                gateway.send(
                        gateway.request("http", "/api/v1/jobs", null)
                                .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                                .GET()
                                .build());
        assertThat(field(response, "correlation->>'trace'")).isEqualTo(trace);
        assertThat(response.headers().firstValue("traceresponse").orElseThrow()).contains(trace);
    }

    @Test
    void idsSortByTime() {
        var first = call(endpoints().getFirst(), null);
        var second = call(endpoints().getFirst(), null);
        String one = requireNonNull(field(first, "id::text"));
        assertThat(one).matches(".{14}7.*");
        assertThat(field(second, "id::text")).isGreaterThan(one);
    }

    @Test
    void anAddressThatAnybodyMayWriteIsNotBelieved() {
        var response =
                gateway.send(
                        gateway.request("http", "/api/v1/jobs", null)
                                .header("X-Forwarded-For", "203.0.113.9")
                                .GET()
                                .build());
        assertThat(field(response, "host(source_ip)")).isEqualTo("127.0.0.1");
    }
}
