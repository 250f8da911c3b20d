package assay.agent.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads what a proof rests on, from {@code Print Assumptions} and from {@code coqchk}. Both are
 * parsed positively: what does not have exactly the known shape is a refusal, as an option set by a
 * submission could change the output. Stateless.
 */
final class Assumptions {
    /** What a proof may rest on: {@code NNPP} and its kin need excluded middle and nothing else. */
    static final Set<String> ALLOWED = Set.of("Classical_Prop.classic");

    private static final String CLOSED = "Closed under the global context";
    private static final Set<String> CLASSIC_LINES =
            Set.of(
                    "classic : forall P : Prop, P \\/ ~ P",
                    "Classical_Prop.classic : forall P : Prop, P \\/ ~ P");

    private Assumptions() {}

    /** The assumptions, or why they are refused. */
    sealed interface Reading {
        record Rests(List<String> axioms) implements Reading {}

        record Refused(String message) implements Reading {}
    }

    /** Reads the whole standard output of the file that prints them. */
    static Reading ofPrint(String standardOutput) {
        String text = standardOutput.strip();
        if (text.equals(CLOSED)) {
            return new Reading.Rests(List.of());
        }
        List<String> lines = text.lines().toList();
        if (lines.size() == 2
                && lines.get(0).equals("Axioms:")
                && CLASSIC_LINES.contains(lines.get(1).strip())) {
            return new Reading.Rests(List.copyOf(ALLOWED));
        }
        return new Reading.Refused(
                "the proof rests on something that is not allowed: " + cut(text));
    }

    /**
     * Reads the summary that {@code coqchk -o} writes to standard error: it may list axioms of the
     * standard library that are merely loaded, none of ours, and nothing that was accepted without
     * its check.
     */
    static Reading ofKernel(String summary) {
        var section = "";
        var found = new ArrayList<String>();
        boolean axiomsListed = false;
        for (String line : summary.lines().map(String::strip).toList()) {
            if (line.startsWith("* ")) {
                section = line;
                axiomsListed |= line.startsWith("* Axioms:");
                boolean empty =
                        line.endsWith("<none>")
                                || line.endsWith(":")
                                || line.startsWith("* Theory:");
                if (!empty) {
                    return new Reading.Refused("the kernel's checker says: " + cut(line));
                }
            } else if (line.startsWith("V.")
                    || (!line.isEmpty() && !section.isEmpty() && unsafe(section))) {
                found.add(line);
            }
        }
        if (!axiomsListed) {
            return new Reading.Refused(
                    "the kernel's checker gave no summary: " + cut(summary.strip()));
        }
        return found.isEmpty()
                ? new Reading.Rests(List.of())
                : new Reading.Refused(
                        "the kernel's checker lists " + cut(String.join(", ", found)));
    }

    private static boolean unsafe(String section) {
        return section.startsWith("* Constants/Inductives relying")
                || section.startsWith("* Inductives whose");
    }

    private static String cut(String text) {
        return text.length() > 500 ? text.substring(0, 500) + " …" : text;
    }
}
