package assay.engine.sample.constrain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rules as a recursive transition network over bytes: places with edges, where an edge into a rule
 * calls it and the rule's end returns (Woods, "Transition network grammars for natural language
 * analysis", CACM 1970). Rules that are not recursive are copied to where they are used, so that
 * only true recursion needs a stack. Immutable.
 */
final class Network {
    sealed interface Place {}

    /**
     * Reads a byte.
     *
     * @param edges first byte, last byte and target of each edge
     */
    @SuppressWarnings("ArrayRecordComponent") // read by the automaton alone, never compared
    record Reads(int[] edges) implements Place {}

    /** Goes on at any of some places without reading. */
    @SuppressWarnings("ArrayRecordComponent")
    record Splits(int[] targets) implements Place {}

    /** Goes on at a rule's entry, and at {@code next} when the rule has ended. */
    record Calls(int entry, int next) implements Place {}

    /** A rule's end, or that of the whole output. */
    record Ends() implements Place {}

    private final List<Place> places;
    private final int start;

    private Network(List<Place> places, int start) {
        this.places = places;
        this.start = start;
    }

    /**
     * @throws assay.engine.EngineException REQUEST_INVALID when the rules cannot be run or need too
     *     many places
     */
    static Network of(Rules rules) {
        return new Builder(rules).build();
    }

    Place place(int index) {
        return places.get(index);
    }

    int start() {
        return start;
    }

    int size() {
        return places.size();
    }

    /** Builds backwards: each part knows the place that follows it. */
    private static final class Builder {
        private static final int END = 0;

        private final Rules rules;
        private final Set<String> recursive;
        private final ArrayList<Place> places = new ArrayList<>();
        private final Map<String, Integer> entries = new HashMap<>();
        private final ArrayDeque<String> called = new ArrayDeque<>();
        private final IdentityHashMap<Expr, Map<Integer, Integer>> built = new IdentityHashMap<>();

        Builder(Rules rules) {
            this.rules = rules;
            this.recursive = RuleCheck.recursiveRules(rules);
            places.add(new Ends());
        }

        Network build() {
            int start = build(rules.expr(rules.root()), END, 0);
            while (!called.isEmpty()) {
                String name = called.remove();
                int body = build(rules.expr(name), END, 0);
                places.set(entries.getOrDefault(name, END), new Splits(new int[] {body}));
            }
            return new Network(List.copyOf(places), start);
        }

        private int add(Place place) {
            if (places.size() == Limits.PLACES) {
                throw Limits.exceeded("constraint places", places.size() + 1L, Limits.PLACES);
            }
            places.add(place);
            return places.size() - 1;
        }

        /** The place from which a text of the expression leads to {@code next}. */
        private int build(Expr expr, int next, int inside) {
            Map<Integer, Integer> byNext = built.computeIfAbsent(expr, _ -> new HashMap<>());
            Integer before = byNext.get(next);
            if (before != null) {
                return before;
            }
            int place =
                    switch (expr) {
                        case Expr.One one -> characters(one.of(), next);
                        case Expr.Literal literal -> literal(literal.text(), next);
                        case Expr.Sequence sequence -> {
                            int at = next;
                            for (Expr part : sequence.parts().reversed()) {
                                at = build(part, at, inside + 1);
                            }
                            yield at;
                        }
                        case Expr.Choice choice -> choice(choice, next, inside);
                        case Expr.Repeat repeat -> repeat(repeat, next, inside);
                        case Expr.Rule rule -> rule(rule.name(), next, inside);
                    };
            byNext.put(next, place);
            return place;
        }

        private int choice(Expr.Choice choice, int next, int inside) {
            int[] targets = new int[choice.options().size()];
            for (int i = 0; i < targets.length; i++) {
                targets[i] = build(choice.options().get(i), next, inside + 1);
            }
            return add(new Splits(targets));
        }

        private int repeat(Expr.Repeat repeat, int next, int inside) {
            int at = next;
            if (repeat.most() == Expr.UNBOUNDED) {
                at = add(new Ends());
                int body = build(repeat.body(), at, inside + 1);
                places.set(at, new Splits(new int[] {body, next}));
            } else {
                for (int i = repeat.least(); i < repeat.most(); i++) {
                    at = add(new Splits(new int[] {build(repeat.body(), at, inside + 1), next}));
                }
            }
            for (int i = 0; i < repeat.least(); i++) {
                at = build(repeat.body(), at, inside + 1);
            }
            return at;
        }

        private int rule(String name, int next, int inside) {
            if (!recursive.contains(name)
                    && inside < Limits.NESTING
                    && places.size() < Limits.INLINED_PLACES) {
                return build(rules.expr(name), next, inside + 1);
            }
            Integer entry = entries.get(name);
            if (entry == null) {
                entry = add(new Ends());
                entries.put(name, entry);
                called.add(name); // built later: its body may call it, and depth stays bounded
            }
            return add(new Calls(entry, next));
        }

        private int literal(String text, int next) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int at = next;
            for (int i = bytes.length - 1; i >= 0; i--) {
                int value = bytes[i] & 0xFF;
                at = add(new Reads(new int[] {value, value, at}));
            }
            return at;
        }

        /** Ends of characters are shared: they lead to the same place by the same bytes. */
        private int characters(CodePoints of, int next) {
            Map<Long, Integer> tails = new HashMap<>();
            List<Integer> edges = new ArrayList<>();
            for (int[] sequence : Utf8.sequences(of)) {
                int at = next;
                for (int i = sequence.length - 2; i > 0; i -= 2) {
                    int first = sequence[i];
                    int last = sequence[i + 1];
                    int target = at;
                    at =
                            tails.computeIfAbsent(
                                    (long) target << 16 | first << 8 | last,
                                    _ -> add(new Reads(new int[] {first, last, target})));
                }
                edges.addAll(List.of(sequence[0], sequence[1], at));
            }
            return add(new Reads(edges.stream().mapToInt(Integer::intValue).toArray()));
        }
    }
}
