package assay.web.verify;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A verification as it stands.
 *
 * @param verdict null while it runs
 * @param proof the accepted tactic script, when proved
 * @param counterexample the accepted assignment, when refuted
 * @param source the complete file that the checker accepted: it can be run again by hand
 * @param reason why it is undecided or failed, in words; null otherwise
 */
public record Verification(
        UUID id,
        State state,
        String scenario,
        String system,
        String statement,
        String preamble,
        int samples,
        @Nullable Verdict verdict,
        @Nullable String proof,
        @Nullable String counterexample,
        @Nullable String source,
        @Nullable String reason,
        List<Step> steps,
        @Nullable String model,
        @Nullable String modelVersion,
        Instant createdAt,
        @Nullable Instant finishedAt) {
    /** Where it is. */
    public enum State {
        RUNNING,
        FINISHED,
        FAILED,
        CANCELLED
    }

    public Verification {
        steps = List.copyOf(steps);
    }
}
