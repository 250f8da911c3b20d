package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.node.StringNode;

/**
 * How an object of some schemas is written: declared members in their order, those that are not
 * required each present or not, then further members where they are allowed. A further member's
 * name is written without escapes, so that it is plainly none of the declared ones. Immutable.
 */
final class SchemaObject {
    /** Of a declared name where further names are allowed: the choice nests as deep as it is. */
    private static final int NAME_MAX = 100;

    private final Conjunction schema;
    private final SchemaMembers members;
    private final List<String> names;

    /**
     * Members that stand beside one another: one of a name, or those of other names.
     *
     * @param starting at an object's beginning: at least one
     * @param following in the midst of an object; one expression, so that it is built once
     */
    private record Slot(Expr starting, Expr following, boolean required) {
        static Slot of(Expr member, int least, int most) {
            Expr more = Expr.sequence(JsonTexts.comma(), member);
            return new Slot(
                    JsonTexts.listed(member, 1, most), Expr.repeat(more, least, most), least > 0);
        }
    }

    SchemaObject(Conjunction schema) {
        this.schema = schema;
        this.members = new SchemaMembers(schema);
        this.names = members.names();
        if (names.size() > Limits.RULES) {
            throw Limits.exceeded(
                    "schema at " + schema.name() + ": properties", names.size(), Limits.RULES);
        }
    }

    /**
     * @param valueOf compiles what holds for a member
     */
    Expr expr(Function<List<SchemaNode>, Expr> valueOf) {
        List<Slot> slots = new ArrayList<>();
        Set<String> required = members.required();
        for (String name : names) {
            Expr value = valueOf.apply(members.schemas(name));
            int least = required.contains(name) ? 1 : 0;
            if (least == 1 && Expr.isNothing(value)) {
                return Expr.NOTHING;
            }
            if (!Expr.isNothing(value)) {
                slots.add(Slot.of(member(Expr.literal(string(name)), value), least, 1));
            }
        }
        Expr further = members.open() ? valueOf.apply(members.furtherSchemas()) : Expr.NOTHING;
        int most = furtherMost(slots.size(), required.size(), !Expr.isNothing(further));
        if (!Expr.isNothing(further) && most != 0) {
            slots.add(Slot.of(member(furtherName(), further), 0, most));
        }
        return written(slots, required.size());
    }

    private Expr written(List<Slot> slots, int required) {
        int fewest = schema.least("minProperties");
        if (fewest > Math.max(slots.isEmpty() ? 0 : 1, required)) {
            throw schema.with("minProperties")
                    .getFirst()
                    .wrong("minProperties", "at most 1, or as many as are required");
        }
        List<Expr> starts = new ArrayList<>();
        boolean before = true;
        for (int first = 0; first < slots.size() && before; first++) {
            List<Expr> parts = new ArrayList<>(List.of(slots.get(first).starting()));
            slots.subList(first + 1, slots.size()).forEach(slot -> parts.add(slot.following()));
            starts.add(Expr.sequence(parts));
            before = !slots.get(first).required();
        }
        boolean orEmpty = required == 0 && fewest == 0;
        return starts.isEmpty()
                ? Expr.literal("{}")
                : JsonTexts.enclosed("{", Expr.choice(starts), "}", orEmpty);
    }

    /** How many members of other names {@code maxProperties} leaves room for. */
    private int furtherMost(int declared, int required, boolean open) {
        int most = schema.most("maxProperties");
        if (most == Expr.UNBOUNDED) {
            return Expr.UNBOUNDED;
        }
        if (most < declared || (open && required < declared)) {
            throw schema.with("maxProperties")
                    .getFirst()
                    .wrong(
                            "maxProperties",
                            open
                                    ? "only beside declared names that are required, and above them"
                                    : "at least the number of declared names");
        }
        return most - declared;
    }

    private Expr furtherName() {
        for (String name : names) {
            if (name.length() > NAME_MAX) {
                throw Limits.exceeded(
                        "schema at %s: characters of a name beside additionalProperties"
                                .formatted(schema.name()),
                        name.length(),
                        NAME_MAX);
            }
        }
        return names.isEmpty() ? JsonTexts.STRING : JsonTexts.quoted(JsonTexts.noneOf(names));
    }

    private static Expr member(Expr name, Expr value) {
        return Expr.sequence(name, Expr.literal(":"), JsonTexts.SPACE, value);
    }

    private static String string(String name) {
        return StringNode.valueOf(name).toString();
    }
}
