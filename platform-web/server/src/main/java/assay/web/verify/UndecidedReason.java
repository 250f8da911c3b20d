package assay.web.verify;

import java.time.Duration;
import java.util.Objects;

/**
 * Why there is no verdict, in the English words of the API that say what to try next. Pages say it
 * in their reader's language, from {@link NoVerdict}. Stateless.
 */
final class UndecidedReason {
    private static final int MAX_MESSAGE = 300;

    private UndecidedReason() {}

    /** All candidates were tried in vain. */
    static String exhausted(Verification verification) {
        return tried(verification)
                + lastWord(verification)
                + " Neither answer is known: the statement may still be true or false. Try more"
                + " samples, or split it into smaller lemmas.";
    }

    /** The time was over first. */
    static String outOfTime(Verification verification, Duration bound) {
        return "The time for one verification ("
                + bound.toSeconds()
                + " s) is over. "
                + tried(verification)
                + lastWord(verification)
                + " Try again when less is going on.";
    }

    private static String tried(Verification verification) {
        var tally = Tally.of(verification);
        return "%d %s tried (%d %s, %d %s, %d without either; %d repeated): %s accepted none."
                .formatted(
                        tally.candidates(),
                        tally.candidates() == 1 ? "candidate was" : "candidates were",
                        tally.proofs(),
                        tally.proofs() == 1 ? "proof" : "proofs",
                        tally.counterexamples(),
                        tally.counterexamples() == 1 ? "counterexample" : "counterexamples",
                        tally.neither(),
                        tally.duplicates(),
                        Objects.requireNonNullElse(
                                VerificationJson.tool(verification), "the checker"));
    }

    private static String lastWord(Verification verification) {
        return verification
                .lastAnswer()
                .map(message -> " Its last answer: " + cut(message) + ".")
                .orElse("");
    }

    private static String cut(String message) {
        String line = message.replaceAll("\\s+", " ");
        String text = line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE) + "…";
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }
}
