package assay.web.verify;

import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.serving.BatchAnswer;
import assay.web.serving.Checkers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/**
 * Verifications of batch jobs. An item has the fields of a REST request and becomes a verification
 * like any other, with its steps, its report and its record. Thread-safe.
 */
public final class BatchVerification {
    /** How soon it is noticed that nobody wants the result any more. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final TheoremVerifications verifications;
    private final Checkers checkers;

    BatchVerification(TheoremVerifications verifications, Checkers checkers) {
        this.verifications = verifications;
        this.checkers = checkers;
    }

    /** Whether a node offers what verification needs: without, every verdict were undecided. */
    public boolean checkersAreThere() {
        return checkers.version("coq").isPresent();
    }

    /**
     * An item as far as it can be judged before it runs.
     *
     * @throws WebException PERMISSION_DENIED, INVALID_REQUEST with each wrong field
     */
    public void check(Caller caller, JsonNode item) {
        TheoremVerifications.checked(VerificationBody.read(item, caller, ""));
    }

    /**
     * Runs an item to its end; blocks.
     *
     * @param gone asked again and again: whether nobody wants the result any more
     * @return the result without its steps, which stand in the report; empty when it was stopped
     *     because of {@code gone}
     * @throws WebException why there is no result
     */
    public Optional<BatchAnswer> run(
            Caller caller, JsonNode item, String requestId, BooleanSupplier gone) {
        var id = verifications.start(VerificationBody.read(item, caller, requestId).asBatch());
        while (verifications.await(caller, id, LOOK).state() == Verification.State.RUNNING) {
            if (gone.getAsBoolean() || Thread.currentThread().isInterrupted()) {
                verifications.cancel(caller, id);
                return Optional.empty();
            }
        }
        var stored = verifications.visible(caller, id);
        var failure = stored.failure();
        if (failure != null) {
            throw failure.toException();
        }
        var result = VerificationJson.result(stored);
        result.remove("steps");
        return Optional.of(
                new BatchAnswer(result.toString(), Tally.of(stored.verification()).tokens()));
    }
}
