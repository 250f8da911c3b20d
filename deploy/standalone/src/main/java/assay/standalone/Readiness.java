package assay.standalone;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks the web server how it is. Thread-safe. */
final class Readiness implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final HttpClient client =
            HttpClient.newBuilder()
                    .connectTimeout(PATIENCE)
                    .version(HttpClient.Version.HTTP_1_1)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .build();
    private final URI health;

    /**
     * @param check {@code ready}, or {@code live} where no model is deployed
     */
    Readiness(int httpPort, String check) {
        this.health = URI.create("http://127.0.0.1:" + httpPort + "/v2/health/" + check);
    }

    boolean holds() throws InterruptedException {
        try {
            var request = HttpRequest.newBuilder(health).timeout(PATIENCE).GET().build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false; // it does not listen yet
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
