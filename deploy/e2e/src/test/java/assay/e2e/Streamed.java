package assay.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One generation read as server-sent events, with the times at which its pieces came. Started at
 * once on a thread of its own. Thread-safe.
 */
final class Streamed {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final CompletableFuture<Ended> ended = new CompletableFuture<>();
    private final CountDownLatch some;
    private final StringBuilder text = new StringBuilder(); // of the reading thread
    private long lastPieceNanos = System.nanoTime();
    private long longestPauseNanos;

    /**
     * How it ended.
     *
     * @param error what the gateway or the connection said; empty when all went well
     * @param longestPause between two pieces, or before the first
     */
    record Ended(String text, int completionTokens, String error, Duration longestPause) {}

    private Streamed(int pieces) {
        some = new CountDownLatch(pieces);
    }

    /**
     * @param pieces after which {@link #awaitPieces} returns
     */
    static Streamed open(RunningStack stack, Map<String, Object> body, int pieces) {
        var streamed = new Streamed(pieces);
        String base = stack.text("http");
        var request =
                HttpRequest.newBuilder(URI.create(base + "/api/v1/generate"))
                        .header("Authorization", "Bearer " + stack.text("apiKey"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofMinutes(3))
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build();
        Thread.ofVirtual().start(() -> streamed.read(request));
        return streamed;
    }

    /** Waits until so many pieces came, or the end. Whether it goes on. */
    boolean awaitPieces(Duration atMost) throws InterruptedException {
        if (!some.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("nothing came within " + atMost);
        }
        return !ended.isDone();
    }

    Ended awaitEnd(Duration atMost) throws Exception {
        return ended.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void read(HttpRequest request) {
        int tokens = 0;
        String error = "";
        try (HttpClient http = HttpClient.newHttpClient()) {
            var response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (var lines =
                    new BufferedReader(
                            new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                if (response.statusCode() != 200) {
                    error = response.statusCode() + " " + String.join("", lines.lines().toList());
                }
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("event: error")) {
                        error = String.valueOf(lines.readLine());
                    } else if (line.startsWith("data: {")) {
                        tokens = Math.max(tokens, take(JSON.readTree(line.substring(6))));
                    }
                }
            }
        } catch (IOException e) {
            error = String.valueOf(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            error = "interrupted";
        } finally {
            ended.complete(
                    new Ended(text.toString(), tokens, error, Duration.ofNanos(longestPauseNanos)));
            while (some.getCount() > 0) {
                some.countDown();
            }
        }
    }

    private int take(JsonNode event) {
        long now = System.nanoTime();
        longestPauseNanos = Math.max(longestPauseNanos, now - lastPieceNanos);
        lastPieceNanos = now;
        text.append(event.path("output").asString(""));
        some.countDown();
        return event.path("usage").path("completion_tokens").asInt(0);
    }
}
