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
 * @param batch gives way to interactive requests on its replica
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
        Steering steering,
        boolean batch) {
    public GenerateCommand {
        stopSequences = List.copyOf(stopSequences);
    }

    /** The same as an item of a batch job. */
    GenerateCommand asBatch() {
        return new GenerateCommand(
                requestId,
                caller,
                model,
                prompt,
                maxTokens,
                temperature,
                topP,
                topK,
                seed,
                stopSequences,
                steering,
                true);
    }
}
