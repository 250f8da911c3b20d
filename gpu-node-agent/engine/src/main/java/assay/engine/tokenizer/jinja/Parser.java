package assay.engine.tokenizer.jinja;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.tokenizer.jinja.Expression.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens to statements, by recursive descent of bounded depth. Unknown tags, filters and tests are
 * refused here, by name, before anything is rendered. Confined to one thread.
 */
final class Parser {
    private static final int DEPTH_MAX = 100;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final List<Token> tokens;
    private int at;
    private int depth;

    Parser(List<Token> tokens) {
        this.tokens = tokens;
    }

    List<Statement> template() {
        List<Statement> body = body(Set.of());
        if (peek().kind() != Token.Kind.END) {
            throw wrong("the end");
        }
        return body;
    }

    /** Statements up to a block that begins with one of the names, which is left to the caller. */
    private List<Statement> body(Set<String> ends) {
        deeper();
        List<Statement> body = new ArrayList<>();
        while (peek().kind() != Token.Kind.END) {
            Token token = next();
            switch (token.kind()) {
                case TEXT -> body.add(new Statement.Text(token.text()));
                case BEGIN_OUTPUT -> {
                    body.add(new Statement.Output(expressionList()));
                    expect(Token.Kind.END_OUTPUT);
                }
                case BEGIN_BLOCK -> {
                    if (ends.contains(peek().text())) {
                        depth--;
                        return body;
                    }
                    block(body);
                }
                default -> throw wrong("text or a tag");
            }
        }
        if (!ends.isEmpty()) {
            throw wrong(String.join(" or ", ends));
        }
        depth--;
        return body;
    }

    private void block(List<Statement> into) {
        String tag = name();
        switch (tag) {
            case "if" -> into.add(condition());
            case "for" -> into.add(loop());
            case "set" -> into.add(assignment());
            case "macro" -> into.add(macro());
            case "break", "continue" -> {
                into.add(tag.equals("break") ? new Statement.Break() : new Statement.Continue());
                expect(Token.Kind.END_BLOCK);
            }
            case "generation", "endgeneration" ->
                    expect(Token.Kind.END_BLOCK); // marks for training
            default -> throw unsupported("tag " + tag);
        }
    }

    private Statement condition() {
        Expression condition = expression();
        expect(Token.Kind.END_BLOCK);
        List<Statement> then = body(Set.of("elif", "else", "endif"));
        return switch (name()) {
            case "elif" -> {
                deeper();
                List<Statement> otherwise = List.of(condition());
                depth--;
                yield new Statement.If(condition, then, otherwise);
            }
            case "else" -> {
                expect(Token.Kind.END_BLOCK);
                List<Statement> otherwise = body(Set.of("endif"));
                end();
                yield new Statement.If(condition, then, otherwise);
            }
            default -> {
                expect(Token.Kind.END_BLOCK);
                yield new Statement.If(condition, then, List.of());
            }
        };
    }

    private Statement loop() {
        List<String> targets = targets();
        require("in");
        Expression over = or();
        Expression filter = accept("if") ? expression() : null;
        if (peek().is("recursive")) {
            throw unsupported("recursive for");
        }
        expect(Token.Kind.END_BLOCK);
        List<Statement> body = body(Set.of("else", "endfor"));
        List<Statement> otherwise = List.of();
        if (name().equals("else")) {
            expect(Token.Kind.END_BLOCK);
            otherwise = body(Set.of("endfor"));
            next();
        }
        expect(Token.Kind.END_BLOCK);
        return new Statement.For(targets, over, filter, body, otherwise);
    }

    private List<String> targets() {
        List<String> targets = new ArrayList<>();
        boolean grouped = accept("(");
        do {
            targets.add(name());
        } while (accept(","));
        if (grouped) {
            require(")");
        }
        return targets;
    }

    private Statement assignment() {
        List<String> targets = targets();
        if (accept(".")) {
            targets = List.of(targets.getFirst() + "." + name());
        }
        if (accept("=")) {
            Expression value = expressionList();
            expect(Token.Kind.END_BLOCK);
            return new Statement.Set(targets, value);
        }
        expect(Token.Kind.END_BLOCK);
        List<Statement> body = body(Set.of("endset"));
        end();
        return new Statement.SetBlock(targets.getFirst(), body);
    }

