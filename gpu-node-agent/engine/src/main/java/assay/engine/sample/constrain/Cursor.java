package assay.engine.sample.constrain;

import assay.engine.EngineException;
import org.jspecify.annotations.Nullable;

/** A place in a text that is being parsed, in characters. Confined to one thread. */
final class Cursor {
    static final int END = -1;

    private static final int HEX = 16;

    private final String what;
    private final int[] text;
    private int at;

    Cursor(String what, String text) {
        this.what = what;
        this.text = text.codePoints().toArray();
    }

    /** The character here, or {@link #END}. */
    int peek() {
        return peek(0);
    }

    int peek(int ahead) {
        return at + ahead < text.length ? text[at + ahead] : END;
    }

    int next() {
        if (at == text.length) {
            throw error("end of text", "more");
        }
        return text[at++];
    }

    /** Steps over it if it is here. */
    boolean take(String expected) {
        int[] characters = expected.codePoints().toArray();
        for (int i = 0; i < characters.length; i++) {
            if (peek(i) != characters[i]) {
                return false;
            }
        }
        at += characters.length;
        return true;
    }

    void expect(String expected) {
        if (!take(expected)) {
            throw error(shown(peek()), "'" + expected + "'");
        }
    }

    boolean ended() {
        return at == text.length;
    }

    int position() {
        return at;
    }

    /** A character by so many hexadecimal digits. */
    int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(peek(), HEX);
            if (digit < 0) {
                throw error(shown(peek()), digits + " hexadecimal digits");
            }
            value = value * HEX + digit;
            at++;
        }
        return scalar(value);
    }

    int scalar(int value) {
        boolean surrogate = value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
        if (surrogate || value < 0 || value > Character.MAX_CODE_POINT) {
            throw error("code point %x".formatted(value), "a Unicode character, no surrogate");
        }
        return value;
    }

    /** A whole number without sign, at most the limit of repeats. */
    int repeats() {
        int value = -1;
        while (Character.digit(peek(), 10) >= 0 && peek() < 0x80) {
            value = Math.max(value, 0) * 10 + Character.digit(next(), 10);
            if (value > Limits.REPEATS) {
                throw error("repeats: " + value, "at most " + Limits.REPEATS);
            }
        }
        if (value < 0) {
            throw error(shown(peek()), "a number");
        }
        return value;
    }

    /** The repetition of a part that a quantifier here asks for; null when there is none. */
    @Nullable Expr quantified(Expr part) {
        if (take("*")) {
            return Expr.repeat(part, 0, Expr.UNBOUNDED);
        }
        if (take("+")) {
            return Expr.repeat(part, 1, Expr.UNBOUNDED);
        }
        if (take("?")) {
            return Expr.optional(part);
        }
        return take("{") ? counted(part) : null;
    }

    /** After an opening brace: <code>m}</code>, <code>m,}</code> or <code>m,n}</code>. */
    private Expr counted(Expr body) {
        int least = repeats();
        int most = least;
        if (take(",")) {
            most = peek() == '}' ? Expr.UNBOUNDED : repeats();
        }
        expect("}");
        if (most != Expr.UNBOUNDED && most < least) {
            throw error("repeats: {" + least + "," + most + "}", "the lower bound first");
        }
        return Expr.repeat(body, least, most);
    }

    static String shown(int character) {
        return character == END ? "end of text" : "'" + Character.toString(character) + "'";
    }

    EngineException error(String found, String expected) {
        return Limits.invalid(
                "%s at character %d: %s (expected: %s)".formatted(what, at, found, expected));
    }
}
