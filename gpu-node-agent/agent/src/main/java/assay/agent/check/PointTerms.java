package assay.agent.check;

import assay.agent.check.Assignment.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Values of an assignment as terms of Coq. An arbitrary type becomes an inductive type with one
 * constructor an element, a predicate on it a {@code match}. Only names of our own and digits get
 * into a term. Confined to one refutation.
 */
final class PointTerms {
    private static final int MOST_ELEMENTS = 16;
    private static final int MOST_ROWS = 512;

    /** Constructors by element, by the variable that stands for the type. */
    private final SequencedMap<String, SequencedMap<Value, String>> carriers =
            new LinkedHashMap<>();

    /** A value that does not fit the type of its variable. */
    static final class Misfit extends Exception {
        private static final long serialVersionUID = 1L;

        Misfit(String reason) {
            super(reason, null, false, false);
        }
    }

    /** Constructors of each type that was made, by the name of the inductive type. */
    Map<String, List<String>> carriers() {
        return carriers.entrySet().stream()
                .collect(
                        Collectors.toMap(
                                entry -> carrier(entry.getKey()),
                                entry -> List.copyOf(entry.getValue().values()),
                                (a, b) -> a,
                                LinkedHashMap::new));
    }

    /** The term of a variable. */
    String term(String name, String type, Value value) throws Misfit {
        if (type.equals("Type") || type.equals("Set")) {
            return newCarrier(name, value);
        }
        return term(name, CoqType.of(type), value);
    }

    private String term(String name, CoqType type, Value value) throws Misfit {
        return switch (type) {
            case CoqType.ListOf(CoqType item) when value instanceof Value.Sequence(var items) -> {
                var terms = new ArrayList<String>();
                for (Value each : items) {
                    terms.add(term(name, item, each));
                }
                yield "[" + String.join("; ", terms) + "]%list";
            }
            case CoqType.ListOf _ -> throw new Misfit(name + ": expected a list such as [0;1]");
            case CoqType.Arrow(var arguments, var result)
                    when value instanceof Value.Extension(var items) ->
                    result instanceof CoqType.Named(String of)
                                    && (of.equals("Prop") || of.equals("bool"))
                            ? predicate(name, arguments, of, items)
                            : function(name, arguments, result, items);
            case CoqType.Arrow _ ->
                    throw new Misfit(name + ": expected an extension such as {0} or {(0,1)}");
            case CoqType.Named(String of) -> simple(name, of, value);
        };
    }

    private String simple(String name, String type, Value value) throws Misfit {
        SequencedMap<Value, String> elements = carriers.get(type);
        if (elements != null) {
            String constructor = elements.get(value);
            if (constructor == null) {
                throw new Misfit(name + ": not an element of " + type);
            }
            return constructor;
        }
        return switch (value) {
            case Value.Truth(boolean truth) when type.equals("Prop") || type.isEmpty() ->
                    truth ? "True" : "False";
            case Value.Truth(boolean truth) when type.equals("bool") -> truth ? "true" : "false";
            case Value.Whole(var number) when type.equals("nat") || type.equals("N") -> {
                if (number.signum() < 0) {
                    throw new Misfit(
                            name + ": " + number + " (expected: 0 or more, it is a " + type + ")");
                }
                yield number + "%" + type;
            }
            case Value.Whole(var number) when type.equals("Z") -> "(" + number + ")%Z";
            case Value.Whole(var number) when type.isEmpty() -> "(" + number + ")";
            default -> throw new Misfit(name + ": the value does not fit its type " + type);
        };
    }

    private String newCarrier(String name, Value value) throws Misfit {
        if (!(value instanceof Value.Extension(var items))) {
            throw new Misfit(name + ": expected the elements of the type, such as {0,1}");
        }
        if (items.size() > MOST_ELEMENTS) {
            throw new Misfit(
                    name
                            + ": "
                            + items.size()
                            + " elements (expected: "
                            + MOST_ELEMENTS
                            + " or fewer)");
        }
        var constructors = new LinkedHashMap<Value, String>();
        for (Value item : items) {
            if (constructors.put(item, "point_" + carriers.size() + "_" + constructors.size())
                    != null) {
                throw new Misfit(name + ": an element is given twice");
            }
        }
        carriers.put(name, constructors);
        return carrier(name);
    }

    private String carrier(String name) {
        return "points_" + List.copyOf(carriers.sequencedKeySet()).indexOf(name);
    }

