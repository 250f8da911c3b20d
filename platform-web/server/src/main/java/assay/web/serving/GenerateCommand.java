package assay.web.serving;

import assay.web.identity.Caller;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A generation as asked for, already checked at the edge but for what only the model knows.
 *
 * @param requestId correlates answer, log and audit
 * @param model null for the default model
 * @param temperature 0 is greedy; finite, 0..2
 * @param topP 0 or 1 is off
 * @param topK 0 is off
 * @param seed null to draw one
 */
public record GenerateCommand(
        String requestId,
        Caller caller,
        @Nullable String model,
        String prompt,
        int maxTokens,
        float temperature,
        float topP,
        int topK,
        @Nullable Long seed,
        List<String> stopSequences,
        Steering steering) {
    public GenerateCommand {
        stopSequences = List.copyOf(stopSequences);
    }
}
