package assay.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Generation over REST, from socket to agent and back. */
class GenerateIT {
    private static final String PATH = "/api/v1/generate";

    private final RunningGateway gateway = RunningGateway.shared();

    @BeforeEach
    void oneReplicaServes() {
        gateway.cluster.publish(gateway.cluster.route());
    }

    @Test
    void answersWithTextFinishAndUsage() {
        var response = gateway.post(PATH, "{\"prompt\":\"a b c\",\"max_tokens\":2}", gateway.key());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var body = RunningGateway.json(response);
        assertThat(body.get("output").stringValue()).isEqualTo("a b");
        assertThat(body.get("finish_reason").stringValue()).isEqualTo("length");
        assertThat(body.get("model").stringValue()).isEqualTo("assay-reference");
        assertThat(body.get("model_version").stringValue()).isEqualTo("1");
        assertThat(body.get("usage").get("prompt_tokens").intValue()).isEqualTo(3);
        assertThat(body.get("usage").get("completion_tokens").intValue()).isEqualTo(2);
        assertThat(body.has("log_probs")).isFalse();
        assertThat(response.headers().firstValue("X-Request-Id"))
                .hasValue(body.get("request_id").stringValue());
    }
}
