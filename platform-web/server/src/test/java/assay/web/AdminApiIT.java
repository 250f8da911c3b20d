package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.scheduler.v1.Apart;
import assay.scheduler.v1.CordonRequest;
import assay.scheduler.v1.DrainRequest;
import assay.scheduler.v1.SetLabelsRequest;
import assay.scheduler.v1.SetTaintsRequest;
import assay.web.identity.AdminKeys;
import com.google.protobuf.Message;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What administrators do, over REST, beside a scheduler on the other side of gRPC. */
class AdminApiIT {
    private static final RunningGateway GATEWAY = RunningGateway.shared();
    private static String key = "";

    @BeforeAll
    static void anAdministratorsKey() {
        key = AdminKeys.create(GATEWAY);
        await().until(() ->
                !RunningGateway.json(GATEWAY.get("/api/v1/admin/nodes", key))
                        .get("nodes")
                        .isEmpty());
    }

    @BeforeEach
    void nothingIsOrderedYet() {
        GATEWAY.cluster.nodes.orders.clear();
    }

    @Test
    void nodesAreListedWithDutyLabelsAndDevices() {
        JsonNode node =
                RunningGateway.json(GATEWAY.get("/api/v1/admin/nodes", key)).get("nodes").get(0);

        assertThat(node.get("name").stringValue()).isEqualTo("left");
        assertThat(node.get("duty").stringValue()).isEqualTo("open");
        assertThat(node.get("labels").get("rack").stringValue()).isEqualTo("a1");
        assertThat(node.get("devices").get(0).get("utilization_ratio").doubleValue())
                .isEqualTo(0.25);
        assertThat(GATEWAY.get("/api/v1/admin/nodes/nowhere", key).statusCode()).isEqualTo(404);
    }

    @Test
    void theLastMinutesOfANodeComeAsColumns() {
        JsonNode trend = RunningGateway.json(GATEWAY.get("/api/v1/admin/nodes/node-1/trend", key));

        JsonNode cpu = trend.get("devices").get("cpu");
        assertThat(cpu.get("utilization_ratio").get(0).doubleValue()).isEqualTo(0.25);
        assertThat(cpu.get("temperature_celsius").get(0).isNull()).as("not told").isTrue();
    }

    @Test
    void ordersReachTheSchedulerAndAreRecorded() throws Exception {
        var cordon = post("/nodes/node-1/cordon", "{\"reason\": \"fan\"}");
        assertThat(cordon.statusCode()).as(cordon.body()).isEqualTo(200);
        assertThat(RunningGateway.json(cordon).get("duty").stringValue()).isEqualTo("cordoned");
        assertThat(order())
                .isEqualTo(CordonRequest.newBuilder().setNodeId("node-1").setReason("fan").build());

        var drain = post("/nodes/node-1/drain", "{\"bound_seconds\": 90}");
        assertThat(drain.statusCode()).isEqualTo(200);
        assertThat(order())
                .isEqualTo(
                        DrainRequest.newBuilder().setNodeId("node-1").setBoundSeconds(90).build());
        assertThat(record(drain, "action")).isEqualTo("node.drain");
        assertThat(record(drain, "outcome->>'result'")).isEqualTo("success");
        assertThat(record(drain, "object->>'id'")).isEqualTo("node-1");

        assertThat(post("/nodes/node-1/labels", "{\"labels\": {\"rack\": \"b2\"}}").statusCode())
                .isEqualTo(200);
        assertThat(order())
                .isEqualTo(
                        SetLabelsRequest.newBuilder()
                                .setNodeId("node-1")
                                .putLabels("rack", "b2")
                                .build());
        assertThat(post("/nodes/node-1/taints", "{\"taints\": [\"old\"]}").statusCode())
                .isEqualTo(200);
        assertThat(order())
                .isEqualTo(
                        SetTaintsRequest.newBuilder().setNodeId("node-1").addTaints("old").build());
        assertThat(post("/nodes/node-1/uncordon", "").statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsRefusedIsRecordedToo() {
        var unknown = post("/nodes/nowhere/drain", "{}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(record(unknown, "outcome->>'reason'")).isEqualTo("NOT_FOUND");

        String developer = GATEWAY.key();
        var denied = GATEWAY.post("/api/v1/admin/nodes/node-1/drain", "not even JSON", developer);
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(record(denied, "outcome->>'result'")).isEqualTo("denied");

        var wrong = post("/deployments", "{\"name\": \"chat\", \"replica\": 1}");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(record(wrong, "outcome->>'reason'")).isEqualTo("INVALID_REQUEST");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"reason\": 1} | number (expected: string)",
                "{\"because\": \"x\"} | because: unknown field",
                "{\"bound_seconds\": -3} | -3 (expected: 1..86400)",
                "{\"bound_seconds\": 1.5} | expected: a whole number"
            })
    void aWrongOrderNamesItsFields(String body, String message) {
        var response = post("/nodes/node-1/drain", body);

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.body()).contains(message, "urn:assay:problem:invalid-request");
    }

    @Test
    void aNodeInUseIsNotForgotten() {
        var response = send("DELETE", "/nodes/node-1", "");

        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body())
                .contains("urn:assay:problem:node-in-use", "node left has 2 stages");
    }

