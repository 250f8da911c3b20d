package assay.engine.tokenizer.jinja;

import assay.engine.tokenizer.jinja.Expression.Arguments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One rendering: walks the statements and evaluates expressions. A loop or a macro has variables of
 * its own; what it sets is gone afterwards, unless it is an attribute of a namespace. Confined to
 * one thread.
 */
final class Renderer {
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    /** Variables of a loop or macro over those around it. */
    private record Scope(Map<String, Object> own, @Nullable Scope outer) {
        Object get(String name) {
            for (Scope scope = this; scope != null; scope = scope.outer()) {
                Object value = scope.own().get(name);
                if (value != null) {
                    return value;
                }
            }
            return Values.UNDEFINED;
        }

        Scope inner() {
            return new Scope(new HashMap<>(), this);
        }
    }

    private final Budget budget;
    private final Filters filters;
    private final Scope outermost;
    private Scope scope;
    private StringBuilder out = new StringBuilder();

    Renderer(Map<String, Object> variables, Budget budget) {
        this.budget = budget;
        this.filters = new Filters(budget);
        this.outermost = new Scope(new HashMap<>(variables), null);
        this.scope = outermost;
    }

    String render(List<Statement> template) {
        run(template);
        return out.toString();
    }

    private Flow run(List<Statement> body) {
        for (Statement statement : body) {
            budget.step();
            Flow flow =
                    switch (statement) {
                        case Statement.Text text -> write(text.text());
                        case Statement.Output output -> write(Values.text(value(output.value())));
                        case Statement.If choice ->
                                run(
                                        Values.truth(value(choice.condition()))
                                                ? choice.then()
                                                : choice.otherwise());
                        case Statement.For loop -> loop(loop);
                        case Statement.Set set -> assign(set.targets(), value(set.value()));
                        case Statement.SetBlock set ->
                                assign(List.of(set.target()), captured(set.body(), scope));
                        case Statement.Macro macro ->
                                assign(List.of(macro.name()), function(macro));
                        case Statement.Break end -> Flow.BREAK;
                        case Statement.Continue end -> Flow.CONTINUE;
                    };
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow write(String text) {
        out.append(budget.made(text));
        return Flow.ON;
    }

    private String captured(List<Statement> body, Scope inside) {
        StringBuilder outside = out;
        Scope before = scope;
        out = new StringBuilder();
        scope = inside;
        budget.enter();
        run(body);
        budget.leave();
        String text = out.toString();
        out = outside;
        scope = before;
        return text;
    }

    private Flow assign(List<String> targets, Object value) {
        if (targets.size() > 1) {
            unpack(targets, value);
            return Flow.ON;
        }
        String target = targets.getFirst();
        int dot = target.indexOf('.');
        if (dot < 0) {
            scope.own().put(target, value);
        } else if (scope.get(target.substring(0, dot)) instanceof Values.Namespace space) {
            space.attributes().put(target.substring(dot + 1), value);
        } else {
            throw Values.wrong("set %s (expected: of a namespace)".formatted(target));
        }
        return Flow.ON;
    }

    private void unpack(List<String> targets, Object value) {
        List<Object> values = Values.items(value);
        if (values.size() != targets.size()) {
            throw Values.wrong(
                    "%d values (expected: %d, for %s)"
                            .formatted(values.size(), targets.size(), targets));
        }
        for (int i = 0; i < values.size(); i++) {
            scope.own().put(targets.get(i), values.get(i));
        }
    }

    private Flow loop(Statement.For loop) {
        List<Object> items = Values.items(value(loop.over()));
        budget.make(items.size());
        Scope around = scope;
        if (loop.filter() != null) {
            Expression filter = loop.filter();
            items.removeIf(item -> {
                scope = around.inner();
                target(loop.targets(), item);
                return !Values.truth(value(filter));
            });
            scope = around;
        }
        if (items.isEmpty()) {
            return run(loop.otherwise());
        }
        for (int i = 0; i < items.size(); i++) {
            scope = around.inner();
            target(loop.targets(), items.get(i));
            scope.own().put("loop", place(items, i));
            if (run(loop.body()) == Flow.BREAK) {
                break;
            }
        }
        scope = around;
        return Flow.ON;
    }

    private void target(List<String> targets, Object item) {
        budget.step();
        if (targets.size() == 1) {
            scope.own().put(targets.getFirst(), item);
        } else {
            unpack(targets, item);
        }
    }

    private static Object place(List<Object> items, int index) {
        int size = items.size();
        Map<String, Object> loop = new HashMap<>();
        loop.put("index", index + 1L);
        loop.put("index0", (long) index);
        loop.put("revindex", (long) size - index);
        loop.put("revindex0", size - index - 1L);
        loop.put("first", index == 0);
        loop.put("last", index == size - 1);
        loop.put("length", (long) size);
        loop.put("previtem", index == 0 ? Values.UNDEFINED : items.get(index - 1));
        loop.put("nextitem", index == size - 1 ? Values.UNDEFINED : items.get(index + 1));
        Values.Function cycle =
                (positional, named) ->
                        Operators.item(positional, index % Math.max(1, positional.size()));
        loop.put("cycle", cycle);
        return loop;
    }

    /** A macro sees its own variables and the outermost ones. */
    private Values.Function function(Statement.Macro macro) {
        return (positional, named) -> {
            Scope own = outermost.inner();
            for (int i = 0; i < macro.parameters().size(); i++) {
                String name = macro.parameters().get(i);
                Expression otherwise = macro.defaults().get(i);
                Object given = i < positional.size() ? positional.get(i) : named.get(name);
                if (given == null) {
                    given = otherwise == null ? Values.UNDEFINED : value(otherwise);
                }
                own.own().put(name, given);
            }
            return captured(macro.body(), own);
        };
    }

    private Object value(Expression expression) {
        budget.step();
        return switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> values(list.items());
            case Expression.MapOf map -> {
                Map<String, Object> made = new LinkedHashMap<>();
                for (int i = 0; i < map.keys().size(); i++) {
                    String key = Values.text(value(map.keys().get(i)));
                    made.put(key, value(map.values().get(i)));
                }
                yield made;
            }
            case Expression.Attribute attribute ->
                    attribute(value(attribute.of()), attribute.name());
            case Expression.Item item -> item(value(item.of()), value(item.index()));
            case Expression.Slice slice ->
                    Operators.slice(
                            value(slice.of()),
                            orNone(slice.from()),
                            orNone(slice.to()),
                            orNone(slice.step()),
                            budget);
            case Expression.Call call -> called(call);
            case Expression.Filter filter ->
                    filters.apply(filter.name(), value(filter.of()), given(filter.arguments()));
            case Expression.Test test ->
                    Tests.holds(
                                    test.name(),
                                    value(test.of()),
                                    values(test.arguments().positional()))
                            != test.negated();
            case Expression.Unary unary ->
                    switch (unary.operator()) {
                        case "not" -> !Values.truth(value(unary.of()));
                        case "-" -> Operators.negated(value(unary.of()));
                        default -> value(unary.of());
                    };
            case Expression.Binary binary -> binary(binary);
            case Expression.Choice choice ->
                    Values.truth(value(choice.condition()))
                            ? value(choice.then())
                            : choice.otherwise() == null
                                    ? Values.UNDEFINED
                                    : value(choice.otherwise());
        };
    }

    private Object orNone(@Nullable Expression expression) {
        return expression == null ? Values.NONE : value(expression);
    }

    private List<Object> values(List<Expression> expressions) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(value(expression));
        }
        return values;
    }

    private Filters.Given given(Arguments arguments) {
        Map<String, Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, expression) -> named.put(name, value(expression)));
        return new Filters.Given(values(arguments.positional()), named);
    }

    private Object binary(Expression.Binary binary) {
        Object left = value(binary.left());
        return switch (binary.operator()) {
            case "and" -> Values.truth(left) ? value(binary.right()) : left;
            case "or" -> Values.truth(left) ? left : value(binary.right());
            default -> Operators.binary(binary.operator(), left, value(binary.right()), budget);
        };
    }

    private static Object attribute(Object of, String name) {
        Object value =
                switch (of) {
                    case Map<?, ?> map -> map.get(name);
                    case Values.Namespace space -> space.attributes().get(name);
                    default -> null;
                };
        if (value == null && Values.isUndefined(of)) {
            throw Values.wrong("undefined has no attribute " + name);
        }
        return value == null ? Values.UNDEFINED : value;
    }

    private static Object item(Object of, Object index) {
        return switch (of) {
            case List<?> list when index instanceof Long place -> Operators.item(list, place);
            case String text when index instanceof Long place ->
                    Operators.item(Values.items(text), place);
            default -> attribute(of, Values.text(index));
        };
    }

    private Object called(Expression.Call call) {
        Filters.Given given = given(call.arguments());
        if (call.function() instanceof Expression.Attribute method) {
            Object of = value(method.of());
            boolean own = of instanceof Map<?, ?> map && map.get(method.name()) != null;
            if (!own && !(of instanceof Values.Namespace)) {
                return Methods.call(of, method.name(), given.positional(), budget);
            }
        }
        if (value(call.function()) instanceof Values.Function function) {
            return function.call(given.positional(), given.named());
        }
        throw Values.wrong("call of what is no function");
    }
}
