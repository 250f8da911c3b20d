package assay.web.verify;

import assay.web.identity.Caller;
import org.jspecify.annotations.Nullable;

/**
 * A conjecture to decide, checked at the edge for presence and size.
 *
 * @param system "coq"
 * @param statement one proposition, without a full stop
 * @param preamble definitions before it; may be empty
 * @param samples how many candidates at most, 1..32; the first is greedy
 * @param model null for the default model
 * @param batch an item of a batch job: its candidates give way to interactive requests
 */
public record TheoremCommand(
        Caller caller,
        String requestId,
        String system,
        String statement,
        String preamble,
        int samples,
        @Nullable String model,
        boolean batch) {
    /** One that somebody waits for. */
    public TheoremCommand(
            Caller caller,
            String requestId,
            String system,
            String statement,
            String preamble,
            int samples,
            @Nullable String model) {
        this(caller, requestId, system, statement, preamble, samples, model, false);
    }

    TheoremCommand asBatch() {
        return new TheoremCommand(
                caller, requestId, system, statement, preamble, samples, model, true);
    }

    /**
     * In characters. As the checker's file bounds it; a longer one leaves no room for an answer.
     */
    public static final int MAX_STATEMENT = 4_000;

    /** In characters. */
    public static final int MAX_PREAMBLE = 20_000;

    /** Candidates for one statement. */
    public static final int MAX_SAMPLES = 32;
}
