package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import assay.web.limits.Killed;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Limits as clients meet them: over HTTP, at one gateway and at three. */
class QuotaIT {
    private static final String QUOTAS = "/api/v1/admin/quotas";

    private final RunningGateway gateway = RunningGateway.shared();
    private String tenant = "";
    private String key = "";

    @TempDir private Path folder;

    @BeforeEach
    void aTenantOfItsOwn() {
        gateway.cluster.publish(gateway.cluster.route());
        tenant = UUID.randomUUID().toString();
        gateway.one(
                "insert into tenants (id, slug, name) values (?::uuid, ?, 'T') returning 1",
                tenant,
                "t-" + tenant);
        key = TestKeys.make(gateway, tenant, EnumSet.allOf(Permission.class));
    }

    private HttpResponse<String> generate(RunningGateway where, int words, int tokens) {
        String prompt = "a ".repeat(words - 1) + "a";
        return where.post(
                "/api/v1/generate",
                "{\"prompt\":\"" + prompt + "\",\"max_tokens\":" + tokens + "}",
                key);
    }

    private JsonNode limit(String kind, long amount) {
        var response =
                gateway.post(
                        QUOTAS,
                        "{\"subject\":\"tenant\",\"limit\":\"%s\",\"amount\":%d}"
                                .formatted(kind, amount),
                        key);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return RunningGateway.json(response);
    }

