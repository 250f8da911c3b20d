package assay.web.verify;

import assay.web.verify.Step.CandidateChecked;
import java.time.Duration;
import java.util.Objects;

/** Why there is no verdict, in words that say what to try next. Stateless. */
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
        String message = lastRefusal(verification);
        return message.isEmpty() ? "" : " Its last answer: " + cut(message) + ".";
    }

    /** What a checker said last, whole; empty when none was asked about a candidate. */
    static String lastRefusal(Verification verification) {
        return verification.steps().reversed().stream()
                .filter(CandidateChecked.class::isInstance)
                .map(CandidateChecked.class::cast)
                .filter(step -> !step.tool().isBlank() && !step.message().isBlank())
                .findFirst()
                .map(step -> step.message().strip())
                .orElse("");
    }

    private static String cut(String message) {
        String line = message.replaceAll("\\s+", " ");
        String text = line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE) + "…";
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }
}
