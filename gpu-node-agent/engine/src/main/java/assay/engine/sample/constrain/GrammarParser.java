package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a grammar in llama.cpp's GBNF (its grammars/README.md): rules {@code name ::= …} of
 * literals, classes with ranges and negation, {@code .} (any character), rule names, groups,
 * alternatives, {@code * + ? {m} {m,} {m,n}}, comments from {@code #}; a line end ends a rule but
 * in a group and after {@code |}. The output derives from the rule {@code root}. Tokens by id or by
 * text ({@code <[7]>}, {@code <think>}) are refused. Confined to one thread.
 */
final class GrammarParser {
    private final Cursor cursor;
    private final Map<String, Expr> rules = new LinkedHashMap<>();

    private GrammarParser(String text) {
        this.cursor = new Cursor("grammar", text);
    }

    static Rules parse(String text) {
        GrammarParser parser = new GrammarParser(text);
        parser.skip(true);
        while (!parser.cursor.ended()) {
            parser.rule();
            parser.skip(true);
        }
        return new Rules(parser.rules, Rules.ROOT);
    }

    private void rule() {
        String name = name();
        if (name.isEmpty()) {
            throw cursor.error(Cursor.shown(cursor.peek()), "the name of a rule");
        }
        if (rules.size() == Limits.RULES) {
            throw cursor.error("rules", "at most " + Limits.RULES);
        }
        skip(false);
        cursor.expect("::=");
        skip(true);
        Expr expr = alternatives(0);
        if (cursor.peek() != '\n' && cursor.peek() != '\r' && !cursor.ended()) {
            throw cursor.error(Cursor.shown(cursor.peek()), "the end of rule '" + name + "'");
        }
        if (rules.put(name, expr) != null) {
            throw cursor.error("rule '" + name + "' again", "each rule once");
        }
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        while (isNamePart(cursor.peek())) {
            name.appendCodePoint(cursor.next());
        }
        return name.toString();
    }

    private static boolean isNamePart(int character) {
        return character == '-'
                || character == '_'
                || (character >= 0 && character < 0x80 && Character.isLetterOrDigit(character));
    }

    /** Blanks and comments, and line ends where they mean nothing. */
    private void skip(boolean lines) {
        while (true) {
            int character = cursor.peek();
            if (character == '#') {
                while (!cursor.ended() && cursor.peek() != '\n') {
                    cursor.next();
                }
            } else if (character == ' '
                    || character == '\t'
                    || (lines && (character == '\n' || character == '\r'))) {
                cursor.next();
            } else {
                return;
            }
        }
    }

    private Expr alternatives(int depth) {
        if (depth > Limits.NESTING) {
            throw cursor.error("groups inside groups", "at most " + Limits.NESTING);
        }
        List<Expr> options = new ArrayList<>();
        do {
            skip(!options.isEmpty() || depth > 0);
            options.add(sequence(depth));
        } while (cursor.take("|"));
        return Expr.choice(options);
    }

    private Expr sequence(int depth) {
        List<Expr> parts = new ArrayList<>();
        while (true) {
            Expr part = part(depth);
            if (part == null) {
                return Expr.sequence(parts);
            }
            skip(depth > 0);
            parts.add(repeated(part, depth));
        }
    }

    private @Nullable Expr part(int depth) {
        int character = cursor.peek();
        if (isNamePart(character)) {
            return new Expr.Rule(name());
        }
        return switch (character) {
            case '"' -> literal();
            case '[' -> {
                cursor.next();
                yield Expr.one(characterClass());
            }
            case '.' -> {
                cursor.next();
                yield Expr.one(CodePoints.ALL);
            }
            case '(' -> {
                cursor.next();
                Expr body = alternatives(depth + 1);
                cursor.expect(")");
                yield body;
            }
            case '<', '!' -> throw cursor.error("token by id or text", "characters");
            case '*', '+', '?', '{' -> throw cursor.error("repeat of nothing", "a symbol");
            default -> null;
        };
    }

    private Expr repeated(Expr part, int depth) {
        Expr body = part;
        Expr repeated = cursor.quantified(body);
        while (repeated != null) {
            body = repeated;
            skip(depth > 0);
            repeated = cursor.quantified(body);
        }
        return body;
    }

    private Expr literal() {
        cursor.expect("\"");
        StringBuilder text = new StringBuilder();
        while (!cursor.take("\"")) {
            text.appendCodePoint(character());
        }
        return Expr.literal(text.toString());
    }

    private CodePoints characterClass() {
        boolean negated = cursor.take("^");
        CodePoints all = CodePoints.NONE;
        while (!cursor.take("]")) {
            int first = character();
            int last = first;
            if (cursor.peek() == '-' && cursor.peek(1) != ']') {
                cursor.next();
                last = character();
            }
            if (last < first) {
                throw cursor.error("range of a class", "two characters in order");
            }
            all = all.plus(CodePoints.of(first, last));
        }
        return negated ? all.complement() : all;
    }

    private int character() {
        int character = cursor.next();
        if (character != '\\') {
            return cursor.scalar(character);
        }
        int escaped = cursor.next();
        return switch (escaped) {
            case 'x' -> cursor.hex(2);
            case 'u' -> cursor.hex(4);
            case 'U' -> cursor.hex(8);
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '\\', '"', '[', ']', '-' -> escaped;
            default -> throw cursor.error("escape of " + Cursor.shown(escaped), "a known escape");
        };
    }
}