    private String predicate(String name, List<CoqType> arguments, String result, List<Value> items)
            throws Misfit {
        String yes = result.equals("Prop") ? "True" : "true";
        String no = result.equals("Prop") ? "False" : "false";
        var rows = new LinkedHashMap<List<String>, String>();
        for (Value item : items) {
            List<Value> parts =
                    arguments.size() == 1 ? List.of(item) : tuple(name, item, arguments.size());
            rows.put(terms(name, arguments, parts), yes);
        }
        if (arguments.stream().allMatch(this::finite)) {
            return matchOver(name, arguments, rows, no);
        }
        if (!result.equals("Prop")) {
            throw new Misfit(name + ": a bool-valued predicate needs a finite type");
        }
        String variables = variables(arguments.size());
        String cases =
                rows.keySet().stream()
                        .map(row ->
                                IntStream.range(0, row.size())
                                        .mapToObj(i -> "x" + i + " = " + row.get(i))
                                        .collect(Collectors.joining(" /\\ ", "(", ") \\/ ")))
                        .collect(Collectors.joining());
        return "(fun " + variables + " => " + cases + "False)";
    }

    private String function(String name, List<CoqType> arguments, CoqType result, List<Value> items)
            throws Misfit {
        var rows = new LinkedHashMap<List<String>, String>();
        for (Value item : items) {
            List<Value> parts = tuple(name, item, arguments.size() + 1);
            String to = term(name, result, parts.getLast());
            rows.put(terms(name, arguments, parts.subList(0, arguments.size())), to);
        }
        if (!arguments.stream().allMatch(this::finite)) {
            throw new Misfit(name + ": a function needs a finite type to come from");
        }
        return matchOver(name, arguments, rows, "");
    }

    /**
     * A match with one row for each combination of elements; {@code otherwise} empty means that all
     * rows must be given.
     */
    private String matchOver(
            String name, List<CoqType> arguments, Map<List<String>, String> rows, String otherwise)
            throws Misfit {
        List<List<String>> combinations = List.of(List.of());
        for (CoqType argument : arguments) {
            var longer = new ArrayList<List<String>>();
            for (List<String> row : combinations) {
                for (String element : elements(argument)) {
                    var next = new ArrayList<>(row);
                    next.add(element);
                    longer.add(List.copyOf(next));
                }
            }
            if (longer.size() > MOST_ROWS) {
                throw new Misfit(
                        name + ": too many combinations (expected: " + MOST_ROWS + " or fewer)");
            }
            combinations = longer;
        }
        if (combinations.isEmpty()) {
            String blanks = "_ ".repeat(arguments.size() - 1);
            boolean firstEmpty = elements(arguments.getFirst()).isEmpty();
            return otherwise.isEmpty() && firstEmpty
                    ? "(fun x0 " + blanks + "=> match x0 with end)"
                    : "(fun _ " + blanks + "=> " + (otherwise.isEmpty() ? "0" : otherwise) + ")";
        }
        var cases = new StringBuilder();
        for (List<String> row : combinations) {
            String to = rows.getOrDefault(row, otherwise);
            if (to.isEmpty()) {
                throw new Misfit(name + ": the function is not given everywhere");
            }
            cases.append(" | ").append(String.join(", ", row)).append(" => ").append(to);
        }
        String matched =
                IntStream.range(0, arguments.size())
                        .mapToObj(i -> "x" + i)
                        .collect(Collectors.joining(", "));
        return "(fun "
                + variables(arguments.size())
                + " => match "
                + matched
                + " with"
                + cases
                + " end)";
    }

    private List<String> terms(String name, List<CoqType> types, List<Value> values) throws Misfit {
        var terms = new ArrayList<String>();
        for (int i = 0; i < types.size(); i++) {
            terms.add(term(name, types.get(i), values.get(i)));
        }
        return List.copyOf(terms);
    }

    private static List<Value> tuple(String name, Value value, int size) throws Misfit {
        if (value instanceof Value.Tuple(var items) && items.size() == size) {
            return items;
        }
        throw new Misfit(name + ": expected tuples of " + size);
    }

    private static String variables(int count) {
        return IntStream.range(0, count).mapToObj(i -> "x" + i).collect(Collectors.joining(" "));
    }

    private boolean finite(CoqType type) {
        return type instanceof CoqType.Named(String name) && carriers.containsKey(name);
    }

    private List<String> elements(CoqType type) {
        SequencedMap<Value, String> elements =
                type instanceof CoqType.Named(String name) ? carriers.get(name) : null;
        return elements == null ? List.of() : List.copyOf(elements.values());
    }
}
