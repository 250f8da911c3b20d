package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.inference.v1.GenerateRequest;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Batch jobs from the submission over REST to their results, with a queue that is played. */
class JobsIT {
    private static final String PATH = "/api/v1/jobs";
    private static final String GENERATE = PATH + "?kind=generate&name=nightly";

    private final RunningGateway gateway = RunningGateway.shared();
    private final FakeQueue queue = gateway.cluster.queue;

    @BeforeEach
    void theWorkerHasRoom() {
        gateway.cluster.publishWithCoq(gateway.cluster.route());
        await().until(() -> queue.offered().size() == 2 && queue.credit() > 0);
        gateway.cluster.agent.requests.clear();
    }

    @AfterEach
    void asOtherTestsExpect() {
        gateway.cluster.publish(gateway.cluster.route());
    }

    @Test
    void everyItemIsRunOnceAndItsResultIsWhatACallWouldHaveBeenAnswered() {
        JsonNode job = submitted(lines(300, "a b c"));
        assertThat(job.get("name").stringValue()).isEqualTo("nightly");
        assertThat(job.get("items").get("total").intValue()).isEqualTo(300);
        String id = awaitState(job, "finished");

        var response =
                gateway.send(
                        gateway.request("http", PATH + "/" + id + "/results", gateway.key())
                                .header("Accept", "application/x-ndjson")
                                .build());
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        List<JsonNode> results = response.body().lines().map(JobsIT::json).toList();
        assertThat(results).hasSize(300);
        for (int i = 0; i < 300; i++) {
            JsonNode each = results.get(i);
            assertThat(each.get("index").intValue()).isEqualTo(i);
            assertThat(each.get("id").stringValue()).isEqualTo("n-" + i);
            assertThat(each.get("state").stringValue()).isEqualTo("done");
            assertThat(each.get("result").get("output").stringValue()).isEqualTo("a b c " + i);
            assertThat(each.get("result").get("usage").get("completion_tokens").intValue())
                    .isEqualTo(4);
        }
        assertThat(queue.mostStored(id)).isOne();
        var asked = new ArrayList<GenerateRequest>();
        gateway.cluster.agent.requests.drainTo(asked);
        assertThat(asked).hasSize(300).allMatch(GenerateRequest::getBatch);
        assertThat(asked.stream().map(GenerateRequest::getRequestId).distinct()).hasSize(300);
        assertThat(records("inference.generate", PATH + "/" + id + "/items/%")).isEqualTo("300");
        assertThat(records("job.submit", PATH)).isNotEqualTo("0");
    }

    @Test
    void pagesOfResultsGoOnWhereTheLastOneEnded() {
        String id = awaitState(submitted(lines(5, "x")), "finished");
        var seen = new ArrayList<Integer>();
        String cursor = "";
        do {
            String at = cursor.isEmpty() ? "" : "&cursor=" + cursor;
            JsonNode page = got(PATH + "/" + id + "/results?limit=2" + at);
            page.get("results").forEach(each -> seen.add(each.get("index").intValue()));
            cursor = page.has("next_cursor") ? page.get("next_cursor").stringValue() : "";
        } while (!cursor.isEmpty());
        assertThat(seen).containsExactly(0, 1, 2, 3, 4);
        assertThat(got(PATH + "/" + id + "/results?state=dead").get("results")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "{\"prompt\": \"a\"}! line 3: max_tokens: missing",
                "{\"prompt\": \"a\", \"max_tokens\": 1, \"colour\": 2}! line 3: colour: unknown",
                "{\"prompt\": \"a\", \"max_tokens\": 1, \"stream\": true}! line 3: stream: true",
                "{\"prompt\": \"a\", \"max_tokens\": 1, \"model\": \"m\"}! line 3: model: there is",
                "{\"id\": \"n-0\", \"prompt\": \"a\", \"max_tokens\": 1}! line 3: id: came before",
                "{\"id\": [], \"prompt\": \"a\", \"max_tokens\": 1}! line 3: id: expected",
                "nonsense! line 3: this is not JSON",
            })
    void aBadItemIsRefusedWithItsLineAndNoJobIsMade(String bad, String message) {
        int before = queue.jobCount();
        var response = submit(GENERATE, lines(2, "a") + bad + "\n" + lines(20, "b"), null);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        JsonNode problem = RunningGateway.json(response);
        assertThat(problem.get("detail").stringValue()).startsWith(message);
        assertThat(problem.get("errors").size()).isOne();
        assertThat(queue.jobCount()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "?kind=poem! kind: unknown",
                "! kind: missing",
                "?kind=generate&priority=101! priority: 101",
                "?kind=generate&priority=high! priority: not JSON",
                "?kind=generate&deadline=soon! deadline: no time",
                "?kind=generate&colour=red! colour: unknown field",
            })
    void aBadHeaderIsRefusedByTheNameOfItsField(String query, String message) {
        var response = submit(PATH + (query == null ? "" : query), lines(1, "a"), null);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(RunningGateway.json(response).get("detail").stringValue()).startsWith(message);
        assertThat(submit(GENERATE, "\n", null).statusCode()).as("no items").isEqualTo(422);
    }

