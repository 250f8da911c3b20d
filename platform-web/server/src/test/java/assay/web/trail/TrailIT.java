package assay.web.trail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.web.RunningGateway;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TrailIT {
    private static final String ROOT = "/api/v1/admin/audit";

    private final RunningGateway gateway = RunningGateway.shared();
    private final UUID tenant = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();
    private String key = "";

    @BeforeEach
    void twoTenantsWithRecords() {
        gateway.one("select audit_make_day(current_date - 1)");
        for (UUID each : new UUID[] {tenant, other}) {
            gateway.one(
                    "insert into tenants (id, slug, name) values (?, 't-' || ?::text, 'T') returning 1",
                    each,
                    each.toString());
            gateway.one(
                    """
                    with made as (
                        insert into audit_events (id, at, tenant_id, actor, source_ip, action, object,
                            request, outcome, duration_nanos, correlation, details)
                        select gen_random_uuid(), now() - n * interval '1 second', ?::uuid,
                            jsonb_build_object('kind', 'user', 'id', 'u' || n % 3, 'name', '=n' || n % 3),
                            '10.0.0.1', case n % 2 when 0 then 'thing.make' else 'thing.break' end,
                            jsonb_build_object('type', 'thing', 'id', 'o' || n),
                            '{"method":"POST","path":"/x"}', '{"result":"success","status":200}', 5,
                            jsonb_build_object('request', 'r' || n), '{}'
                        from generate_series(1, 2500) n
                        returning 1)
                    select count(*) from made
                    """,
                    each);
        }
        key =
                TestKeys.make(
                        gateway,
                        tenant.toString(),
                        Set.of(Permission.AUDIT_READ, Permission.AUDIT_EXPORT));
    }

    private HttpResponse<String> get(String path) {
        return gateway.get(ROOT + path, key);
    }

    private HttpResponse<String> send(
            String method, String path, String body, @Nullable String version) {
        var request =
                gateway.request("http", ROOT + path, key)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body));
        if (version != null) {
            request.header("If-Match", version);
        }
        return gateway.send(request.build());
    }

    private static JsonNode json(HttpResponse<String> response) {
        return RunningGateway.json(response);
    }

    @Test
    void aSearchGoesPageByPageAndSeesItsTenantAlone() {
        int found = 0;
        String cursor = "";
        do {
            JsonNode page =
                    json(
                            get(
                                    "/events?action=thing.*&limit=500"
                                            + (cursor.isEmpty() ? "" : "&cursor=" + cursor)));
            for (JsonNode each : page.get("events")) {
                assertThat(each.get("tenant").stringValue()).isEqualTo(tenant.toString());
                found++;
            }
            cursor = page.get("next").isNull() ? "" : page.get("next").stringValue();
        } while (!cursor.isEmpty());
        assertThat(found).isEqualTo(2500);
    }

    @Test
    void everySearchLeavesARecordWithWhatWasAsked() {
        String request =
                get("/events?action=thing.make&text=x")
                        .headers()
                        .firstValue("X-Request-Id")
                        .orElseThrow();
        assertThat(
                        gateway.one(
                                "select action || ' ' || (details->>'action') || ' ' || (details->>'text')"
                                        + " from audit_events where correlation->>'request' = ?",
                                request))
                .isEqualTo("audit.search thing.make x");
    }

    @Test
    void aHistogramCountsAllOfTheTenant() {
        JsonNode histogram = json(get("/histogram?action=thing.*&range=7d"));
        assertThat(histogram.get("count").longValue()).isEqualTo(2500);
        assertThat(histogram.get("outcomes").get("success").longValue()).isEqualTo(2500);
        assertThat(histogram.get("buckets").size()).isLessThanOrEqualTo(60);
        assertThat(json(get("/actions?prefix=thing.")).get("actions").size()).isEqualTo(2);
    }

    @Test
    void anotherTenantIsForOperatorsAlone() {
        for (String whose : new String[] {other.toString(), "all", "platform"}) {
            assertThat(get("/events?tenant=" + whose).statusCode()).as(whose).isEqualTo(403);
            assertThat(get("/histogram?tenant=" + whose).statusCode()).isEqualTo(403);
            assertThat(
                            send("POST", "/exports", "{\"tenant\":\"" + whose + "\"}", null)
                                    .statusCode())
                    .isEqualTo(403);
        }
        String theirs =
                String.valueOf(
                        gateway.one(
                                "select id from audit_events where tenant_id = ? and action = 'thing.make' limit 1",
                                other));
        assertThat(get("/events/" + theirs).statusCode()).isEqualTo(404);
        String operator =
                TestKeys.make(gateway, tenant.toString(), EnumSet.allOf(Permission.class));
        assertThat(
                        gateway.get(ROOT + "/events/" + theirs + "?tenant=" + other, operator)
                                .statusCode())
                .isEqualTo(200);
        assertThat(gateway.get(ROOT + "/events/" + theirs + "?tenant=all", operator).statusCode())
                .isEqualTo(200);
        JsonNode all = json(gateway.get(ROOT + "/histogram?tenant=all&action=thing.*", operator));
        assertThat(all.get("count").longValue()).isGreaterThanOrEqualTo(5000);
    }

    @ParameterizedTest
    @CsvSource({
        "from=yesterday, from",
        "outcome=good, outcome",
        "source=here, source",
        "limit=0, limit",
        "cursor=x, cursor",
        "colour=red, colour",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z, to",
    })
    void aWrongParameterIsNamed(String parameters, String field) {
        var refused = get("/events?" + parameters);
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(json(refused).get("errors").get(0).get("field").stringValue()).isEqualTo(field);
    }

    @ParameterizedTest
    @CsvSource({"ndjson", "csv"})
    void anExportIsWrittenInTheBackgroundAndLoaded(String format) {
        var made =
                send(
                        "POST",
                        "/exports",
                        "{\"format\":\"%s\",\"query\":{\"action\":\"thing.*\"}}".formatted(format),
                        null);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String path = "/exports/" + json(made).get("id").stringValue();
        await().until(() -> json(get(path)).get("state").stringValue().equals("done"));
        JsonNode done = json(get(path));
        assertThat(done.get("records").longValue()).isEqualTo(2500);
        assertThat(done.get("expected").longValue()).isEqualTo(2500);
        var file = get(path + "/file");
        assertThat(file.headers().firstValue("Content-Disposition").orElseThrow())
                .contains("attachment", "." + format);
        String[] lines = file.body().split("\r?\n", -1);
        if (format.equals("csv")) {
            assertThat(lines).hasSize(2502);
            assertThat(lines[1]).contains(",'=n");
        } else {
            assertThat(lines).hasSize(2501);
            assertThat(JsonMapper.shared().readTree(lines[0]).get("tenant").stringValue())
                    .isEqualTo(tenant.toString());
        }
        assertThat(send("DELETE", path, "", null).statusCode()).isEqualTo(204);
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void anExportOfAnotherPersonIsNotThere() {
        var made = send("POST", "/exports", "{}", null);
        String path = ROOT + "/exports/" + json(made).get("id").stringValue();
        String colleague =
                TestKeys.make(gateway, tenant.toString(), Set.of(Permission.AUDIT_EXPORT));
        assertThat(gateway.get(path, colleague).statusCode()).isEqualTo(404);
        assertThat(gateway.get(path + "/file", colleague).statusCode()).isEqualTo(404);
    }

    @Test
    void aSearchIsKeptChangedInItsVersionAndForgotten() {
        var made =
                send(
                        "POST",
                        "/searches",
                        "{\"name\":\"Denied\",\"query\":\"outcome=denied&range=7d\"}",
                        null);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String path = "/searches/" + json(made).get("id").stringValue();
        assertThat(
                        send("POST", "/searches", "{\"name\":\"denied\",\"query\":\"\"}", null)
                                .statusCode())
                .isEqualTo(409);
        var wrong = send("POST", "/searches", "{\"name\":\"x\",\"query\":\"outcome=good\"}", null);
        assertThat(wrong.statusCode()).isEqualTo(422);
        String body = "{\"name\":\"Failures\",\"query\":\"outcome=failure\"}";
        assertThat(send("PUT", path, body, null).statusCode()).isEqualTo(428);
        assertThat(send("PUT", path, body, "\"9\"").statusCode()).isEqualTo(412);
        var changed = send("PUT", path, body, "\"1\"");
        assertThat(changed.headers().firstValue("ETag")).hasValue("\"2\"");
        assertThat(json(get("/searches")).get("searches").get(0).get("name").stringValue())
                .isEqualTo("Failures");
        assertThat(send("DELETE", path, "", "\"2\"").statusCode()).isEqualTo(204);
        assertThat(json(get("/searches")).get("searches")).isEmpty();
    }
}
