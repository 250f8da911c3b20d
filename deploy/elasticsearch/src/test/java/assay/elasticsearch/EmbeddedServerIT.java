package assay.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The real server in its own process: internal interfaces of Elasticsearch still fit. */
class EmbeddedServerIT {
    @Test
    void keepsWhatItAcknowledgedThroughAKillAndEndsWithItsStandardInput() throws Exception {
        try (var server = RunningElasticsearch.start()) {
            assertThat(send(server, "PUT", "/audit-x/_doc/1?op_type=create", "{\"a\":1}"))
                    .isEqualTo(201);
            assertThat(send(server, "PUT", "/other/_doc/1", "{\"a\":1}"))
                    .as("an index that nobody set up is not made")
                    .isEqualTo(404);
            server.kill();
            server.launch();
            assertThat(send(server, "PUT", "/audit-x/_doc/1?op_type=create", "{\"a\":1}"))
                    .isEqualTo(409);
            server.process().getOutputStream().close();
            assertThat(server.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(server.process().exitValue()).isZero();
        }
    }

    private static int send(RunningElasticsearch server, String method, String path, String body)
            throws IOException, InterruptedException {
        URI uri = server.uri().resolve(path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri)
                                    .header("Content-Type", "application/json")
                                    .method(method, HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
