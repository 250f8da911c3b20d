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
 */
public record TheoremCommand(
        Caller caller,
        String requestId,
        String system,
        String statement,
        String preamble,
        int samples,
        @Nullable String model) {}
