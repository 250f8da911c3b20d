package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.web.serving.Checkers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Verification over REST, from socket to checker and back. */
class VerificationApiIT {
    private static final String PATH = "/api/v1/verifications";

    private final RunningGateway gateway = RunningGateway.shared();

    @BeforeEach
    void modelAndCheckerAreThere() {
        gateway.cluster.publishWithCoq(gateway.cluster.route());
        awaitCoq(true);
    }

    @AfterEach
    void asOtherTestsExpect() {
        gateway.cluster.publish(gateway.cluster.route());
    }

    @Test
    void aTheoremIsProvedAndTheResultIsComplete() {
        var response = verify("forall n : nat, n = n");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode body = RunningGateway.json(response);
        String id = body.get("id").stringValue();
        assertThat(body.get("verdict").stringValue()).isEqualTo("proved");
        assertThat(body.get("proof").stringValue()).isEqualTo("trivial.");
        assertThat(body.get("scenario").stringValue()).isEqualTo("theorem");
        assertThat(body.get("system").stringValue()).isEqualTo("coq");
        assertThat(body.get("steps").size()).isEqualTo(4);
        assertThat(body.get("model").stringValue()).isEqualTo("assay-reference");
        assertThat(body.get("model_version").stringValue()).isEqualTo("1");
        assertThat(body.get("duration_ms").isIntegralNumber()).isTrue();
        assertThat(body.get("report").get("html").stringValue())
                .isEqualTo(PATH + "/" + id + "/report?format=html");
        assertThat(body.has("counterexample")).isFalse();

        var again = gateway.get(PATH + "/" + id, gateway.key());
        assertThat(RunningGateway.json(again)).isEqualTo(body);
    }

