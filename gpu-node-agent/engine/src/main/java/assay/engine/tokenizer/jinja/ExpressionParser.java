package assay.engine.tokenizer.jinja;

import assay.engine.tokenizer.jinja.Expression.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands between braces, by recursive descent of bounded depth: a method for each level of
 * binding, from the loosest to the tightest. Unknown filters and tests are refused by name.
 * Confined to one thread.
 */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenReader tokens;

    ExpressionParser(TokenReader tokens) {
        this.tokens = tokens;
    }

    /** One expression, or several with commas between: a list. */
    Expression list() {
        Expression first = expression();
        if (!tokens.peek().is(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.accept(",")) {
            items.add(expression());
        }
        return new Expression.ListOf(items);
    }

    Expression expression() {
        tokens.deeper();
        Expression value = or();
        while (tokens.accept("if")) {
            Expression condition = or();
            value =
                    new Expression.Choice(
                            condition, value, tokens.accept("else") ? expression() : null);
        }
        tokens.shallower();
        return value;
    }

    /** Without a choice: what may stand before an {@code if} of its own. */
    Expression or() {
        Expression left = and();
        while (tokens.accept("or")) {
            left = new Expression.Binary("or", left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.accept("and")) {
            left = new Expression.Binary("and", left, not());
        }
        return left;
    }

    private Expression not() {
        if (tokens.accept("not")) {
            tokens.deeper();
            Expression negated = new Expression.Unary("not", not());
            tokens.shallower();
            return negated;
        }
        return comparison();
    }

    /** {@code a < b < c} is {@code a < b and b < c}. */
    private Expression comparison() {
        Expression left = sum();
        @Nullable Expression chain = null;
        while (true) {
            String operator = tokens.peek().text();
            if (tokens.peek().kind() == Token.Kind.SYMBOL && COMPARISONS.contains(operator)) {
                tokens.next();
            } else if (tokens.peek().is("in")) {
                tokens.next();
            } else if (tokens.peek().is("not") && tokens.afterNext().is("in")) {
                tokens.next();
                tokens.next();
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
        while (tokens.peek().is("+") || tokens.peek().is("-")) {
            left = new Expression.Binary(tokens.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (tokens.accept("~")) {
            left = new Expression.Binary("~", left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = unary(true);
        while (tokens.peek().is("*")
                || tokens.peek().is("/")
                || tokens.peek().is("//")
                || tokens.peek().is("%")) {
            left = new Expression.Binary(tokens.next().text(), left, unary(true));
        }
        return left;
    }

    /** A sign binds tighter than a filter behind it only inside a power, as in Jinja. */
    private Expression unary(boolean filtered) {
        Expression value;
        if (tokens.peek().is("-") || tokens.peek().is("+")) {
            tokens.deeper();
            value = new Expression.Unary(tokens.next().text(), unary(false));
            tokens.shallower();
        } else {
            value = postfix(primary());
            if (tokens.accept("**")) {
                tokens.deeper();
                value = new Expression.Binary("**", value, unary(false));
                tokens.shallower();
            }
        }
        return filtered ? filters(value) : value;
    }

    private Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.peek().kind() == Token.Kind.STRING) {
                    text.append(tokens.next().text());
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
            default -> throw tokens.wrong("a value");
        };
    }

    private Long integer(Token token) {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw tokens.wrong("a number of at most 64 bits");
        }
    }

    private Expression group(Token open) {
        return switch (open.text()) {
            case "(" -> parenthesis();
            case "[" -> new Expression.ListOf(items("]"));
            case "{" -> map();
            default -> throw tokens.wrong("a value");
        };
    }

    private Expression parenthesis() {
        if (tokens.accept(")")) {
            return new Expression.ListOf(List.of());
        }
        Expression first = expression();
        if (tokens.accept(")")) {
            return first;
        }
        tokens.require(",");
        List<Expression> items = new ArrayList<>(List.of(first));
        items.addAll(items(")"));
        return new Expression.ListOf(items);
    }

    private Expression map() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.accept("}")) {
            keys.add(expression());
            tokens.require(":");
            values.add(expression());
            if (!tokens.peek().is("}")) {
                tokens.require(",");
            }
        }
        return new Expression.MapOf(keys, values);
    }

    private List<Expression> items(String close) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.accept(close)) {
            items.add(expression());
            if (!tokens.peek().is(close)) {
                tokens.require(",");
            }
        }
        return items;
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        int links = 0;
        while (true) {
            if (links++ > TokenReader.DEPTH_MAX) {
                throw tokens.wrong("a shorter chain");
            }
            if (tokens.accept(".")) {
                Token name = tokens.next();
                value =
                        name.kind() == Token.Kind.INTEGER
                                ? new Expression.Item(value, new Expression.Constant(integer(name)))
                                : new Expression.Attribute(value, tokens.checked(name));
            } else if (tokens.accept("[")) {
                value = subscript(value);
            } else if (tokens.accept("(")) {
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
        while (!tokens.accept("]")) {
            if (tokens.accept(":")) {
                slice = true;
                if (++part > 2) {
                    throw tokens.wrong("]");
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
            throw tokens.wrong("an index");
        }
        return new Expression.Item(of, index);
    }

    private Arguments arguments() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!tokens.accept(")")) {
            if (tokens.peek().kind() == Token.Kind.NAME && tokens.afterNext().is("=")) {
                String name = tokens.name();
                tokens.next();
                named.put(name, expression());
            } else {
                positional.add(expression());
            }
            if (!tokens.peek().is(")")) {
                tokens.require(",");
            }
        }
        return new Arguments(positional, named);
    }

    /** Filters and tests, which bind tighter than operators. */
    private Expression filters(Expression start) {
        Expression value = start;
        int links = 0;
        while (true) {
            if (links++ > TokenReader.DEPTH_MAX) {
                throw tokens.wrong("a shorter chain");
            }
            if (tokens.accept("|")) {
                String name = tokens.name();
                if (!Filters.NAMES.contains(name)) {
                    throw tokens.unsupported("filter " + name);
                }
                Arguments arguments = tokens.accept("(") ? arguments() : Arguments.NONE;
                value = new Expression.Filter(value, name, arguments);
            } else if (tokens.accept("is")) {
                value = test(value);
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression of) {
        boolean negated = tokens.accept("not");
        Token token = tokens.next();
        String name = token.kind() == Token.Kind.SYMBOL ? token.text() : tokens.checked(token);
        if (!Tests.NAMES.contains(name)) {
            throw tokens.unsupported("test " + name);
        }
        Arguments arguments = Arguments.NONE;
        if (tokens.accept("(")) {
            arguments = arguments();
        } else if (Tests.COMPARING.contains(name)) {
            tokens.deeper();
            arguments = new Arguments(List.of(postfix(primary())), Map.of());
            tokens.shallower();
        }
        return new Expression.Test(of, name, arguments, negated);
    }
}