    @Test
    void aDeploymentIsMadeWithAllThatItAsksFor() throws Exception {
        String name = "chat-" + UUID.randomUUID();
        var made =
                post(
                        "/deployments",
                        """
                        {"name": "%s", "model": "assay-reference", "version": "1", "replicas": 2,
                         "stages": 2, "priority": 7,
                         "rules": {"required_labels": {"zone": "north"}, "apart": "required"},
                         "scaling": {"min_replicas": 0, "max_replicas": 3,
                                     "kv_cache_usage_ratio": 0.9}}
                        """
                                .formatted(name));

        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location"))
                .hasValue("/api/v1/admin/deployments/" + name);
        var applied = GATEWAY.cluster.applied(name).orElseThrow();
        assertThat(applied.getPriority()).isEqualTo(7);
        assertThat(applied.getRules().getReplicasApart()).isEqualTo(Apart.APART_REQUIRED);
        assertThat(applied.getScaling().getMaxReplicas()).isEqualTo(3);
        assertThat(record(made, "action")).isEqualTo("deployment.apply");
        assertThat(record(made, "details->>'replicas'")).isEqualTo("2");
    }

    @Test
    void aDeploymentIsReadChangedAndRemoved() {
        JsonNode read =
                RunningGateway.json(GATEWAY.get("/api/v1/admin/deployments/assistant", key));
        assertThat(read.get("serving_replicas").intValue()).isEqualTo(1);
        assertThat(read.get("reason").stringValue()).isEqualTo("one is loading");
        assertThat(GATEWAY.get("/api/v1/admin/deployments/none", key).statusCode()).isEqualTo(404);

        String body = "{\"model\": \"assay-reference\", \"version\": \"1\", \"replicas\": 3}";
        assertThat(send("PUT", "/deployments/assistant", body).statusCode()).isEqualTo(200);
        assertThat(
                        send(
                                        "PUT",
                                        "/deployments/assistant",
                                        body.replace("{", "{\"name\": \"other\", "))
                                .statusCode())
                .isEqualTo(422);
        assertThat(send("DELETE", "/deployments/assistant", "").statusCode()).isEqualTo(204);
        assertThat(
                        post(
                                        "/deployments",
                                        "{\"name\": \"x\", \"model\": \"nothing\","
                                                + " \"version\": \"1\"}")
                                .body())
                .contains("urn:assay:problem:model-unknown");
    }

    @Test
    void aPlanSaysWhereItWouldGoAndMovesNothing() {
        int before = GATEWAY.cluster.applied.size();
        JsonNode placed = plan(1);
        assertThat(placed.get("outcome").stringValue()).isEqualTo("placed");
        JsonNode stage = placed.get("stages").get(0);
        assertThat(stage.get("weight_bytes").longValue()).isEqualTo(1000);
        assertThat(stage.get("step_seconds").doubleValue()).isEqualTo(0.01);
        assertThat(placed.get("kv_room_tokens").longValue()).isEqualTo(4096);

        JsonNode waiting = plan(2);
        assertThat(waiting.get("outcome").stringValue()).isEqualTo("waiting");
        assertThat(waiting.get("would_fit").get("kv_tokens").intValue()).isEqualTo(512);
        assertThat(waiting.get("rejections").get(0).get("missing_bytes").longValue()).isEqualTo(77);

        JsonNode refused = plan(3);
        assertThat(refused.get("outcome").stringValue()).isEqualTo("refused");
        assertThat(refused.get("code").stringValue()).isEqualTo("STAGE_COUNT_INVALID");
        assertThat(GATEWAY.cluster.applied).hasSize(before);
    }

    @Test
    void theHistoryOfAReplicaSaysWhyItMovedPageByPage() {
        JsonNode page = RunningGateway.json(GATEWAY.get("/api/v1/admin/replicas/r-1/history", key));
        JsonNode event = page.get("events").get(0);
        assertThat(event.get("event").stringValue()).isEqualTo("STAGES_MOVED");
        assertThat(event.get("reason").stringValue()).isEqualTo("its node was silent for 10 s");
        assertThat(event.get("stages").get(0).get("moved").booleanValue()).isTrue();
        assertThat(page.get("more").booleanValue()).isTrue();

        JsonNode older =
                RunningGateway.json(
                        GATEWAY.get("/api/v1/admin/replicas/r-1/history?before=9", key));
        assertThat(older.get("events").get(0).get("id").longValue()).isEqualTo(4);
        assertThat(older.get("more").booleanValue()).isFalse();
        assertThat(GATEWAY.get("/api/v1/admin/replicas/r-1/history?limit=0", key).statusCode())
                .isEqualTo(422);
    }

    private static JsonNode plan(int stages) {
        var response =
                post(
                        "/deployments/plan",
                        "{\"name\": \"chat\", \"model\": \"assay-reference\", \"version\": \"1\","
                                + " \"stages\": "
                                + stages
                                + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return RunningGateway.json(response);
    }

    private static Message order() throws InterruptedException {
        return GATEWAY.cluster.nodes.orders.poll(5, TimeUnit.SECONDS);
    }

    private static HttpResponse<String> post(String path, String body) {
        return send("POST", path, body);
    }

    private static HttpResponse<String> send(String method, String path, String body) {
        return GATEWAY.send(
                GATEWAY.request("http", "/api/v1/admin" + path, key)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body.isEmpty()
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body))
                        .build());
    }

    private static @Nullable String record(HttpResponse<String> response, String field) {
        return GATEWAY.one(
                "select " + field + " from audit_events where correlation->>'request' = ?",
                response.headers().firstValue("X-Request-Id").orElseThrow());
    }
}
