package assay.engine.sample.constrain;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Whether the schemas of a {@code oneOf} visibly exclude one another: by type, by constants, or by
 * the constants of a member that both require. What is not visible so is refused, since a text that
 * two of them admit would not be valid. Confined to one thread.
 */
final class SchemaOverlap {
    private static final int OPTIONS_MAX = 200;

    private final SchemaDocument document;

    SchemaOverlap(SchemaDocument document) {
        this.document = document;
    }

    /** Each pair is looked at: hence the bound. */
    void refuse(List<SchemaNode> options) {
        if (options.size() > OPTIONS_MAX) {
            throw Limits.exceeded(
                    "schema at " + options.getFirst().place() + ": options",
                    options.size(),
                    OPTIONS_MAX);
        }
        List<Conjunction> all = options.stream().map(o -> document.all(List.of(o))).toList();
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!exclusive(all.get(j), all.get(i))) {
                    throw Limits.invalid(
                            ("schema at %s: it may admit what %s admits (expected: anyOf, or another"
                                            + " type, or constants of a required member)")
                                    .formatted(options.get(i).place(), options.get(j).place()));
                }
            }
        }
    }

    private boolean exclusive(Conjunction a, Conjunction b) {
        Set<String> types = Conjunction.common(types(a), types(b));
        if (a.never() || b.never() || types.isEmpty() || distinctConstants(a, b)) {
            return true;
        }
        return types.equals(Set.of("object")) && distinctMember(a, b);
    }

    private boolean distinctMember(Conjunction a, Conjunction b) {
        Set<String> both = new HashSet<>(new SchemaMembers(a).required());
        both.retainAll(new SchemaMembers(b).required());
        return both.stream().anyMatch(name -> distinctConstants(member(a, name), member(b, name)));
    }

    private Conjunction member(Conjunction of, String name) {
        return document.all(new SchemaMembers(of).schemas(name));
    }

    private static boolean distinctConstants(Conjunction a, Conjunction b) {
        Optional<List<JsonNode>> ofA = a.constants();
        Optional<List<JsonNode>> ofB = b.constants();
        return ofA.isPresent()
                && ofB.isPresent()
                && Collections.disjoint(Conjunction.keys(ofA.get()), Conjunction.keys(ofB.get()));
    }

    private static Set<String> types(Conjunction of) {
        return of.constants()
                .map(values -> values.stream().map(Conjunction::type).collect(Collectors.toSet()))
                .orElseGet(of::types);
    }
}