    private Statement macro() {
        String name = name();
        List<String> parameters = new ArrayList<>();
        List<@Nullable Expression> defaults = new ArrayList<>();
        require("(");
        while (!accept(")")) {
            parameters.add(name());
            defaults.add(accept("=") ? expression() : null);
            if (!peek().is(")")) {
                require(",");
            }
        }
        expect(Token.Kind.END_BLOCK);
        List<Statement> body = body(Set.of("endmacro"));
        end();
        return new Statement.Macro(name, parameters, defaults, body);
    }

    /** The name of an end tag and its close. */
    private void end() {
        next();
        expect(Token.Kind.END_BLOCK);
    }

    /** One expression, or several with commas between: a list. */
    private Expression expressionList() {
        Expression first = expression();
        if (!peek().is(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (accept(",")) {
            items.add(expression());
        }
        return new Expression.ListOf(items);
    }

    private Expression expression() {
        deeper();
        Expression value = or();
        while (accept("if")) {
            Expression condition = or();
            value = new Expression.Choice(condition, value, accept("else") ? expression() : null);
        }
        depth--;
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (accept("or")) {
            left = new Expression.Binary("or", left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (accept("and")) {
            left = new Expression.Binary("and", left, not());
        }
        return left;
    }

    private Expression not() {
        if (accept("not")) {
            deeper();
            Expression negated = new Expression.Unary("not", not());
            depth--;
            return negated;
        }
        return comparison();
    }

    /** {@code a < b < c} is {@code a < b and b < c}. */
    private Expression comparison() {
        Expression left = sum();
        @Nullable Expression chain = null;
        while (true) {
            String operator = peek().text();
            if (peek().kind() == Token.Kind.SYMBOL && COMPARISONS.contains(operator)) {
                next();
            } else if (peek().is("in")) {
                next();
            } else if (peek().is("not") && tokens.get(at + 1).is("in")) {
                at += 2;
                operator = "not in";
            } else {
                return chain == null ? left : chain;
            }
            Expression right = sum();
            Expression link = new Expression.Binary(operator, left, right);
            chain = chain == null ? link : new Expression.Binary("and", chain, link);
            left = right;
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (peek().is("+") || peek().is("-")) {
            left = new Expression.Binary(next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (accept("~")) {
            left = new Expression.Binary("~", left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = unary(true);
        while (peek().is("*") || peek().is("/") || peek().is("//") || peek().is("%")) {
            left = new Expression.Binary(next().text(), left, unary(true));
        }
        return left;
    }

    /** A sign binds tighter than a filter behind it only inside a power, as in Jinja. */
    private Expression unary(boolean filtered) {
        Expression value;
        if (peek().is("-") || peek().is("+")) {
            deeper();
            value = new Expression.Unary(next().text(), unary(false));
            depth--;
        } else {
            value = postfix(primary());
            if (accept("**")) {
                deeper();
                value = new Expression.Binary("**", value, unary(false));
                depth--;
            }
        }
        return filtered ? filters(value) : value;
    }

    private Expression primary() {
        Token token = next();
        return switch (token.kind()) {
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (peek().kind() == Token.Kind.STRING) {
                    text.append(next().text());
                }
                yield new Expression.Constant(text.toString());
            }
            case INTEGER -> new Expression.Constant(integer(token));
            case FLOAT -> new Expression.Constant(Double.parseDouble(token.text()));
            case NAME ->
                    switch (token.text()) {
                        case "true", "True" -> new Expression.Constant(true);
                        case "false", "False" -> new Expression.Constant(false);
                        case "none", "None" -> new Expression.Constant(Values.NONE);
                        default -> new Expression.Name(token.text());
                    };
            case SYMBOL -> group(token);
            default -> throw wrong("a value");
        };
    }

    private Long integer(Token token) {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw wrong("a number of at most 64 bits");
        }
    }

    private Expression group(Token open) {
        return switch (open.text()) {
            case "(" -> parenthesis();
            case "[" -> new Expression.ListOf(items("]"));
            case "{" -> map();
            default -> throw wrong("a value");
        };
    }

    private Expression parenthesis() {
        if (accept(")")) {
            return new Expression.ListOf(List.of());
        }
        Expression first = expression();
        if (accept(")")) {
            return first;
        }
        require(",");
        List<Expression> items = new ArrayList<>(List.of(first));
        items.addAll(items(")"));
        return new Expression.ListOf(items);
    }

    private Expression map() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!accept("}")) {
            keys.add(expression());
            require(":");
            values.add(expression());
            if (!peek().is("}")) {
                require(",");
            }
        }
        return new Expression.MapOf(keys, values);
    }

    private List<Expression> items(String close) {
        List<Expression> items = new ArrayList<>();
        while (!accept(close)) {
            items.add(expression());
            if (!peek().is(close)) {
                require(",");
            }
        }
        return items;
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        int links = 0;
        while (true) {
            if (links++ > DEPTH_MAX) {
                throw wrong("a shorter chain");
            }
            if (accept(".")) {
                Token name = next();
                value =
                        name.kind() == Token.Kind.INTEGER
                                ? new Expression.Item(value, new Expression.Constant(integer(name)))
                                : new Expression.Attribute(value, checked(name));
            } else if (accept("[")) {
                value = subscript(value);
            } else if (accept("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression of) {
        @Nullable Expression[] parts = new @Nullable Expression[3];
        int part = 0;
        boolean slice = false;
        while (!accept("]")) {
            if (accept(":")) {
                slice = true;
                if (++part > 2) {
                    throw wrong("]");
                }
            } else {
                parts[part] = expression();
            }
        }
        if (slice) {
            return new Expression.Slice(of, parts[0], parts[1], parts[2]);
        }
        Expression index = parts[0];
        if (index == null) {
            throw wrong("an index");
        }
        return new Expression.Item(of, index);
    }

    private Arguments arguments() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!accept(")")) {
            if (peek().kind() == Token.Kind.NAME && tokens.get(at + 1).is("=")) {
                String name = name();
                next();
                named.put(name, expression());
            } else {
                positional.add(expression());
            }
            if (!peek().is(")")) {
                require(",");
            }
        }
        return new Arguments(positional, named);
    }

    /** Filters and tests, which bind tighter than operators. */
    private Expression filters(Expression start) {
        Expression value = start;
        int links = 0;
        while (true) {
            if (links++ > DEPTH_MAX) {
                throw wrong("a shorter chain");
            }
            if (accept("|")) {
                String name = name();
                if (!Filters.NAMES.contains(name)) {
                    throw unsupported("filter " + name);
                }
                Arguments arguments = accept("(") ? arguments() : Arguments.NONE;
                value = new Expression.Filter(value, name, arguments);
            } else if (accept("is")) {
                value = test(value);
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression of) {
        boolean negated = accept("not");
        Token token = next();
        String name = token.kind() == Token.Kind.SYMBOL ? token.text() : checked(token);
        if (!Tests.NAMES.contains(name)) {
            throw unsupported("test " + name);
        }
        Arguments arguments = Arguments.NONE;
        if (accept("(")) {
            arguments = arguments();
        } else if (Tests.COMPARING.contains(name)) {
            deeper();
            arguments = new Arguments(List.of(postfix(primary())), Map.of());
            depth--;
        }
        return new Expression.Test(of, name, arguments, negated);
    }

    private Token peek() {
        return tokens.get(at);
    }

    private Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    private boolean accept(String symbolOrName) {
        if (peek().is(symbolOrName)) {
            at++;
            return true;
        }
        return false;
    }

    private void require(String symbolOrName) {
        if (!accept(symbolOrName)) {
            throw wrong(symbolOrName);
        }
    }

    private void expect(Token.Kind kind) {
        if (next().kind() != kind) {
            at = Math.max(0, at - 1);
            throw wrong(kind == Token.Kind.END_BLOCK ? "%}" : "}}");
        }
    }

    private String name() {
        return checked(next());
    }

    private String checked(Token token) {
        if (token.kind() != Token.Kind.NAME) {
            throw wrong("a name");
        }
        return token.text();
    }

    private void deeper() {
        if (++depth > DEPTH_MAX) {
            throw wrong("nesting of at most " + DEPTH_MAX);
        }
    }

    private EngineException wrong(String expected) {
        Token token = tokens.get(Math.min(at, tokens.size() - 1));
        return new EngineException(
                ErrorCode.MODEL_INVALID,
                "chat template line %d: %s %s (expected: %s)"
                        .formatted(token.line(), token.kind(), shown(token.text()), expected));
    }

    private EngineException unsupported(String what) {
        return new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "chat template line %d: %s is not supported".formatted(peek().line(), shown(what)));
    }

    private static String shown(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
}
