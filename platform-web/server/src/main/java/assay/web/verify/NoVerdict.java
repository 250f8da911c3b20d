package assay.web.verify;

import assay.web.ErrorCode;
import java.time.Duration;

/**
 * Why nothing was proved or refuted, as data: each reader's language says it in words of its own.
 * Immutable.
 */
public sealed interface NoVerdict {
    /** All candidates were tried in vain. */
    record Exhausted() implements NoVerdict {}

    /**
     * The time was over first.
     *
     * @param bound for one verification
     */
    record OutOfTime(Duration bound) implements NoVerdict {}

    /**
     * No node offers the checker, or none any more.
     *
     * @param system as the API names it: "coq"
     */
    record NoChecker(String system) implements NoVerdict {}

    /** Its owner stopped it. */
    record Cancelled() implements NoVerdict {}

    /** It could not be carried through. */
    record Failed(ErrorCode code) implements NoVerdict {}

    /** As the API and the bundles name it: {@code out-of-time}. */
    default String id() {
        return switch (this) {
            case Exhausted _ -> "exhausted";
            case OutOfTime _ -> "out-of-time";
            case NoChecker _ -> "no-checker";
            case Cancelled _ -> "cancelled";
            case Failed _ -> "failed";
        };
    }
}
