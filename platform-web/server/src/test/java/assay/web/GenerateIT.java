package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import assay.scheduler.v1.WakeRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Generation over REST, from socket to agent and back. */
class GenerateIT {
    private static final String PATH = "/api/v1/generate";

    private final RunningGateway gateway = RunningGateway.shared();

    @BeforeEach
    void oneReplicaServes() {
        gateway.cluster.publish(gateway.cluster.route());
        gateway.cluster.agent.requests.clear();
    }

    private void rest() {
        gateway.cluster.publish();
        await(() -> gateway.get("/v2/health/ready", null).statusCode() == 503);
        gateway.cluster.publishResting();
        await(() -> gateway.get("/v2/health/ready", null).statusCode() == 200);
    }

    private HttpResponse<String> generate(String body) {
        return gateway.post(PATH, body, gateway.key());
    }

    @Test
    void answersWithTextFinishAndUsage() {
        var response = generate("{\"prompt\":\"a b c\",\"max_tokens\":2}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var body = RunningGateway.json(response);
        assertThat(body.get("output").stringValue()).isEqualTo("a b");
        assertThat(body.get("finish_reason").stringValue()).isEqualTo("length");
        assertThat(body.get("model").stringValue()).isEqualTo(FakeCluster.MODEL);
        assertThat(body.get("model_version").stringValue()).isEqualTo("1");
        assertThat(body.get("usage").get("prompt_tokens").intValue()).isEqualTo(3);
        assertThat(body.get("usage").get("completion_tokens").intValue()).isEqualTo(2);
        assertThat(body.has("log_probs")).isFalse();
        assertThat(response.headers().firstValue("X-Request-Id"))
                .hasValue(body.get("request_id").stringValue());
    }

    @Test
    void givesOneLogProbForEachTokenWhenAsked() {
        var body =
                RunningGateway.json(
                        generate("{\"prompt\":\"a b\",\"max_tokens\":9,\"log_probs\":true}"));
        assertThat(body.get("log_probs").size()).isEqualTo(2);
        assertThat(body.get("log_probs").get(0).doubleValue()).isEqualTo(-0.5);
        assertThat(body.get("finish_reason").stringValue()).isEqualTo("stop");
    }

    @Test
    void passesPenaltiesBiasAndFormOn() throws InterruptedException {
        var response =
                generate(
                        """
                        {"prompt": "a", "max_tokens": 1, "min_p": 0.25, "repetition_penalty": 1.5,
                         "presence_penalty": -1, "frequency_penalty": 0.5,
                         "logit_bias": {"7": -100, "12": 2.5},
                         "constraint": {"json_schema": {"type": "boolean"}}}
                        """);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var request = gateway.cluster.agent.requests.take();
        var sampling = request.getSampling();
        assertThat(sampling.getMinP()).isEqualTo(0.25f);
        assertThat(sampling.getRepetitionPenalty()).isEqualTo(1.5f);
        assertThat(sampling.getPresencePenalty()).isEqualTo(-1f);
        assertThat(sampling.getFrequencyPenalty()).isEqualTo(0.5f);
        assertThat(sampling.getLogitBiasMap()).containsOnly(entry(7, -100f), entry(12, 2.5f));
        assertThat(request.getJsonSchema()).isEqualTo("{\"type\":\"boolean\"}");
        assertThat(request.getTenant()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    "min_p": 2                              | min_p
                    "repetition_penalty": 0                 | repetition_penalty
                    "presence_penalty": "x"                 | presence_penalty
                    "logit_bias": {"a": 1}                  | logit_bias
                    "logit_bias": {"1": 101}                | logit_bias
                    "constraint": {"regex": "a", "grammar": "b"} | constraint
                    "constraint": {"json_object": false}    | constraint
                    "constraint": {"xml": "a"}              | constraint
                    """)
    void namesTheSteeringFieldThatIsWrong(String field, String name) {
        var response = generate("{\"prompt\":\"a\",\"max_tokens\":1," + field + "}");
        assertThat(response.statusCode()).isEqualTo(422);
        var errors = RunningGateway.json(response).get("errors");
        assertThat(errors).hasSize(1);
        assertThat(errors.get(0).get("field").stringValue()).isEqualTo(name);
    }

    @Test
    void passesEverySamplingFieldOn() throws InterruptedException {
        var response =
                generate(
                        """
                        {"model": "assay-reference", "prompt": "x", "max_tokens": 7,
                         "temperature": 0.5, "top_p": 0.9, "top_k": 3, "seed": -1,
                         "stop_sequence": ["Q.", "Z"]}
                        """);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var sent = gateway.cluster.agent.requests.take();
        assertThat(sent.getMaxTokens()).isEqualTo(7);
        assertThat(sent.getSampling().getTemperature()).isEqualTo(0.5f);
        assertThat(sent.getSampling().getTopP()).isEqualTo(0.9f);
        assertThat(sent.getSampling().getTopK()).isEqualTo(3);
        assertThat(sent.getSampling().getSeed()).isEqualTo(-1);
        assertThat(sent.getStopSequencesList()).containsExactly("Q.", "Z");
        assertThat(sent.getEpoch()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"max_tokens":1}                                   | prompt        | missing
                    {"prompt":"","max_tokens":1}                       | prompt        | empty
                    {"prompt":7,"max_tokens":1}                        | prompt        | expected: string
                    {"prompt":"\\ud800","max_tokens":1}                | prompt        | surrogate
                    {"prompt":"a"}                                     | max_tokens    | 1..2048
                    {"prompt":"a","max_tokens":0}                      | max_tokens    | 0 (expected: 1..2048)
                    {"prompt":"a","max_tokens":-1}                     | max_tokens    | -1 (expected: 1..2048)
                    {"prompt":"a","max_tokens":1000000000}             | max_tokens    | 1000000000 (expected: 1..2048)
                    {"prompt":"a","max_tokens":1e400}                  | max_tokens    | 1..2048
                    {"prompt":"a","max_tokens":1.5}                    | max_tokens    | 1.5
                    {"prompt":"a","max_tokens":"1"}                    | max_tokens    | string (expected: number)
                    {"prompt":"a","max_tokens":1,"temperature":NaN}    | temperature   | NaN
                    {"prompt":"a","max_tokens":1,"temperature":-1}     | temperature   | -1.0 (expected: 0..2)
                    {"prompt":"a","max_tokens":1,"temperature":2.1}    | temperature   | 0..2
                    {"prompt":"a","max_tokens":1,"temperature":Infinity} | temperature | 0..2
                    {"prompt":"a","max_tokens":1,"top_p":1.1}          | top_p         | 0..1
                    {"prompt":"a","max_tokens":1,"top_k":-3}           | top_k         | -3
                    {"prompt":"a","max_tokens":1,"seed":1.5}           | seed          | whole number
                    {"prompt":"a","max_tokens":1,"stop_sequence":"x"}  | stop_sequence | array
                    {"prompt":"a","max_tokens":1,"stop_sequence":[""]} | stop_sequence | 1..256
                    {"prompt":"a","max_tokens":1,"stop_sequence":[1]}  | stop_sequence | expected: string
                    {"prompt":"a","max_tokens":1,"stream":"yes"}       | stream        | boolean
                    {"prompt":"a","max_tokens":1,"maxtokens":1}        | maxtokens     | unknown field
                    """)
    void refusesABadFieldByItsName(String body, String field, String message) {
        var response = generate(body);
        assertProblem(response, 422, "invalid-request");
        var errors = RunningGateway.json(response).get("errors");
        assertThat(errors.size()).isEqualTo(1);
        assertThat(errors.get(0).get("field").stringValue()).isEqualTo(field);
        assertThat(errors.get(0).get("message").stringValue()).contains(message);
    }

    @Test
    void tellsAllThatIsWrongAtOnce() {
        var response = generate("{\"max_tokens\":0,\"temperature\":-1,\"what\":1}");
        var fields = new ArrayList<String>();
        RunningGateway.json(response)
                .get("errors")
                .forEach(error -> fields.add(error.get("field").stringValue()));
        assertThat(fields).containsExactly("max_tokens", "prompt", "temperature", "what");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"prompt":"secret-prompt   | 400 | malformed-json
                    {"prompt":"a","prompt":"b"} | 400 | malformed-json
                    {} {}                      | 400 | malformed-json
                    ``                         | 400 | malformed-json
                    [1]                        | 422 | invalid-request
                    null                       | 422 | invalid-request
                    """)
    void refusesWhatIsNoJsonObject(String body, int status, String slug) {
        var response = generate(body);
        assertProblem(response, status, slug);
        assertThat(response.body()).doesNotContain("secret-prompt");
    }

    @Test
    void refusesABodyAboveTheBound() {
        var response = generate("{\"prompt\":\"" + "x".repeat(1 << 20) + "\",\"max_tokens\":1}");
        assertProblem(response, 413, "request-too-large");
    }

    @Test
    void refusesAnUnknownModel() {
        assertProblem(
                generate("{\"model\":\"gpt\",\"prompt\":\"a\",\"max_tokens\":1}"),
                404,
                "model-unknown");
    }

    @Test
    void tellsHowLongThePromptIsWhenItDoesNotFit() {
        var response = generate("{\"prompt\":\"too long\",\"max_tokens\":1}");
        assertProblem(response, 422, "prompt-too-long");
        assertThat(response.body()).contains("5000").contains("2048");
    }

    @Test
    void saysWhenToComeBackIfNoReplicaServes() {
        gateway.cluster.publish();
        await(() -> gateway.get("/v2/health/ready", null).statusCode() == 503);
        var response = generate("{\"prompt\":\"a\",\"max_tokens\":1}");
        assertProblem(response, 503, "no-replica");
        assertThat(response.headers().firstValue("Retry-After")).hasValue("5");
    }

    @Test
    void wakesAModelAtRestAndWaitsForIt() throws Exception {
        gateway.cluster.deployments.isDeployed = true;
        rest();
        var response =
                CompletableFuture.supplyAsync(
                        () -> generate("{\"prompt\":\"a b\",\"max_tokens\":2}"));
        assertThat(gateway.cluster.deployments.woken.poll(10, TimeUnit.SECONDS))
                .isNotNull()
                .extracting(WakeRequest::getModel)
                .isEqualTo(FakeCluster.MODEL);
        assertThat(response).isNotDone();
        gateway.cluster.publish(gateway.cluster.route());
        assertThat(response.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        gateway.cluster.deployments.isDeployed = false;
    }

    @Test
    void givesUpWaitingForAReplicaThatDoesNotCome() {
        gateway.cluster.deployments.isDeployed = true;
        rest();
        assertProblem(generate("{\"prompt\":\"a\",\"max_tokens\":1}"), 503, "no-replica");
        gateway.cluster.deployments.isDeployed = false;
    }

    @Test
    void answersALostStageWith503() {
        var response = generate("{\"prompt\":\"break it\",\"max_tokens\":9}");
        assertProblem(response, 503, "stage-lost");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void answersAFullQueueWith503() {
        var response = generate("{\"prompt\":\"full\",\"max_tokens\":9}");
        assertProblem(response, 503, "queue-full");
        assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    }

    @Test
    void keepsItsRoutesWhileTheSchedulerIsAway() {
        gateway.cluster.breakStreams();
        assertThat(generate("{\"prompt\":\"a\",\"max_tokens\":1}").statusCode()).isEqualTo(200);
    }

    @Test
    void streamsEventsThatEndWithDone() {
        var response =
                generate(
                        "{\"prompt\":\"a b\",\"max_tokens\":5,\"stream\":true,\"log_probs\":true}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/event-stream");
        List<String> data = response.body().lines().filter(line -> !line.isEmpty()).toList();
        assertThat(data).hasSize(4).allMatch(line -> line.startsWith("data: "));
        JsonNode first = JsonMapper.shared().readTree(data.get(0).substring(6));
        assertThat(first.get("output").stringValue()).isEqualTo("a");
        assertThat(first.get("log_probs").size()).isEqualTo(1);
        JsonNode last = JsonMapper.shared().readTree(data.get(2).substring(6));
        assertThat(last.get("finish_reason").stringValue()).isEqualTo("stop");
        assertThat(last.get("usage").get("completion_tokens").intValue()).isEqualTo(2);
        assertThat(data.get(3)).isEqualTo("data: [DONE]");
    }

    @Test
    void tellsOfAnErrorWithinTheStreamAsAnEvent() {
        var response = generate("{\"prompt\":\"break it\",\"max_tokens\":9,\"stream\":true}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("event: error\ndata: {\"type\":")
                .contains("stage-lost");
        assertThat(response.body()).doesNotContain("[DONE]");
    }

    @Test
    void answersAnErrorBeforeTheStreamAsAnyOther() {
        assertProblem(
                generate("{\"prompt\":\"too long\",\"max_tokens\":9,\"stream\":true}"),
                422,
                "prompt-too-long");
    }

    @Test
    void takesAWellFormedRequestIdOverAndReplacesAnother() {
        var builder = gateway.request("http", "/v2/health/live", null);
        var kept = gateway.send(builder.header("X-Request-Id", "my.id-1").build());
        assertThat(kept.headers().firstValue("X-Request-Id")).hasValue("my.id-1");
        var replaced =
                gateway.send(
                        gateway.request("http", "/v2/health/live", null)
                                .header("X-Request-Id", "a b\"c")
                                .build());
        assertThat(replaced.headers().firstValue("X-Request-Id").orElseThrow())
                .matches("[0-9a-f-]{36}");
    }

    @Test
    void writesOneRecordWithItsTwelveFieldsForACall() {
        var response = generate("{\"prompt\":\"never stored\",\"max_tokens\":2}");
        String id = response.headers().firstValue("X-Request-Id").orElseThrow();
        String row =
                gateway.one(
                        """
                        select to_jsonb(e)::text from audit_events e
                        where correlation->>'request' = ?
                        """,
                        id);
        JsonNode record = JsonMapper.shared().readTree(row);
        assertThat(record.get("action").stringValue()).isEqualTo("inference.generate");
        assertThat(record.get("actor").get("kind").stringValue()).isEqualTo("api_key");
        assertThat(record.get("source_ip").stringValue()).isEqualTo("127.0.0.1");
        assertThat(record.get("user_agent").stringValue()).contains("Java-http-client");
        assertThat(record.get("object").get("version").stringValue()).isEqualTo("1");
        assertThat(record.get("outcome").get("status").intValue()).isEqualTo(200);
        assertThat(record.get("details").get("completion_tokens").intValue()).isEqualTo(2);
        assertThat(record.get("request").get("path").stringValue()).isEqualTo(PATH);
        assertThat(record.get("duration_nanos").longValue()).isPositive();
        assertThat(record.toString()).doesNotContain("never stored").doesNotContain("ask_");
    }

    @Test
    void recordsARefusedCallToo() {
        var response = generate("{\"prompt\":\"a\",\"max_tokens\":0}");
        String id = response.headers().firstValue("X-Request-Id").orElseThrow();
        assertThat(
                        gateway.one(
                                """
                                select outcome->>'reason' from audit_events
                                where correlation->>'request' = ?
                                """,
                                id))
                .isEqualTo("INVALID_REQUEST");
    }

    static void await(java.util.concurrent.Callable<Boolean> condition) {
        org.awaitility.Awaitility.await().until(condition);
    }

    static void assertProblem(HttpResponse<String> response, int status, String slug) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/problem+json");
        var body = RunningGateway.json(response);
        assertThat(body.get("type").stringValue()).isEqualTo("urn:assay:problem:" + slug);
        assertThat(body.get("status").intValue()).isEqualTo(status);
        assertThat(body.get("request_id").stringValue())
                .isEqualTo(response.headers().firstValue("X-Request-Id").orElseThrow());
        assertThat(response.body()).doesNotContain("Exception").doesNotContain("at assay.");
    }
}
