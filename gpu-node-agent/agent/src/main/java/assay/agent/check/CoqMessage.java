package assay.agent.check;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An error of coqc as it stands on standard error, warnings left out. Immutable.
 *
 * @param line in the compiled file, from 1; 0 when coqc names none
 * @param column from 1; coqc counts bytes
 * @param text Coq's own words, cut
 */
record CoqMessage(int line, int column, String text) {
    private static final int LONGEST = 2_000;
    private static final Pattern LOCATED_ERROR =
            Pattern.compile(
                    "File \"[^\"]*\", line (\\d+), characters (\\d+)-\\d+:\\s*\\n(?=Error)");

    /** Reads it; empty when there is none. */
    static CoqMessage read(String standardError) {
        Matcher error = LOCATED_ERROR.matcher(standardError);
        if (!error.find()) {
            int plain = standardError.indexOf("Error:");
            return new CoqMessage(
                    0, 0, tidy(plain < 0 ? standardError : standardError.substring(plain)));
        }
        return new CoqMessage(
                number(error.group(1)),
                number(error.group(2)) + 1,
                tidy(standardError.substring(error.end())));
    }

    /** The bound that Coq itself ran into, if it was one. */
    Optional<String> bound() {
        if (text.contains("Out of memory") || text.contains("Out_of_memory")) {
            return Optional.of("memory");
        }
        return text.contains("Stack overflow")
                ? Optional.of("stack: nested too deeply")
                : Optional.empty();
    }

    private static int number(String digits) {
        return digits.length() > 9 ? 0 : Integer.parseInt(digits);
    }

    private static String tidy(String text) {
        String words = text.strip();
        if (words.startsWith("Error:")) {
            words = words.substring("Error:".length()).strip();
        }
        return words.length() > LONGEST ? words.substring(0, LONGEST) + " …" : words;
    }
}
