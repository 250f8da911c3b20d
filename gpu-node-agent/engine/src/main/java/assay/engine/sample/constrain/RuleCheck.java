package assay.engine.sample.constrain;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Refuses rules that the automaton could not run: names without a rule, rules that begin with
 * themselves (the closure of calls would never end), and rules that derive no finite text (the
 * output could never end). Also says which rules are recursive. Confined to one thread.
 */
final class RuleCheck {
    private final Rules rules;
    private final Set<String> nullable = new HashSet<>();
    private final Set<String> productive = new HashSet<>();
    private final Map<String, Set<String>> uses = new HashMap<>();
    private final Map<String, Set<String>> begins = new HashMap<>();

    private RuleCheck(Rules rules) {
        this.rules = rules;
    }

    /**
     * @return the names of the rules that may come to use themselves
     * @throws assay.engine.EngineException REQUEST_INVALID
     */
    static Set<String> recursiveRules(Rules rules) {
        RuleCheck check = new RuleCheck(rules);
        rules.expr(rules.root());
        check.findNullableAndProductive();
        for (Map.Entry<String, Expr> rule : rules.byName().entrySet()) {
            Set<String> used = new TreeSet<>();
            Set<String> first = new TreeSet<>();
            check.collect(rule.getValue(), used, seen());
            check.collectFirst(rule.getValue(), first, seen());
            used.forEach(rules::expr);
            check.uses.put(rule.getKey(), used);
            check.begins.put(rule.getKey(), first);
        }
        check.refuse();
        Set<String> recursive = new HashSet<>();
        for (String name : rules.byName().keySet()) {
            if (reaches(check.uses, name)) {
                recursive.add(name);
            }
        }
        return recursive;
    }

    private void refuse() {
        for (String name : rules.byName().keySet()) {
            if (reaches(begins, name)) {
                throw Limits.invalid(
                        "rule '%s': left recursion (expected: text before a rule uses itself)"
                                .formatted(name));
            }
            if (!productive.contains(name)) {
                throw Limits.invalid(
                        "rule '%s': no finite text (expected: a way out of its recursion)"
                                .formatted(name));
            }
        }
    }

    private void findNullableAndProductive() {
        int known = -1;
        while (known < nullable.size() + productive.size()) {
            known = nullable.size() + productive.size();
            for (Map.Entry<String, Expr> rule : rules.byName().entrySet()) {
                if (!nullable.contains(rule.getKey())
                        && holds(rule.getValue(), nullable, false, new IdentityHashMap<>())) {
                    nullable.add(rule.getKey());
                }
                if (!productive.contains(rule.getKey())
                        && holds(rule.getValue(), productive, true, new IdentityHashMap<>())) {
                    productive.add(rule.getKey());
                }
            }
        }
    }

    /** Whether the expression derives a text, given what a character and known rules do. */
    private static boolean holds(
            Expr expr, Set<String> rules, boolean character, Map<Expr, Boolean> known) {
        Boolean before = known.get(expr);
        if (before != null) {
            return before;
        }
        boolean holds =
                switch (expr) {
                    case Expr.One _, Expr.Literal _ -> character;
                    case Expr.Sequence s ->
                            s.parts().stream().allMatch(p -> holds(p, rules, character, known));
                    case Expr.Choice c ->
                            c.options().stream().anyMatch(o -> holds(o, rules, character, known));
                    case Expr.Repeat r ->
                            r.least() == 0 || holds(r.body(), rules, character, known);
                    case Expr.Rule r -> rules.contains(r.name());
                };
        known.put(expr, holds);
        return holds;
    }

    private void collect(Expr expr, Set<String> used, Set<Expr> seen) {
        if (!seen.add(expr)) {
            return;
        }
        switch (expr) {
            case Expr.One _, Expr.Literal _ -> {}
            case Expr.Sequence s -> s.parts().forEach(part -> collect(part, used, seen));
            case Expr.Choice c -> c.options().forEach(option -> collect(option, used, seen));
            case Expr.Repeat r -> collect(r.body(), used, seen);
            case Expr.Rule r -> used.add(r.name());
        }
    }

    /** The rules that may be entered before any character was read. */
    private void collectFirst(Expr expr, Set<String> first, Set<Expr> seen) {
        if (!seen.add(expr)) {
            return;
        }
        switch (expr) {
            case Expr.One _, Expr.Literal _ -> {}
            case Expr.Sequence s -> {
                for (Expr part : s.parts()) {
                    collectFirst(part, first, seen);
                    if (!holds(part, nullable, false, new IdentityHashMap<>())) {
                        return;
                    }
                }
            }
            case Expr.Choice c -> c.options().forEach(option -> collectFirst(option, first, seen));
            case Expr.Repeat r -> collectFirst(r.body(), first, seen);
            case Expr.Rule r -> first.add(r.name());
        }
    }

    private static boolean reaches(Map<String, Set<String>> graph, String name) {
        Set<String> reached = new HashSet<>();
        var open = new ArrayDeque<>(graph.getOrDefault(name, Set.of()));
        while (!open.isEmpty()) {
            String at = open.pop();
            if (reached.add(at)) {
                open.addAll(graph.getOrDefault(at, Set.of()));
            }
        }
        return reached.contains(name);
    }

    private static Set<Expr> seen() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }
}
