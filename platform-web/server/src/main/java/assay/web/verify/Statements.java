package assay.web.verify;

import assay.web.WebException;
import java.util.regex.Pattern;

/** What people type, brought into the one form that models and checkers are given. Stateless. */
final class Statements {
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    /**
     * Written out in a prompt it would be taken as the token itself. Both bars are looked for, as
     * no Coq term has either pair.
     */
    private static final Pattern SPECIAL_TOKEN = Pattern.compile("<\\|[A-Za-z0-9_]*\\|>");

    private Statements() {}

    /**
     * White space collapsed, the trailing full stop removed.
     *
     * @throws WebException INVALID_REQUEST: empty, too long, or with characters or special tokens
     *     that no statement has
     */
    static String normalise(String statement) {
        if (statement.length() > TheoremCommand.MAX_STATEMENT) {
            throw WebException.invalid(
                    "statement",
                    statement.length()
                            + " characters (expected: at most "
                            + TheoremCommand.MAX_STATEMENT
                            + ")");
        }
        String text = BLANKS.matcher(statement).replaceAll(" ").strip();
        while (text.endsWith(".")) {
            text = text.substring(0, text.length() - 1).strip();
        }
        if (text.isEmpty()) {
            throw WebException.invalid("statement", "empty (expected: one proposition)");
        }
        if (SPECIAL_TOKEN.matcher(text).find()) {
            throw WebException.invalid("statement", "holds a special token of a model");
        }
        refuseUnprintable("statement", text);
        return text;
    }

    /** The preamble as it is, when it can be stored and compiled at all. */
    static String preamble(String preamble) {
        if (preamble.length() > TheoremCommand.MAX_PREAMBLE) {
            throw WebException.invalid(
                    "preamble",
                    preamble.length()
                            + " characters (expected: at most "
                            + TheoremCommand.MAX_PREAMBLE
                            + ")");
        }
        refuseUnprintable("preamble", preamble);
        return preamble.strip();
    }

    private static void refuseUnprintable(String field, String text) {
        if (text.codePoints().anyMatch(Statements::unprintable)) {
            throw WebException.invalid(field, "holds control characters or broken Unicode");
        }
    }

    /**
     * A foreign text in a form that the database takes: byte-level models can write anything, and
     * PostgreSQL's JSON knows no NUL.
     */
    static String storable(String text) {
        if (text.codePoints().noneMatch(Statements::unprintable)) {
            return text;
        }
        var result = new StringBuilder(text.length());
        text.codePoints().forEach(c -> result.appendCodePoint(unprintable(c) ? '\uFFFD' : c));
        return result.toString();
    }

    private static boolean unprintable(int codePoint) {
        return (Character.isISOControl(codePoint) && !Character.isWhitespace(codePoint))
                || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
    }
}
