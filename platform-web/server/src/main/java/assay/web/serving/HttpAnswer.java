package assay.web.serving;

import assay.web.WebException;
import assay.web.http.ClientConnection;
import assay.web.http.Problems;
import assay.web.http.RateLimits;
import assay.web.limits.Admission;
import assay.web.limits.LimitState;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An answer over HTTP. As one object it is collected and sent at the end, so that an error until
 * then has its own status; as events it begins with the first chunk. Confined to its thread.
 */
final class HttpAnswer implements GenerateAnswer {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ClientConnection connection;
    private final String requestId;
    private final StringBuilder output = new StringBuilder();
    private final List<Float> logProbs = new ArrayList<>();
    private boolean events;
    private boolean withLogProbs;
    private boolean begun;

    HttpAnswer(
            HttpServletRequest request,
            HttpServletResponse response,
            ClientConnection connection,
            String requestId) {
        this.request = request;
        this.response = response;
        this.connection = connection;
        this.requestId = requestId;
    }

    /** What the request asked for. */
    void form(boolean asEvents, boolean askedLogProbs) {
        this.events = asEvents;
        this.withLogProbs = askedLogProbs;
    }

    @Override
    public boolean gone() {
        return connection.gone();
    }

    @Override
    public void admitted(Admission admission) {
        List<LimitState> states = admission.states();
        if (!states.isEmpty()) {
            LimitState tightest = states.getFirst();
            RateLimits.write(
                    response,
                    states.stream().map(HttpAnswer::policy).toList(),
                    tightest.remaining(),
                    tightest.resets());
        }
    }

    private static RateLimits.Policy policy(LimitState state) {
        var quota = state.quota();
        return new RateLimits.Policy(
                quota.subject().kind().id() + "-" + quota.kind().id(),
                quota.amount(),
                quota.kind().period());
    }

    @Override
    public void chunk(GenerationChunk chunk) throws IOException {
        if (events) {
            Map<String, Object> event = new LinkedHashMap<>();
            event.put("output", chunk.text());
            if (withLogProbs) {
                event.put("log_probs", chunk.logProbs());
            }
            send(null, JSON.writeValueAsString(event));
            return;
        }
        output.append(chunk.text());
        if (withLogProbs) {
            for (float logProb : chunk.logProbs()) {
                logProbs.add(logProb);
            }
        }
    }

    @Override
    public void finished(ServedModel model, GenerationEnd end) throws IOException {
        String json =
                JSON.writeValueAsString(
                        GenerateJson.of(
                                output.toString(), // empty in the last event: all of it was sent
                                withLogProbs && !events ? logProbs : null,
                                model,
                                end,
                                requestId));
        if (events) {
            send(null, json);
            send(null, "[DONE]");
        } else {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            response.setContentType("application/json");
            response.setContentLength(bytes.length);
            response.getOutputStream().write(bytes);
        }
    }

    /**
     * Tells of an error as an event, if the answer has begun as events.
     *
     * @return whether it did; otherwise the error is still to be answered
     */
    boolean failed(WebException error) throws IOException {
        if (!begun) {
            return false;
        }
        send("error", Problems.json(error, request.getRequestURI(), requestId));
        return true;
    }

    private void send(@Nullable String event, String data) throws IOException {
        if (!begun) {
            begun = true;
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("X-Accel-Buffering", "no"); // proxies must not collect it
        }
        String text = (event == null ? "" : "event: " + event + "\n") + "data: " + data + "\n\n";
        response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        response.flushBuffer();
    }
}
