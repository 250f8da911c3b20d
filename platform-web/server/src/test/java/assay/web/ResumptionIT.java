package assay.web;

import static org.assertj.core.api.Assertions.assertThat;

import assay.inference.v1.GenerateRequest;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A head that is lost in the middle of an answer, as far as a client can tell: not at all. */
class ResumptionIT {
    private final RunningGateway gateway = RunningGateway.shared();

    @BeforeEach
    void oneReplicaServes() {
        gateway.cluster.publish(gateway.cluster.route());
        gateway.cluster.agent.requests.clear();
    }

    private HttpResponse<String> generate(String prompt, String more) {
        return gateway.post(
                "/api/v1/generate",
                "{\"prompt\":\"%s\",\"max_tokens\":9%s}".formatted(prompt, more),
                gateway.key());
    }

    @Test
    void anAnswerGoesOnBehindWhatWasTold() throws InterruptedException {
        var response = generate("leave a b c d", ",\"temperature\":1,\"log_probs\":true");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var body = RunningGateway.json(response);
        assertThat(body.get("output").stringValue()).isEqualTo("leave a b c d");
        assertThat(body.get("finish_reason").stringValue()).isEqualTo("stop");
        assertThat(body.get("usage").get("prompt_tokens").intValue()).isEqualTo(5);
        assertThat(body.get("usage").get("completion_tokens").intValue()).isEqualTo(5);
        assertThat(body.get("log_probs").size()).isEqualTo(5);

        GenerateRequest first = gateway.cluster.agent.requests.take();
        GenerateRequest second = gateway.cluster.agent.requests.take();
        GenerateRequest third = gateway.cluster.agent.requests.take();
        assertThat(first.getResumedList()).isEmpty();
        assertThat(second.getResumed(0).getIdsList()).containsExactly(0, 1);
        assertThat(second.getResumed(0).getTextUnits()).isEqualTo("leave a".length());
        assertThat(third.getResumed(0).getIdsList()).containsExactly(0, 1, 2, 3);
        assertThat(second.toBuilder().clearResumed().build())
                .as("the same request, with the same id and the same seed")
                .isEqualTo(first);
    }

    @Test
    void aStreamGoesOnBehindWhatWasTold() {
        var response = generate("leave a b c d", ",\"stream\":true");
        assertThat(response.statusCode()).isEqualTo(200);
        String text =
                response.body()
                        .lines()
                        .filter(line -> line.startsWith("data:{") || line.startsWith("data: {"))
                        .map(line ->
                                JsonMapper.shared().readTree(line.substring(line.indexOf('{'))))
                        .filter(node -> node.has("output"))
                        .map(node -> node.get("output").stringValue())
                        .collect(Collectors.joining());
        assertThat(text).isEqualTo("leave a b c d");
        assertThat(response.body()).contains("\"completion_tokens\":5").doesNotContain("error");
    }

    @Test
    void aHeadThatWentOnToAnotherEpochIsAskedThere() throws InterruptedException {
        var response = generate("moved a", "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(gateway.cluster.agent.requests.take().getEpoch()).isEqualTo(1);
        assertThat(gateway.cluster.agent.requests.take().getEpoch()).isEqualTo(2);
    }

    @Test
    void aHeadThatIsSilentIsLeftWhenTheReplicaHasAnother() throws Exception {
        String id = UUID.randomUUID().toString();
        var request =
                gateway.request("http", "/api/v1/generate", gateway.key())
                        .header("X-Request-Id", id)
                        .POST(
                                java.net.http.HttpRequest.BodyPublishers.ofString(
                                        "{\"prompt\":\"hang a b\",\"max_tokens\":9}"))
                        .build();
        CompletableFuture<HttpResponse<String>> answer =
                gateway.client()
                        .sendAsync(request, java.net.http.HttpResponse.BodyHandlers.ofString());
        gateway.cluster.agent.awaitStarted(id);
        gateway.cluster.publish(gateway.cluster.healedRoute());
        gateway.cluster.agent.awaitCancelled(id);
        var body = RunningGateway.json(answer.get(10, TimeUnit.SECONDS));
        assertThat(body.get("output").stringValue()).isEqualTo("hang a b");
        assertThat(gateway.cluster.agent.requests.take().getEpoch()).isEqualTo(1);
        assertThat(gateway.cluster.agent.requests.take().getEpoch()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"stream\":true"})
    void aHeadThatDoesNotComeBackIsNotWaitedForWithoutEnd(String more) {
        var response = generate("gone", more);
        assertThat(response.body()).contains("stage-lost");
        assertThat(gateway.cluster.agent.requests.size()).as("tries").isBetween(3, 10);
    }
}
