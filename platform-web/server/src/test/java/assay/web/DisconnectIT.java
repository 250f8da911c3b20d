package assay.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who leaves stops the work that was done for him. */
class DisconnectIT {
    private final RunningGateway gateway = RunningGateway.shared();

    @BeforeEach
    void oneReplicaServes() {
        gateway.cluster.publish(gateway.cluster.route());
    }

    @ParameterizedTest
    @CsvSource({
        "http, hang, false",
        "http, queue, false",
        "http, endless, false",
        "http, hang, true",
        "http, endless, true",
        "https, hang, false",
        "https, endless, true"
    })
    void aClosedSocketStopsTheGeneration(String listener, String prompt, boolean stream)
            throws Exception {
        String id = UUID.randomUUID().toString();
        try (Socket socket = connect(listener)) {
            write(socket, request(id, body(prompt, stream)));
            gateway.cluster.agent.awaitStarted(id);
        }
        gateway.cluster.agent.awaitCancelled(id);
        GenerateIT.await(() -> "CLIENT_GONE".equals(reason(id)));
    }

    @ParameterizedTest
    @CsvSource({"hang, false", "queue, false", "endless, true"})
    void aResetStreamOfHttp2StopsTheGeneration(String prompt, boolean stream) throws Exception {
        String id = UUID.randomUUID().toString();
        var request =
                gateway.request("https", "/api/v1/generate", gateway.key())
                        .header("X-Request-Id", id)
                        .POST(HttpRequest.BodyPublishers.ofString(body(prompt, stream)))
                        .build();
        var answer = gateway.client().sendAsync(request, BodyHandlers.ofString());
        gateway.cluster.agent.awaitStarted(id);
        assertThat(answer.cancel(true)).isTrue();
        gateway.cluster.agent.awaitCancelled(id);
    }

    @Test
    void requestsSentAheadAreAnsweredInTheirOrder() throws Exception {
        try (Socket socket = connect("http")) {
            String first = UUID.randomUUID().toString();
            String second = UUID.randomUUID().toString();
            String third = UUID.randomUUID().toString();
            String slow = "{\"prompt\":\"endless\",\"max_tokens\":50}";
            // The second comes with the first's body, the third while the first is at work.
            write(socket, request(first, slow) + request(second, slow));
            gateway.cluster.agent.awaitStarted(first);
            write(
                    socket,
                    request(third, slow).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            String answers =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answers.split("HTTP/1.1 200")).hasSize(4);
            assertThat(answers).containsSubsequence(first, second, third);
        }
    }

    private Socket connect(String listener) throws Exception {
        int port = gateway.port(listener);
        return listener.equals("http")
                ? new Socket(InetAddress.getLoopbackAddress(), port)
                : RunningGateway.trust(gateway.cluster)
                        .getSocketFactory()
                        .createSocket("127.0.0.1", port);
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private String request(String id, String body) {
        return """
        POST /api/v1/generate HTTP/1.1\r
        Host: localhost\r
        Authorization: Bearer %s\r
        X-Request-Id: %s\r
        Content-Length: %d\r
        \r
        %s\
        """
                .formatted(gateway.key(), id, body.length(), body);
    }

    private static String body(String prompt, boolean stream) {
        return "{\"prompt\":\"" + prompt + "\",\"max_tokens\":2000,\"stream\":" + stream + "}";
    }

    private @Nullable String reason(String id) {
        return gateway.one(
                "select outcome->>'reason' from audit_events where correlation->>'request' = ?",
                id);
    }
}
