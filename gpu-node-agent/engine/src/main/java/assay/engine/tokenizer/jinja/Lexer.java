package assay.engine.tokenizer.jinja;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Source to tokens. The newline after a block is dropped ({@code trim_blocks}), so are blanks
 * between the start of a line and a block ({@code lstrip_blocks}); {@code -} on either side of a
 * tag drops all white space there, {@code +} keeps it. Source: Jinja documentation, "Whitespace
 * Control". Confined to one thread.
 */
final class Lexer {
    private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*raw\\s*([-+]?)%\\}");
    private static final Pattern PIECE =
            Pattern.compile(
                    "(?<name>[A-Za-z_]\\w*)"
                            + "|(?<float>\\d[\\d_]*(\\.\\d+([eE][+-]?\\d+)?|[eE][+-]?\\d+))"
                            + "|(?<integer>\\d[\\d_]*)"
                            + "|(?<symbol>\\*\\*|//|==|!=|<=|>=|[-+*/%~|<>=()\\[\\]{},.:])");
    private static final String BLANKS = " \t";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int nesting;

    Lexer(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    List<Token> tokens() {
        boolean trim = false;
        while (at < source.length()) {
            trim = text(trim);
        }
        add(Token.Kind.END, "");
        return tokens;
    }

    /**
     * Text up to the next tag, and the tag. Gives whether white space after the tag goes.
     *
     * @param trim the tag before ended in a dash
     */
    private boolean text(boolean trim) {
        int tag = nextTag();
        String text = source.substring(at, tag);
        int begin = tag + 2;
        char sign = begin < source.length() ? source.charAt(begin) : ' ';
        boolean signed = tag < source.length() && (sign == '-' || sign == '+');
        String kept = trim ? text.stripLeading() : text;
        if (signed && sign == '-') {
            kept = kept.stripTrailing();
        } else if (!signed && tag < source.length() && source.charAt(tag + 1) != '{') {
            kept = withoutIndent(kept, at == 0 || text.length() > kept.length());
        }
        if (!kept.isEmpty()) {
            add(Token.Kind.TEXT, kept);
        }
        move(tag);
        if (tag == source.length()) {
            return false;
        }
        Matcher raw = RAW_BEGIN.matcher(source).region(tag, source.length());
        if (raw.lookingAt()) {
            return raw(raw);
        }
        return switch (source.charAt(tag + 1)) {
            case '#' -> comment();
            case '%' -> inside("%}", Token.Kind.BEGIN_BLOCK, Token.Kind.END_BLOCK, signed);
            default -> inside("}}", Token.Kind.BEGIN_OUTPUT, Token.Kind.END_OUTPUT, signed);
        };
    }

    private int nextTag() {
        for (int i = at; i + 1 < source.length(); i++) {
            if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    /** Blanks after the last newline go, when the tag is the first thing on its line. */
    private static String withoutIndent(String text, boolean lineBegins) {
        int end = text.length();
        while (end > 0 && BLANKS.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        boolean first = end == 0 ? lineBegins : text.charAt(end - 1) == '\n';
        return first ? text.substring(0, end) : text;
    }

    private boolean raw(Matcher begin) {
        move(begin.end());
        Matcher end = RAW_END.matcher(source);
        if (!end.find(at)) {
            throw wrong("raw without endraw");
        }
        String text = source.substring(at, end.start());
        text = begin.group(1).equals("-") ? text.stripLeading() : afterBlock(text);
        text = end.group(1).equals("-") ? text.stripTrailing() : withoutIndent(text, false);
        add(Token.Kind.TEXT, text);
        move(end.end());
        return closed(end.group(2).equals("-"), true);
    }

    private static String afterBlock(String text) {
        return text.startsWith("\n") ? text.substring(1) : text;
    }

    private boolean comment() {
        int end = source.indexOf("#}", at + 2);
        if (end < 0) {
            throw wrong("comment without end");
        }
        boolean dash = end > at + 2 && source.charAt(end - 1) == '-';
        move(end + 2);
        return closed(dash, true);
    }

    /** The newline behind a block goes; behind an output it stays. */
    private boolean closed(boolean dash, boolean block) {
        if (!dash && block && source.startsWith("\n", at)) {
            move(at + 1);
        }
        return dash;
    }

    private boolean inside(String close, Token.Kind begin, Token.Kind end, boolean signed) {
        move(at + (signed ? 3 : 2));
        add(begin, "");
        nesting = 0;
        while (true) {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                move(at + 1);
            }
            boolean dash = source.startsWith("-" + close, at);
            boolean plus = source.startsWith("+" + close, at);
            if (nesting == 0 && (dash || plus || source.startsWith(close, at))) {
                move(at + close.length() + (dash || plus ? 1 : 0));
                add(end, "");
                return plus ? false : closed(dash, end == Token.Kind.END_BLOCK);
            }
            piece();
        }
    }

    private void piece() {
        if (at >= source.length()) {
            throw wrong("tag without end");
        }
        char first = source.charAt(at);
        if (first == '"' || first == '\'') {
            string(first);
            return;
        }
        Matcher piece = PIECE.matcher(source).region(at, source.length());
        if (!piece.lookingAt()) {
            throw wrong("character '" + first + "'");
        }
        String text = piece.group();
        if (piece.group("name") != null) {
            add(Token.Kind.NAME, text);
        } else if (piece.group("float") != null) {
            add(Token.Kind.FLOAT, text.replace("_", ""));
        } else if (piece.group("integer") != null) {
            add(Token.Kind.INTEGER, text.replace("_", ""));
        } else {
            nesting += "([{".contains(text) ? 1 : ")]}".contains(text) ? -1 : 0;
            add(Token.Kind.SYMBOL, text);
        }
        move(piece.end());
    }

    private void string(char quote) {
        StringBuilder text = new StringBuilder();
        int i = at + 1;
        while (true) {
            if (i >= source.length()) {
                throw wrong("string without end");
            }
            char c = source.charAt(i++);
            if (c == quote) {
                break;
            }
            if (c == '\\' && i < source.length()) {
                i = escape(i, text);
            } else {
                text.append(c);
            }
        }
        add(Token.Kind.STRING, text.toString());
        move(i);
    }

    /** Gives where reading goes on; an unknown escape stays as it is, as in Python. */
    private int escape(int at, StringBuilder text) {
        char c = source.charAt(at);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : 0;
        if (digits > 0 && at + digits < source.length()) {
            String hex = source.substring(at + 1, at + 1 + digits);
            if (!hex.matches("[0-9a-fA-F]+")) {
                throw wrong("escape \\" + c);
            }
            text.append((char) Integer.parseInt(hex, 16));
            return at + 1 + digits;
        }
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case '\\', '\'', '"' -> text.append(c);
            case '\n' -> {}
            default -> text.append('\\').append(c);
        }
        return at + 1;
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void move(int to) {
        for (int i = at; i < to; i++) {
            line += source.charAt(i) == '\n' ? 1 : 0;
        }
        at = to;
    }

    private EngineException wrong(String what) {
        return new EngineException(
                ErrorCode.MODEL_INVALID,
                "chat template line %d: %s (expected: Jinja)".formatted(line, what));
    }
}
