package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;

/**
 * What a rule of a grammar derives: the one notation that regular expressions, JSON Schemas and
 * grammars are parsed to. Immutable; a part that is used twice may be the same object, and is then
 * built once.
 */
sealed interface Expr {
    /** Repeats without an upper bound. */
    int UNBOUNDED = -1;

    /** The empty text alone. */
    Expr EMPTY = new Sequence(List.of());

    /** No text at all, not even the empty one. */
    Expr NOTHING = new Choice(List.of());

    /** One character of a set. */
    record One(CodePoints of) implements Expr {}

    /** Exactly this text. */
    record Literal(String text) implements Expr {}

    record Sequence(List<Expr> parts) implements Expr {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    record Choice(List<Expr> options) implements Expr {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /**
     * @param least times, at least 0
     * @param most times, at least {@code least}, or {@link #UNBOUNDED}
     */
    record Repeat(Expr body, int least, int most) implements Expr {}

    /** A rule, by its name. */
    record Rule(String name) implements Expr {}

    static boolean isEmpty(Expr expr) {
        return expr instanceof Sequence sequence && sequence.parts().isEmpty();
    }

    static boolean isNothing(Expr expr) {
        return expr instanceof Choice choice && choice.options().isEmpty();
    }

    static Expr one(CodePoints of) {
        return of.isEmpty() ? NOTHING : new One(of);
    }

    static Expr literal(String text) {
        return text.isEmpty() ? EMPTY : new Literal(text);
    }

    /** Nothing in any part makes nothing of the whole. */
    static Expr sequence(List<Expr> parts) {
        if (parts.stream().anyMatch(Expr::isNothing)) {
            return NOTHING;
        }
        List<Expr> kept = new ArrayList<>(parts);
        kept.removeIf(Expr::isEmpty);
        return kept.isEmpty() ? EMPTY : kept.size() == 1 ? kept.getFirst() : new Sequence(kept);
    }

    static Expr sequence(Expr... parts) {
        return sequence(List.of(parts));
    }

    static Expr choice(List<Expr> options) {
        List<Expr> kept = new ArrayList<>(options);
        kept.removeIf(Expr::isNothing);
        return kept.isEmpty() ? NOTHING : kept.size() == 1 ? kept.getFirst() : new Choice(kept);
    }

    static Expr choice(Expr... options) {
        return choice(List.of(options));
    }

    static Expr repeat(Expr body, int least, int most) {
        if (most == 0 || isEmpty(body)) {
            return EMPTY;
        }
        if (isNothing(body)) {
            return least == 0 ? EMPTY : NOTHING;
        }
        return least == 1 && most == 1 ? body : new Repeat(body, least, most);
    }

    static Expr optional(Expr body) {
        return repeat(body, 0, 1);
    }
}