    private HttpResponse<String> send(
            String method,
            String path,
            String body,
            @org.jspecify.annotations.Nullable String tag) {
        var request =
                gateway.request("http", path, key)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body));
        return gateway.send((tag == null ? request : request.header("If-Match", tag)).build());
    }

    @Test
    void aRefusalSaysWhichLimitWhoseAndWhenItResets() {
        assertThat(generate(gateway, 1, 1).statusCode()).isEqualTo(200);
        limit("requests-per-minute", 2);
        await().until(() -> generate(gateway, 1, 1).headers().firstValue("RateLimit").isPresent());
        while (generate(gateway, 1, 1).statusCode() == 200) {}
        var response = generate(gateway, 1, 1);
        assertThat(response.statusCode()).isEqualTo(429);
        var problem = RunningGateway.json(response);
        assertThat(problem.get("type").stringValue()).isEqualTo("urn:assay:problem:quota-exceeded");
        assertThat(problem.get("limit").get("name").stringValue()).isEqualTo("requests-per-minute");
        assertThat(problem.get("limit").get("whose").stringValue()).isEqualTo("tenant");
        assertThat(problem.get("limit").get("amount").longValue()).isEqualTo(2);
        long after = Long.parseLong(response.headers().firstValue("Retry-After").orElseThrow());
        assertThat(after).isBetween(1L, 66L);
        assertThat(response.headers().firstValue("RateLimit-Policy"))
                .hasValue("\"tenant-requests-per-minute\";q=2;w=60");
        assertThat(response.headers().firstValue("RateLimit").orElseThrow())
                .startsWith("\"tenant-requests-per-minute\";r=0;t=");
        assertThat(
                        gateway.one(
                                "select outcome->>'result' || ' ' || (details->>'limit')"
                                        + " from audit_events where correlation->>'request' = ?",
                                response.headers().firstValue("X-Request-Id").orElseThrow()))
                .isEqualTo("denied requests-per-minute");
    }

    @Test
    void usageIsWrittenDownByDayAndGivenOutAsCsv() {
        assertThat(generate(gateway, 3, 2).statusCode()).isEqualTo(200);
        await().untilAsserted(() -> {
            var usage =
                    RunningGateway.json(gateway.get("/api/v1/admin/usage?by=model", key))
                            .get("usage");
            assertThat(usage).hasSize(1);
            assertThat(usage.get(0).get("model").stringValue()).isEqualTo(FakeCluster.MODEL);
            assertThat(usage.get(0).get("requests").longValue()).isEqualTo(1);
            assertThat(usage.get(0).get("input_tokens").longValue()).isEqualTo(3);
            assertThat(usage.get(0).get("output_tokens").longValue()).isEqualTo(2);
        });
        gateway.one(
                "update api_keys set name = '=1+1' where tenant_id = ?::uuid returning 1", tenant);
        var csv = gateway.get("/api/v1/admin/usage?by=key&format=csv", key);
        assertThat(csv.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/csv");
        assertThat(csv.body().lines().toList().get(1)).contains(",'=1+1,1,0,3,2");
    }

    @Test
    void aLimitIsChangedOnlyByWhoSawTheLastChange() {
        var made = limit("tokens-per-day", 1000);
        String path = QUOTAS + "/" + made.get("id").stringValue();
        String body = "{\"amount\":2000}";
        assertThat(send("PUT", path, body, null).statusCode()).isEqualTo(428);
        var changed = send("PUT", path, body, "\"1\"");
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(changed.headers().firstValue("ETag")).hasValue("\"2\"");
        assertThat(send("PUT", path, body, "\"1\"").statusCode()).isEqualTo(412);
        assertThat(send("DELETE", path, "", "\"1\"").statusCode()).isEqualTo(412);
        assertThat(send("DELETE", path, "", "\"2\"").statusCode()).isEqualTo(204);
        assertThat(gateway.get(path, key).statusCode()).isEqualTo(404);
    }

    @Test
    void aTenantsOwnTotalIsForThePlatformAlone() {
        String own =
                TestKeys.make(
                        gateway,
                        tenant,
                        EnumSet.of(Permission.QUOTA_MANAGE, Permission.USAGE_READ));
        String body = "{\"subject\":\"tenant\",\"limit\":\"gpus\",\"amount\":2}";
        assertThat(gateway.post(QUOTAS, body, own).statusCode()).isEqualTo(403);
        String model =
                "{\"subject\":\"model\",\"subject_id\":\"%s\",\"limit\":\"tokens-per-day\",\"amount\":2}"
                        .formatted(FakeCluster.MODEL);
        assertThat(gateway.post(QUOTAS, model, own).statusCode()).isEqualTo(201);
        assertThat(gateway.post(QUOTAS, model, own).statusCode()).isEqualTo(409);
        String other = String.valueOf(gateway.one("select id from tenants where slug = 'default'"));
        assertThat(gateway.get(QUOTAS + "?tenant=" + other, own).statusCode()).isEqualTo(404);
        assertThat(gateway.get(QUOTAS + "?tenant=" + other, key).statusCode()).isEqualTo(200);
        assertThat(gateway.post(QUOTAS, body.replace("gpus", "device-bytes"), key).statusCode())
                .isEqualTo(422);
    }

    @Test
    void whoLeavesEarlyPaysForWhatHeGotAlone() throws Exception {
        limit("tokens-per-day", 100_000);
        await().until(() -> generate(gateway, 1, 1).headers().firstValue("RateLimit").isPresent());
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            var request =
                    gateway.request("http", "/api/v1/generate", key)
                            .header("Content-Type", "application/json")
                            .POST(
                                    BodyPublishers.ofString(
                                            "{\"prompt\":\"endless\",\"max_tokens\":2000,"
                                                    + "\"stream\":true}"))
                            .build();
            var answer =
                    client.send(request, java.net.http.HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.body().read()).isPositive();
            answer.body().close();
        }
        await().untilAsserted(() -> assertThat(used()).isBetween(1L, 1500L));
    }

    /** Of the tenant's only limit. */
    private long used() {
        return RunningGateway.json(gateway.get(QUOTAS, key))
                .get("quotas")
                .get(0)
                .get("used")
                .longValue();
    }

    /** Two more gateways on the same database and cluster. */
    private List<RunningGateway> three() throws java.io.IOException {
        var all = new ArrayList<>(List.of(gateway));
        for (int i = 1; i < 3; i++) {
            Path own = java.nio.file.Files.createDirectories(folder.resolve("gateway-" + i));
            all.add(
                    new RunningGateway(
                            gateway.cluster,
                            gateway.database,
                            own,
                            "addresses.json",
                            Map.of(
                                    "assay.web.secrets-dir",
                                    gateway.folder.resolve("secrets"),
                                    "assay.quotas.lease",
                                    "4s")));
        }
        all.forEach(each ->
                await().until(() -> each.get("/v2/health/ready", null).statusCode() == 200));
        return all;
    }

    private record Tally(AtomicInteger admitted, AtomicInteger refused, AtomicInteger tokens) {}

    /** 200 clients, each with its requests one after the other, spread over the gateways. */
    private Tally storm(List<RunningGateway> gateways, int each, int words, int tokens)
            throws Exception {
        var tally = new Tally(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int client = i;
                all.add(
                        clients.submit(() -> {
                            for (int j = 0; j < each; j++) {
                                var where = gateways.get((client + j) % gateways.size());
                                var response = generate(where, words, tokens);
                                if (response.statusCode() == 200) {
                                    tally.admitted.incrementAndGet();
                                    var usage = RunningGateway.json(response).get("usage");
                                    tally.tokens.addAndGet(
                                            usage.get("prompt_tokens").intValue()
                                                    + usage.get("completion_tokens").intValue());
                                } else {
                                    assertThat(response.statusCode())
                                            .as(response.body())
                                            .isEqualTo(429);
                                    tally.refused.incrementAndGet();
                                }
                            }
                            return null;
                        }));
            }
            for (Future<?> client : all) {
                client.get();
            }
        }
        return tally;
    }

    @Test
    void twoHundredClientsAtThreeGatewaysGetExactlyTheLimit() throws Exception {
        limit("requests-per-minute", 1000);
        limit("tokens-per-day", 100_000);
        var gateways = three();
        try {
            var tally = storm(gateways, 7, 20, 20);
            assertThat(tally.admitted).hasValue(1000);
            assertThat(tally.refused).hasValue(400);
            assertThat(tally.tokens).hasValue(40_000);
        } finally {
            gateways.subList(1, 3).forEach(RunningGateway::close);
        }
    }

    @Test
    void aBudgetOfTokensIsNeverPassedAndWhatAKilledGatewayHeldComesBack() throws Exception {
        limit("tokens-per-day", 100_000);
        var gateways = three();
        try {
            var first = storm(gateways, 2, 50, 50);
            assertThat(first.tokens).hasValue(40_000);
            // What it holds now is lost with it, but for what its clients had been told of.
            Killed.abandon(gateways.get(2));
            var alive = gateways.subList(0, 2);
            var second = storm(alive, 4, 50, 50);
            assertThat(first.tokens.get() + second.tokens.get()).isLessThanOrEqualTo(100_000);
            var total = new AtomicInteger(first.tokens.get() + second.tokens.get());
            await().atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        var response = generate(alive.getFirst(), 50, 50);
                        if (response.statusCode() == 200) {
                            total.addAndGet(100);
                        }
                        // A reservation is the prompt's bytes and the longest answer.
                        return used() > 100_000 - 165 - 400;
                    });
            // What the killed one may have answered stays charged, so a little can be missing.
            assertThat(total.get()).isBetween(90_000, 100_000);
            assertThat(used()).isLessThanOrEqualTo(100_000);
        } finally {
            gateways.subList(1, 3).forEach(RunningGateway::close);
        }
    }
}