    @Test
    void aJobMayComeAsOneObjectOrWithItsHeaderInTheFirstLineOrAsATable() {
        var whole =
                gateway.post(
                        PATH,
                        """
                        {"kind": "generate", "priority": 5, "defaults": {"max_tokens": 2},
                         "items": [{"prompt": "one two three"}, {"prompt": "x", "max_tokens": 1}]}
                        """,
                        gateway.key());
        assertThat(whole.statusCode()).as(whole.body()).isEqualTo(201);
        assertThat(whole.headers().firstValue("Location").orElse("")).startsWith(PATH + "/");
        String id = awaitState(RunningGateway.json(whole), "finished");
        JsonNode results = got(PATH + "/" + id + "/results").get("results");
        assertThat(results.get(0).get("id").stringValue()).isEqualTo("1");
        assertThat(results.get(0).get("result").get("output").stringValue()).isEqualTo("one two");

        var lines =
                submit(
                        PATH,
                        """
                        {"job": {"kind": "generate", "defaults": {"max_tokens": 1}}}
                        {"prompt": "a b"}
                        """,
                        null);
        awaitState(RunningGateway.json(lines), "finished");

        var table =
                gateway.send(
                        gateway.request("http", GENERATE, gateway.key())
                                .header("Content-Type", "text/csv")
                                .POST(BodyPublishers.ofString("prompt,max_tokens\n\"a, b\",2\n"))
                                .build());
        String third = awaitState(RunningGateway.json(table), "finished");
        assertThat(
                        got(PATH + "/" + third + "/results")
                                .get("results")
                                .get(0)
                                .get("result")
                                .get("output")
                                .stringValue())
                .isEqualTo("a, b");
    }

