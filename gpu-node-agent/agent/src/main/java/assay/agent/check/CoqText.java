package assay.agent.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A piece of Coq as its lexer would see it: comments blanked out (they nest), sentences found. One
 * pass, linear time. What Coq might read in another way than this scanner (strings, odd blanks, an
 * open comment) is a {@link Trouble}, so that whoever uses it fails closed. Immutable.
 *
 * @param stripped the text with every character of a comment replaced by a blank; line breaks stay,
 *     so offsets hold
 * @param sentences what ends in a full stop before a blank or the end, and what is left after the
 *     last one
 */
record CoqText(String stripped, List<Sentence> sentences, Optional<Trouble> trouble) {

    /**
     * One sentence without its full stop, stripped.
     *
     * @param offset of its first character
     * @param ended false for text after the last full stop
     */
    record Sentence(int offset, String text, boolean ended) {}

    /** Why a text is not fit, and where. */
    record Trouble(int offset, String reason) {}

    CoqText {
        sentences = List.copyOf(sentences);
    }

    static CoqText scan(String text) {
        var stripped = new StringBuilder(text.length());
        Optional<Trouble> trouble = Optional.empty();
        int depth = 0;
        int opened = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (trouble.isEmpty()) {
                trouble = oddCharacter(c, i);
            }
            if (text.startsWith("(*", i)) {
                opened = depth == 0 ? i : opened;
                depth++;
                stripped.append("  ");
                i++;
            } else if (depth > 0 && text.startsWith("*)", i)) {
                depth--;
                stripped.append("  ");
                i++;
            } else {
                stripped.append(depth > 0 && c != '\n' ? ' ' : c);
            }
        }
        if (depth > 0 && trouble.isEmpty()) {
            trouble = Optional.of(new Trouble(opened, "a comment is not closed"));
        }
        String clean = stripped.toString();
        return new CoqText(clean, split(clean), trouble);
    }

    /** Line of an offset, from 1. */
    static int lineOf(String text, int offset) {
        return (int) text.substring(0, offset).chars().filter(c -> c == '\n').count() + 1;
    }

    /** Column of an offset, from 1. */
    static int columnOf(String text, int offset) {
        return offset - text.lastIndexOf('\n', offset - 1);
    }

    private static Optional<Trouble> oddCharacter(char c, int offset) {
        if (c == '"') { // a string hides what follows, in comments as well
            return Optional.of(new Trouble(offset, "strings are not allowed"));
        }
        boolean plainBlank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        boolean blank =
                Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
        boolean invisible = Character.getType(c) == Character.FORMAT;
        return !plainBlank && (blank || invisible)
                ? Optional.of(
                        new Trouble(
                                offset, "the character U+%04X is not allowed".formatted((int) c)))
                : Optional.empty();
    }

    private static List<Sentence> split(String clean) {
        var sentences = new ArrayList<Sentence>();
        int from = 0;
        for (int i = 0; i < clean.length(); i++) {
            boolean last = i + 1 == clean.length();
            if (clean.charAt(i) == '.' && (last || Character.isWhitespace(clean.charAt(i + 1)))) {
                add(sentences, clean, from, i, true);
                from = i + 1;
            }
        }
        add(sentences, clean, from, clean.length(), false);
        return sentences;
    }

    private static void add(List<Sentence> into, String clean, int from, int to, boolean ended) {
        int start = from;
        while (start < to && Character.isWhitespace(clean.charAt(start))) {
            start++;
        }
        String text = clean.substring(start, to).strip();
        if (ended || !text.isEmpty()) {
            into.add(new Sentence(start, text, ended));
        }
    }
}
