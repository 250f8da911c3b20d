package assay.engine.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens to statements: texts, outputs and tags. Unknown tags are refused by name, and as {@link
 * ExpressionParser} refuses the rest, before anything is rendered. Confined to one thread.
 */
final class StatementParser {
    private final TokenReader tokens;
    private final ExpressionParser expressions;

    StatementParser(List<Token> tokens) {
        this.tokens = new TokenReader(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    List<Statement> template() {
        List<Statement> body = body(Set.of());
        if (tokens.peek().kind() != Token.Kind.END) {
            throw tokens.wrong("the end");
        }
        return body;
    }

    /** Statements up to a block that begins with one of the names, which is left to the caller. */
    private List<Statement> body(Set<String> ends) {
        tokens.deeper();
        List<Statement> body = new ArrayList<>();
        while (tokens.peek().kind() != Token.Kind.END) {
            Token token = tokens.next();
            switch (token.kind()) {
                case TEXT -> body.add(new Statement.Text(token.text()));
                case BEGIN_OUTPUT -> {
                    body.add(new Statement.Output(expressions.list()));
                    tokens.expect(Token.Kind.END_OUTPUT);
                }
                case BEGIN_BLOCK -> {
                    if (ends.contains(tokens.peek().text())) {
                        tokens.shallower();
                        return body;
                    }
                    block(body);
                }
                default -> throw tokens.wrong("text or a tag");
            }
        }
        if (!ends.isEmpty()) {
            throw tokens.wrong(String.join(" or ", ends));
        }
        tokens.shallower();
        return body;
    }

    private void block(List<Statement> into) {
        String tag = tokens.name();
        switch (tag) {
            case "if" -> into.add(condition());
            case "for" -> into.add(loop());
            case "set" -> into.add(assignment());
            case "macro" -> into.add(macro());
            case "break", "continue" -> {
                into.add(tag.equals("break") ? new Statement.Break() : new Statement.Continue());
                tokens.expect(Token.Kind.END_BLOCK);
            }
            case "generation", "endgeneration" ->
                    tokens.expect(Token.Kind.END_BLOCK); // marks for training
            default -> throw tokens.unsupported("tag " + tag);
        }
    }

    private Statement condition() {
        Expression condition = expressions.expression();
        tokens.expect(Token.Kind.END_BLOCK);
        List<Statement> then = body(Set.of("elif", "else", "endif"));
        return switch (tokens.name()) {
            case "elif" -> {
                tokens.deeper();
                List<Statement> otherwise = List.of(condition());
                tokens.shallower();
                yield new Statement.If(condition, then, otherwise);
            }
            case "else" -> {
                tokens.expect(Token.Kind.END_BLOCK);
                List<Statement> otherwise = body(Set.of("endif"));
                end();
                yield new Statement.If(condition, then, otherwise);
            }
            default -> {
                tokens.expect(Token.Kind.END_BLOCK);
                yield new Statement.If(condition, then, List.of());
            }
        };
    }

    private Statement loop() {
        List<String> targets = targets();
        tokens.require("in");
        Expression over = expressions.or();
        Expression filter = tokens.accept("if") ? expressions.expression() : null;
        if (tokens.peek().is("recursive")) {
            throw tokens.unsupported("recursive for");
        }
        tokens.expect(Token.Kind.END_BLOCK);
        List<Statement> body = body(Set.of("else", "endfor"));
        List<Statement> otherwise = List.of();
        if (tokens.name().equals("else")) {
            tokens.expect(Token.Kind.END_BLOCK);
            otherwise = body(Set.of("endfor"));
            tokens.next();
        }
        tokens.expect(Token.Kind.END_BLOCK);
        return new Statement.For(targets, over, filter, body, otherwise);
    }

    private List<String> targets() {
        List<String> targets = new ArrayList<>();
        boolean grouped = tokens.accept("(");
        do {
            targets.add(tokens.name());
        } while (tokens.accept(","));
        if (grouped) {
            tokens.require(")");
        }
        return targets;
    }

    private Statement assignment() {
        List<String> targets = targets();
        if (tokens.accept(".")) {
            targets = List.of(targets.getFirst() + "." + tokens.name());
        }
        if (tokens.accept("=")) {
            Expression value = expressions.list();
            tokens.expect(Token.Kind.END_BLOCK);
            return new Statement.Set(targets, value);
        }
        tokens.expect(Token.Kind.END_BLOCK);
        List<Statement> body = body(Set.of("endset"));
        end();
        return new Statement.SetBlock(targets.getFirst(), body);
    }

    private Statement macro() {
        String name = tokens.name();
        List<String> parameters = new ArrayList<>();
        List<@Nullable Expression> defaults = new ArrayList<>();
        tokens.require("(");
        while (!tokens.accept(")")) {
            parameters.add(tokens.name());
            defaults.add(tokens.accept("=") ? expressions.expression() : null);
            if (!tokens.peek().is(")")) {
                tokens.require(",");
            }
        }
        tokens.expect(Token.Kind.END_BLOCK);
        List<Statement> body = body(Set.of("endmacro"));
        end();
        return new Statement.Macro(name, parameters, defaults, body);
    }

    /** The name of an end tag and its close. */
    private void end() {
        tokens.next();
        tokens.expect(Token.Kind.END_BLOCK);
    }
}