    @Test
    void theSameSubmissionUnderTheSameKeyIsOneJob() {
        String key = UUID.randomUUID().toString();
        var first = submit(GENERATE, lines(3, "a"), key);
        var again = submit(GENERATE, lines(3, "a"), key);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(RunningGateway.json(again).get("id"))
                .isEqualTo(RunningGateway.json(first).get("id"));
        var other = submit(GENERATE, lines(4, "a"), key);
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).contains("job-key-reused");
    }

    @Test
    void whatIsTheItemsFaultIsFinalAndWhatMayPassIsTriedAgain() {
        String id =
                awaitState(
                        submitted(
                                item("bad", FakeAgent.TOO_LONG)
                                        + item("broken", FakeAgent.BREAKS)
                                        + item("good", "fine")),
                        "finished");
        JsonNode results = got(PATH + "/" + id + "/results").get("results");
        assertThat(results.get(0).get("state").stringValue()).isEqualTo("dead");
        assertThat(results.get(0).get("attempts").intValue()).isOne();
        assertThat(results.get(0).get("error").get("code").stringValue())
                .isEqualTo("PROMPT_TOO_LONG");
        assertThat(results.get(1).get("state").stringValue()).isEqualTo("dead");
        assertThat(results.get(1).get("attempts").intValue()).isEqualTo(3);
        assertThat(results.get(1).get("error").get("code").stringValue()).isEqualTo("STAGE_LOST");
        assertThat(results.get(2).get("state").stringValue()).isEqualTo("done");

        var retried = steer(id, "retry");
        assertThat(retried.statusCode()).isEqualTo(200);
        awaitState(RunningGateway.json(retried), "finished");
        assertThat(queue.mostStored(id)).isOne();
    }

    @Test
    void aCancelledJobStopsWhatRunsAndKeepsWhatIsThere() throws Exception {
        JsonNode job = submitted(item("done", "a") + item("hangs", FakeAgent.HANGS));
        String id = job.get("id").stringValue();
        await().until(() -> count(id, "done") == 1 && count(id, "running") == 1);
        String running = null;
        for (GenerateRequest each : gateway.cluster.agent.requests) {
            running = each.getPrompt().startsWith(FakeAgent.HANGS) ? each.getRequestId() : running;
        }
        var cancelled = RunningGateway.json(steer(id, "cancel"));
        assertThat(cancelled.get("state").stringValue()).isEqualTo("cancelled");
        gateway.cluster.agent.awaitCancelled(String.valueOf(running));
        assertThat(count(id, "done")).isOne();
        assertThat(count(id, "dropped")).isOne();
        assertThat(records("job.cancel", PATH + "/" + id + "/cancel")).isEqualTo("1");
    }

    @Test
    void aPausedJobGoesOnWhenItIsResumed() {
        JsonNode job = submitted(lines(200, "endless") + item("last", "x"));
        String id = job.get("id").stringValue();
        assertThat(RunningGateway.json(steer(id, "pause")).get("state").stringValue())
                .isEqualTo("paused");
        await().until(() -> count(id, "running") == 0);
        assertThat(got(PATH + "/" + id).get("waiting_for").stringValue()).isEqualTo("paused");
        assertThat(count(id, "waiting")).isPositive();
        steer(id, "resume");
        awaitState(job, "finished");
        assertThat(steer(id, "pause").statusCode()).isEqualTo(409);
    }

    @Test
    void aSchedulerThatRestartsLosesNothingAndNothingIsStoredTwice() {
        JsonNode job = submitted(lines(400, "endless"));
        String id = job.get("id").stringValue();
        for (int broken = 1; broken <= 3; broken++) {
            int so = 60 * broken;
            await().until(() -> count(id, "done") >= so);
            queue.breakStream();
        }
        awaitState(job, "finished");
        assertThat(count(id, "done")).isEqualTo(400);
        assertThat(queue.mostStored(id)).isOne();
    }

    @Test
    void theoremsAreVerifiedAsItemsOfAJob() {
        var response =
                submit(
                        PATH + "?kind=verify",
                        "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"True\"}\n"
                                .repeat(12),
                        null);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        String id = awaitState(RunningGateway.json(response), "finished");
        JsonNode results = got(PATH + "/" + id + "/results").get("results");
        assertThat(results.size()).isEqualTo(12);
        for (JsonNode each : results) {
            assertThat(each.get("result").get("verdict").stringValue()).isEqualTo("proved");
            assertThat(each.get("result").has("steps")).isFalse();
        }
        var verification = results.get(0).get("result").get("id").stringValue();
        assertThat(got("/api/v1/verifications/" + verification).get("steps").isEmpty()).isFalse();
    }

    @Test
    void anotherCallersJobIsNotThereButForWhoManagesTheTenants() {
        String id = awaitState(submitted(lines(1, "a")), "finished");
        String other = key(Permission.BATCH_RUN, Permission.INFERENCE_INVOKE);
        String manager = key(Permission.BATCH_RUN, Permission.BATCH_MANAGE);
        String foreign = foreignKey();
        for (String[] asked :
                new String[][] {{"GET", ""}, {"GET", "/results"}, {"POST", "/cancel"}}) {
            for (String key : new String[] {other, foreign}) {
                var response = send(asked[0], PATH + "/" + id + asked[1], key);
                assertThat(response.statusCode()).as(asked[1]).isEqualTo(404);
                assertThat(response.body()).contains("no such job");
            }
        }
        assertThat(send("GET", PATH + "/" + id, manager).statusCode()).isEqualTo(200);
        assertThat(ids(send("GET", PATH, manager))).contains(id);
        assertThat(ids(send("GET", PATH, gateway.key()))).contains(id);
        assertThat(ids(send("GET", PATH, other))).isEmpty();
        assertThat(ids(send("GET", PATH, foreign))).isEmpty();
    }

    @Test
    void theJobOfAForeignTenantIsRecordedThere() {
        String foreign = foreignKey();
        var response =
                gateway.send(
                        gateway.request("http", GENERATE, foreign)
                                .header("Content-Type", "application/x-ndjson")
                                .POST(BodyPublishers.ofString(lines(3, "a")))
                                .build());
        String id = RunningGateway.json(response).get("id").stringValue();
        await().until(() -> gateway.cluster.agent.requests.size() >= 3);
        await().untilAsserted(() ->
                assertThat(
                                gateway.one(
                                        "select count(*) || t.slug from audit_events e"
                                                + " join tenants t on t.id = e.tenant_id"
                                                + " where e.action = 'inference.generate'"
                                                + " and e.request->>'path' like ? group by t.slug",
                                        PATH + "/" + id + "/items/%"))
                        .isEqualTo("3foreign"));
    }

    @Test
    void whoRunsThePlatformSetsTheTenantsShares() {
        String tenant =
                String.valueOf(gateway.one("select id::text from tenants where slug = 'default'"));
        String path = "/api/v1/admin/job-shares";
        String key = key(Permission.BATCH_SHARE);
        var set = put(path + "/" + tenant, "{\"weight\": 4, \"most_running\": 100}", key);
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        assertThat(send("GET", path, key).body())
                .contains("{\"tenant\":\"" + tenant + "\",\"weight\":4.0,\"most_running\":100}");
        assertThat(records("job.share", path + "/" + tenant)).isEqualTo("1");
        for (String bad : new String[] {"{}", "{\"weight\": 0}", "{\"weight\": 1, \"x\": 1}"}) {
            assertThat(put(path + "/" + tenant, bad, key).statusCode()).isEqualTo(422);
        }
    }

    private HttpResponse<String> put(String path, String body, String key) {
        return gateway.send(
                gateway.request("http", path, key).PUT(BodyPublishers.ofString(body)).build());
    }

    @Test
    void theItemsOfARevokedKeyFail() {
        queue.hold(true);
        String key = key(Permission.BATCH_RUN, Permission.INFERENCE_INVOKE);
        var response =
                gateway.send(
                        gateway.request("http", GENERATE, key)
                                .header("Content-Type", "application/x-ndjson")
                                .POST(BodyPublishers.ofString(item("hangs", FakeAgent.HANGS)))
                                .build());
        String id = RunningGateway.json(response).get("id").stringValue();
        assertThat(
                        gateway.one(
                                "update api_keys set revoked_at = now() where prefix = ?"
                                        + " returning '1'",
                                key.substring(0, 10)))
                .isEqualTo("1");
        queue.hold(false);
        String manager = key(Permission.BATCH_RUN, Permission.BATCH_MANAGE);
        String path = PATH + "/" + id + "/results";
        await().until(() -> send("GET", path, manager).body().contains("PERMISSION_DENIED"));
        assertThat(gateway.cluster.agent.requests).isEmpty();
    }

    private HttpResponse<String> submit(String path, String body, @Nullable String key) {
        var request =
                gateway.request("http", path, gateway.key())
                        .header("Content-Type", "application/x-ndjson")
                        .POST(BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        return gateway.send(request.build());
    }

    private JsonNode submitted(String body) {
        var response = submit(GENERATE, body, null);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return RunningGateway.json(response);
    }

    private HttpResponse<String> steer(String id, String verb) {
        return send("POST", PATH + "/" + id + "/" + verb, gateway.key());
    }

    private HttpResponse<String> send(String method, String path, String key) {
        return gateway.send(
                gateway.request("http", path, key).method(method, BodyPublishers.noBody()).build());
    }

    private JsonNode got(String path) {
        var response = gateway.get(path, gateway.key());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return RunningGateway.json(response);
    }

    private String awaitState(JsonNode job, String state) {
        String id = job.get("id").stringValue();
        await().until(() -> got(PATH + "/" + id).get("state").stringValue().equals(state));
        return id;
    }

    private int count(String id, String state) {
        return got(PATH + "/" + id).get("items").get(state).intValue();
    }

    private @Nullable String records(String action, String path) {
        return gateway.one(
                "select count(*) from audit_events where action = ? and request->>'path' like ?",
                action,
                path);
    }

    private String key(Permission... scopes) {
        return keyOf("default", scopes);
    }

    private String keyOf(String slug, Permission... scopes) {
        return TestKeys.make(
                gateway,
                String.valueOf(gateway.one("select id::text from tenants where slug = ?", slug)),
                Set.of(scopes));
    }

    private String foreignKey() {
        gateway.one(
                "insert into tenants (id, slug, name) values (gen_random_uuid(), 'foreign', 'F')"
                        + " on conflict do nothing returning '1'");
        return keyOf("foreign", Permission.BATCH_RUN, Permission.INFERENCE_INVOKE);
    }

    private static List<String> ids(HttpResponse<String> list) {
        return StreamSupport.stream(RunningGateway.json(list).get("jobs").spliterator(), false)
                .map(each -> each.get("id").stringValue())
                .toList();
    }

    private static String lines(int count, String prompt) {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(item("n-" + i, prompt + " " + i));
        }
        return lines.toString();
    }

    private static String item(String id, String prompt) {
        return "{\"id\": \"%s\", \"prompt\": \"%s\", \"max_tokens\": 8}\n".formatted(id, prompt);
    }

    private static JsonNode json(String line) {
        return tools.jackson.databind.json.JsonMapper.shared().readTree(line);
    }
}
