package assay.agent.check;

import assay.agent.check.Assignment.Parsed;
import assay.agent.check.Assignment.Value;
import assay.agent.check.Binders.Binder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Turns an assignment into a proof that the statement is false at that point. Nothing is believed
 * here: what comes out is a script like any other and the kernel judges it. Stateless.
 *
 * <p>Goals: every true counterexample over numbers, truth values, lists and finite models is proved
 * within a second or two; a wrong one fails fast with words that say why. Constraint: only names of
 * our own and digits go from the assignment into the script. Algorithm: instantiate the leading
 * binders in their order; then two tactics that call each other, one to show that a proposition
 * holds and one to show that it does not, walk down connectives and quantifiers over finite types,
 * and leave atoms to {@code lia}, {@code discriminate}, {@code congruence} and reduction.
 */
sealed interface Refutation {
    /**
     * A proof to be judged.
     *
     * @param definitions commands before the goal: the finite types and the two tactics
     * @param tactics the proof of the negation
     */
    record Script(String definitions, String tactics) implements Refutation {}

    /**
     * The assignment cannot be a point of the statement.
     *
     * @param offset in the assignment
     */
    record Unusable(String reason, int offset) implements Refutation {}

    static Refutation of(String statement, String assignment, CheckLimits limits) {
        if (assignment.length() > limits.textChars()) {
            return new Unusable("the assignment is too long", 0);
        }
        return switch (Assignment.parse(assignment)) {
            case Parsed.Malformed(String reason, int offset) -> new Unusable(reason, offset);
            case Parsed.Point(Assignment point) -> at(statement, point);
        };
    }

    /** What a failed refutation means, for a person. */
    static String explain(String coqMessage) {
        if (coqMessage.contains(RefutationTactics.HOLDS)) {
            return "The statement holds at this point, so the assignment is not a counterexample.";
        }
        if (coqMessage.contains(RefutationTactics.UNDECIDED)) {
            return "The statement could not be shown to be false at this point.";
        }
        return "The assignment does not fit the statement: " + coqMessage;
    }

    private static Refutation at(String statement, Assignment point) {
        var terms = new PointTerms();
        var steps = new ArrayList<String>();
        var bound = new HashSet<String>();
        steps.add("intro H.");
        try {
            for (Binder binder : Binders.of(statement).all()) {
                Value value = point.values().get(binder.name());
                if (value == null) {
                    return new Unusable("no value for " + binder.name(), 0);
                }
                bound.add(binder.name());
                steps.add(instantiation(terms, binder, value));
            }
        } catch (PointTerms.Misfit e) {
            return new Unusable(String.valueOf(e.getMessage()), 0);
        }
        var inner = new ArrayList<BigInteger>();
        for (Map.Entry<String, Value> entry : point.values().entrySet()) {
            String name = entry.getKey();
            if (!bound.contains(name)) {
                boolean occurs =
                        Pattern.compile("\\b" + Pattern.quote(name) + "\\b")
                                .matcher(statement)
                                .find();
                if (!occurs) {
                    return new Unusable("the statement has no variable " + name, 0);
                }
                if (entry.getValue() instanceof Value.Whole(BigInteger number)) {
                    inner.add(number);
                }
            }
        }
        steps.add("cbv beta iota in H.");
        steps.add(RefutationTactics.CLOSING);
        Map<String, List<String>> carriers = terms.carriers();
        String definitions = types(carriers) + RefutationTactics.definitions(carriers, inner);
        return new Script(definitions, String.join("\n", steps));
    }

    private static String instantiation(PointTerms terms, Binder binder, Value value)
            throws PointTerms.Misfit {
        String term = terms.term(binder.name(), binder.type(), value);
        boolean numberOfUnknownType = binder.type().isEmpty() && value instanceof Value.Whole;
        return numberOfUnknownType
                ? "first [specialize (H " + term + "%nat) | specialize (H " + term + "%Z)]."
                : "specialize (H " + term + ").";
    }

    private static String types(Map<String, List<String>> carriers) {
        return carriers.entrySet().stream()
                .map(carrier ->
                        "Inductive "
                                + carrier.getKey()
                                + " : Set := "
                                + String.join(" | ", carrier.getValue())
                                + ".\n")
                .collect(Collectors.joining());
    }
}