    @Test
    void theReportIsAPageOrADocument() {
        String id = RunningGateway.json(verify("True")).get("id").stringValue();
        var page = gateway.get(PATH + "/" + id + "/report?format=html&lang=zh-CN", gateway.key());
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html;charset=UTF-8");
        assertThat(page.headers().allValues("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("style-src 'unsafe-inline'");
        assertThat(page.body()).contains("已证明", "coqc Sol.v");

        var document = gateway.get(PATH + "/" + id + "/report?format=json", gateway.key());
        assertThat(RunningGateway.json(document).get("source").stringValue())
                .isEqualTo("Goal True.\nProof.\ntrivial.\nQed.\n");
        assertThat(RunningGateway.json(document).get("statement_sha256").stringValue()).hasSize(64);

        for (String format : new String[] {"pdf", "poem"}) {
            var refused = gateway.get(PATH + "/" + id + "/report?format=" + format, gateway.key());
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(refused.body()).contains("expected: html or json");
        }
    }

    @Test
    void whatNoCandidateDecidesIsUndecided() {
        JsonNode body = RunningGateway.json(verify("hard, n = 0"));
        assertThat(body.get("verdict").stringValue()).isEqualTo("undecided");
        assertThat(body.get("cause").stringValue()).isEqualTo("exhausted");
        assertThat(body.get("reason").stringValue())
                .containsPattern("\\d+ candidates were tried \\(.*; \\d+ repeated\\)")
                .contains("accepted none");
        assertThat(body.has("proof")).isFalse();
    }

    @Test
    void whatTheCheckerCanNotReadIsToldInItsWords() {
        var response = verify("bad n");
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.headers().firstValue("Content-Type").orElse(""))
                .startsWith("application/problem+json");
        JsonNode problem = RunningGateway.json(response);
        assertThat(problem.get("type").stringValue()).endsWith("statement-invalid");
        assertThat(problem.get("detail").stringValue())
                .isEqualTo("The reference bad was not found in the current environment.");
    }

    @Test
    void withoutACheckerItIsUndecidedAndStillAnAnswer() {
        gateway.cluster.publish(gateway.cluster.route());
        awaitCoq(false);
        var response = verify("True");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(RunningGateway.json(response).get("verdict").stringValue())
                .isEqualTo("undecided");
    }

    @Test
    void withoutAReplicaItIs503WithATimeToRetryAfter() {
        gateway.cluster.publishWithCoq();
        await().until(() -> gateway.get("/v2/health/ready", null).statusCode() == 503);
        var response = verify("True");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(response.body()).contains("no-replica");
    }

    @Test
    void whoDoesNotWaitIsToldWhereItWillBe() {
        var response =
                gateway.send(
                        gateway.request("http", PATH, gateway.key())
                                .header("Content-Type", "application/json")
                                .header("Prefer", "wait=10, Respond-Async")
                                .POST(HttpRequest.BodyPublishers.ofString(theorem("True")))
                                .build());
        assertThat(response.statusCode()).isEqualTo(202);
        String id = RunningGateway.json(response).get("id").stringValue();
        assertThat(response.headers().firstValue("Location")).hasValue(PATH + "/" + id);
        assertThat(gateway.get(PATH + "/" + id, gateway.key()).statusCode()).isEqualTo(200);
    }

    @Test
    void cancellingIsAnsweredWithNothingAlsoTwice() {
        String id = RunningGateway.json(verify("True")).get("id").stringValue();
        for (int i = 0; i < 2; i++) {
            var response =
                    gateway.send(
                            gateway.request("http", PATH + "/" + id, gateway.key())
                                    .DELETE()
                                    .build());
            assertThat(response.statusCode()).isEqualTo(204);
        }
        assertThat(gateway.get(PATH + "/" + id, gateway.key()).body()).contains("\"finished\"");
    }

    @Test
    void othersFindNothing() {
        UUID tenant = UUID.randomUUID();
        UUID stranger = UUID.randomUUID();
        String slug = "v-" + tenant;
        execute("insert into tenants (id, slug, name) values (?, ?, 'T')", tenant, slug);
        execute(
                """
                insert into verifications (id, tenant_id, owner_kind, owner_id, scenario, state, input)
                values (?, ?, 'api_key', 'k', 'theorem', 'finished', '{}')
                """,
                stranger,
                tenant);
        for (String id : new String[] {stranger.toString(), UUID.randomUUID().toString(), "x"}) {
            for (String rest : new String[] {"", "/report"}) {
                var response = gateway.get(PATH + "/" + id + rest, gateway.key());
                assertThat(response.statusCode()).as(id + rest).isEqualTo(404);
                assertThat(response.body()).contains("not-found");
            }
        }
        assertThat(gateway.get(PATH + "/" + stranger, null).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "{! 400! malformed-json",
                "[]! 422! invalid-request",
                "{}! 422! scenario",
                "{\"scenario\":\"code\",\"language\":\"python\"}! 422! not available yet",
                "{\"scenario\":\"theorem\",\"system\":\"lean\",\"statement\":\"True\"}! 422! lean is not",
                "{\"scenario\":\"theorem\",\"system\":\"coq\"}! 422! statement",
                "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"\"}! 422! empty",
                "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"a<|eos|>\"}! 422! special token",
                "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"a\",\"samples\":33}! 422! 1..32",
                "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"a\",\"x\":1}! 422! unknown field",
                "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"a\",\"model\":\"m\"}! 404! model-unknown"
            })
    void refusesWhatIsWrongByName(String body, int status, String words) {
        var response = gateway.post(PATH, body, gateway.key());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(words);
    }

    @Test
    void everyRunIsAuditedWithItsFiguresAndNoText() {
        var response = verify("forall secret : nat, secret = secret");
        String id = RunningGateway.json(response).get("id").stringValue();
        String row =
                gateway.one(
                        """
                        select row_to_json(a)::text from audit_events a
                         where action = 'verification.run' and object->>'id' = ?
                        """,
                        id);
        assertThat(row)
                .contains("\"verdict\": \"proved\"", "statement_sha256", "\"status\": 200")
                .contains(response.headers().firstValue("X-Request-Id").orElseThrow())
                .doesNotContain("secret");
    }

    private HttpResponse<String> verify(String statement) {
        return gateway.post(PATH, theorem(statement), gateway.key());
    }

    private static String theorem(String statement) {
        return "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"" + statement + "\"}";
    }

    private void awaitCoq(boolean there) {
        var checkers = gateway.bean(Checkers.class);
        await().until(() -> checkers.version("coq").isPresent() == there);
    }

    private void execute(String sql, Object... parameters) {
        try (var connection = gateway.database.superuser().getConnection();
                var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
