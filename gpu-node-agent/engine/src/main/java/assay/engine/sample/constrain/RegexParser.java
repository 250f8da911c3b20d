package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the regular part of regular expressions: what {@link ConstraintSpec.Regex} lists. Where
 * dialects differ about a notation, it is refused. Confined to one thread.
 */
final class RegexParser {
    /** Whole lines: what most dialects leave out of the dot, all together. */
    private static final CodePoints LINE_ENDS =
            CodePoints.of('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029);

    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORD = CodePoints.of('0', '9', 'A', 'Z', 'a', 'z', '_', '_');
    private static final CodePoints SPACE = CodePoints.of('\t', '\r', ' ', ' ');

    private final Cursor cursor;

    private RegexParser(String pattern) {
        this.cursor = new Cursor("regex", pattern);
    }

    /**
     * One alternative of the outermost level.
     *
     * @param start it begins with {@code ^}
     * @param end it ends with {@code $}
     */
    record Branch(Expr expr, boolean start, boolean end) {}

    /** What the whole text must be. */
    static Expr parse(String pattern) {
        return Expr.choice(branches(pattern).stream().map(Branch::expr).toList());
    }

    static List<Branch> branches(String pattern) {
        RegexParser parser = new RegexParser(pattern);
        List<Branch> branches = new ArrayList<>();
        do {
            boolean start = parser.cursor.take("^");
            Expr expr = parser.sequence(0);
            branches.add(new Branch(expr, start, parser.cursor.take("$")));
        } while (parser.cursor.take("|"));
        if (!parser.cursor.ended()) {
            throw parser.cursor.error(
                    Cursor.shown(parser.cursor.peek()), "the end, or '|' after '$'");
        }
        return branches;
    }

    private Expr choice(int depth) {
        if (depth > Limits.NESTING) {
            throw cursor.error("groups inside groups", "at most " + Limits.NESTING);
        }
        List<Expr> options = new ArrayList<>();
        do {
            options.add(sequence(depth));
        } while (cursor.take("|"));
        return Expr.choice(options);
    }

    private Expr sequence(int depth) {
        List<Expr> parts = new ArrayList<>();
        while (true) {
            switch (cursor.peek()) {
                case Cursor.END, '|', ')' -> {
                    return Expr.sequence(parts);
                }
                case '$' -> {
                    if (depth == 0) {
                        return Expr.sequence(parts);
                    }
                    throw cursor.error("'$' in a group", "only at the end of the text");
                }
                case '^' -> throw cursor.error("'^' inside the text", "only at its beginning");
                default -> parts.add(repeated(atom(depth)));
            }
        }
    }

    private Expr repeated(Expr body) {
        Expr repeated = cursor.quantified(body);
        if (repeated == null) {
            return body;
        }
        if (cursor.peek() == '+') {
            throw cursor.error("possessive quantifier", "a greedy or reluctant one");
        }
        if (!cursor.take("?") && isQuantifier(cursor.peek())) {
            throw cursor.error("quantifier of a quantifier", "one only");
        }
        return repeated;
    }

    private static boolean isQuantifier(int character) {
        return character == '*' || character == '+' || character == '?' || character == '{';
    }

    private Expr atom(int depth) {
        int character = cursor.peek();
        if (isQuantifier(character)) {
            throw cursor.error("quantifier of nothing", "something to repeat");
        }
        cursor.next();
        return switch (character) {
            case '.' -> Expr.one(LINE_ENDS.complement());
            case '[' -> Expr.one(characterClass());
            case '(' -> group(depth);
            case '\\' -> Expr.one(escape());
            default -> Expr.one(CodePoints.of(character, character));
        };
    }

    private Expr group(int depth) {
        if (cursor.take("?")) {
            kindOfGroup();
        }
        Expr body = choice(depth + 1);
        cursor.expect(")");
        return body;
    }

    private void kindOfGroup() {
        if (cursor.take(":")) {
            return;
        }
        boolean python = cursor.take("P");
        switch (cursor.peek()) {
            case '=', '!' -> throw cursor.error("look-ahead", "a plain group");
            case '>' -> throw cursor.error("atomic group", "a plain group");
            case '<' -> {
                cursor.next();
                if (!python && (cursor.peek() == '=' || cursor.peek() == '!')) {
                    throw cursor.error("look-behind", "a plain group");
                }
                while (cursor.peek() == '_' || isWord(cursor.peek())) {
                    cursor.next();
                }
                cursor.expect(">");
            }
            default -> throw cursor.error("inline flag or unknown group", "a plain group");
        }
    }

    private static boolean isWord(int character) {
        return character < 0x80 && Character.isLetterOrDigit(character);
    }

    /** After the backslash. */
    private CodePoints escape() {
        int character = cursor.next();
        return switch (character) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.complement();
            case 'w' -> WORD;
            case 'W' -> WORD.complement();
            case 's' -> SPACE;
            case 'S' -> SPACE.complement();
            case 'n' -> single('\n');
            case 'r' -> single('\r');
            case 't' -> single('\t');
            case 'f' -> single('\f');
            case 'x' -> single(cursor.peek() == '{' ? braced() : cursor.hex(2));
            case 'u' -> single(cursor.peek() == '{' ? braced() : cursor.hex(4));
            case 'b', 'B' -> throw cursor.error("word boundary", "no assertion");
            case 'A', 'Z', 'z', 'G' -> throw cursor.error("anchor", "only '^' and '$'");
            case 'p', 'P' -> throw cursor.error("Unicode property class", "a class of ranges");
            case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
                    throw cursor.error("back-reference", "none: it is not regular");
            default -> {
                if (isWord(character)) {
                    throw cursor.error(
                            "escape of '" + Character.toString(character) + "'", "a known one");
                }
                yield single(character);
            }
        };
    }

    private int braced() {
        cursor.expect("{");
        int value = 0;
        while (cursor.peek() != '}') {
            int digit = Character.digit(cursor.next(), 16);
            value = value * 16 + digit;
            if (digit < 0 || value > Character.MAX_CODE_POINT) {
                throw cursor.error("braced code point", "hexadecimal, at most 10ffff");
            }
        }
        cursor.expect("}");
        return cursor.scalar(value);
    }

    private static CodePoints single(int character) {
        return CodePoints.of(character, character);
    }

    /** After the opening bracket. */
    private CodePoints characterClass() {
        boolean negated = cursor.take("^");
        if (cursor.peek() == ']') {
            throw cursor.error("']' first in a class", "'\\]' or a character");
        }
        CodePoints all = CodePoints.NONE;
        while (!cursor.take("]")) {
            CodePoints item = classItem();
            if (cursor.peek() == '-' && cursor.peek(1) != ']') {
                cursor.next();
                item = range(item, classItem());
            }
            all = all.plus(item);
        }
        return negated ? all.complement() : all;
    }

    private CodePoints range(CodePoints from, CodePoints to) {
        int first = from.ranges().getFirst().first();
        int last = to.ranges().getLast().last();
        boolean single = from.equals(single(first)) && to.equals(single(last));
        if (!single || first > last) {
            throw cursor.error("range of a class", "two characters in order");
        }
        return CodePoints.of(first, last);
    }

    private CodePoints classItem() {
        if (cursor.peek() == '[') {
            throw cursor.error("class in a class", "'\\['");
        }
        if (cursor.peek() == '&' && cursor.peek(1) == '&') {
            throw cursor.error("intersection of classes", "'\\&'");
        }
        int character = cursor.next();
        return character == '\\' ? escape() : single(character);
    }
}
