package assay.web.serving;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A whole answer as the API tells it, to one call or to an item of a batch job. Stateless. */
final class GenerateJson {
    private GenerateJson() {}

    /**
     * @param logProbs null where nobody asked for them
     */
    static Map<String, Object> of(
            String output,
            @Nullable List<Float> logProbs,
            ServedModel model,
            GenerationEnd end,
            String requestId) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("output", output);
        if (logProbs != null) {
            body.put("log_probs", logProbs);
        }
        body.put("finish_reason", end.finishReason());
        body.put("model", model.name());
        body.put("model_version", model.version());
        body.put("request_id", requestId);
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", end.promptTokens());
        usage.put("completion_tokens", end.completionTokens());
        body.put("usage", usage);
        return body;
    }
}
