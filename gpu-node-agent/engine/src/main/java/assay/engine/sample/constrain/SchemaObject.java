package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.StringNode;

/**
 * How an object of a schema is written: declared members in their order, those that are not
 * required each present or not, then further members where they are allowed. A further member's
 * name is written without escapes, so that it is plainly none of the declared ones. Immutable.
 */
final class SchemaObject {
    /** Of a declared name where further names are allowed: the choice nests as deep as it is. */
    private static final int NAME_MAX = 100;

    private final SchemaNode schema;
    private final List<String> names;
    private final Set<String> required;

    SchemaObject(SchemaNode schema) {
        this.schema = schema;
        this.required = schema.texts("required");
        if (schema.has("properties") && !schema.get("properties").isObject()) {
            throw schema.wrong("properties", "an object");
        }
        this.names = List.copyOf(schema.get("properties").propertyNames());
        if (names.size() > Limits.RULES) {
            throw Limits.exceeded(
                    "schema at " + schema.place() + ": properties", names.size(), Limits.RULES);
        }
        for (String name : required) {
            if (!names.contains(name)) {
                throw schema.wrong("required", "names among properties");
            }
        }
    }

    /**
     * @param valueOf compiles the schema of a member
     */
    Expr expr(Function<SchemaNode, Expr> valueOf) {
        Expr further = further(valueOf);
        List<Expr> members = new ArrayList<>();
        List<Expr> following = new ArrayList<>();
        for (String name : names) {
            Expr member =
                    member(
                            Expr.literal(string(name)),
                            valueOf.apply(schema.child("properties", name)));
            Expr follows = Expr.sequence(JsonTexts.comma(), member);
            members.add(member);
            following.add(required.contains(name) ? follows : Expr.optional(follows));
        }
        if (further != null) {
            members.add(further);
            following.add(
                    Expr.repeat(Expr.sequence(JsonTexts.comma(), further), 0, Expr.UNBOUNDED));
        }
        List<Expr> starts = new ArrayList<>();
        boolean maybeEmpty = true;
        for (int first = 0; first < members.size() && maybeEmpty; first++) {
            List<Expr> parts = new ArrayList<>();
            parts.add(members.get(first));
            boolean again = further != null && first == members.size() - 1;
            parts.addAll(following.subList(again ? first : first + 1, following.size()));
            starts.add(Expr.sequence(parts));
            maybeEmpty = first >= names.size() || !required.contains(names.get(first));
        }
        if (starts.isEmpty()) {
            return Expr.literal("{}");
        }
        return JsonTexts.enclosed("{", Expr.choice(starts), "}", required.isEmpty());
    }

    private @Nullable Expr further(Function<SchemaNode, Expr> valueOf) {
        boolean open = !schema.has("properties") && !schema.has("additionalProperties");
        Expr value;
        if (open) {
            value = JsonTexts.ANY;
        } else if (schema.has("additionalProperties")) {
            value = valueOf.apply(schema.child("additionalProperties"));
        } else {
            return null;
        }
        if (Expr.isNothing(value)) {
            return null;
        }
        for (String name : names) {
            if (name.length() > NAME_MAX) {
                throw Limits.exceeded(
                        "schema at %s: characters of a name beside additionalProperties"
                                .formatted(schema.place()),
                        name.length(),
                        NAME_MAX);
            }
        }
        Expr name = names.isEmpty() ? JsonTexts.STRING : JsonTexts.quoted(JsonTexts.noneOf(names));
        return member(name, value);
    }

    private static Expr member(Expr name, Expr value) {
        return Expr.sequence(name, Expr.literal(":"), JsonTexts.SPACE, value);
    }

    private static String string(String name) {
        return StringNode.valueOf(name).toString();
    }
}
