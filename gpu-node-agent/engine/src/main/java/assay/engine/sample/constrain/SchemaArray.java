package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * How a list of some schemas is written: the items of {@code prefixItems}, each at its place, then
 * those of {@code items}. Immutable.
 */
final class SchemaArray {
    private final Conjunction schema;
    private final int least;
    private final int most;

    SchemaArray(Conjunction schema) {
        this.schema = schema;
        this.least = schema.least("minItems");
        this.most = schema.most("maxItems");
        for (SchemaNode part : schema.with("uniqueItems")) {
            if (!part.get("uniqueItems").isBoolean() || part.get("uniqueItems").booleanValue()) {
                throw part.wrong("uniqueItems", "false, or absent");
            }
        }
    }

    /**
     * @param valueOf compiles what holds for an item
     * @return nothing where the items are too few for the least
     */
    Expr expr(Function<List<SchemaNode>, Expr> valueOf) {
        List<Expr> items = new ArrayList<>();
        int placed = placed();
        boolean ended = false;
        while (items.size() < placed && !ended) {
            Expr item = valueOf.apply(itemsAt(items.size()));
            ended = Expr.isNothing(item);
            if (!ended) {
                items.add(item);
            }
        }
        boolean full = most != Expr.UNBOUNDED && most <= items.size();
        Expr further = ended || full ? Expr.NOTHING : valueOf.apply(itemsAt(placed));
        int room =
                Expr.isNothing(further)
                        ? 0
                        : most == Expr.UNBOUNDED ? Expr.UNBOUNDED : most - items.size();
        int owed = Math.max(0, least - items.size());
        if (room != Expr.UNBOUNDED && owed > room) {
            return Expr.NOTHING;
        }
        return written(items, further, owed, room);
    }

    /** How many places have schemas of their own. */
    private int placed() {
        int placed = 0;
        for (SchemaNode part : schema.with("prefixItems")) {
            placed = Math.max(placed, part.children("prefixItems").size());
        }
        if (placed > Limits.NESTING) {
            throw Limits.exceeded(
                    "schema at " + schema.name() + ": prefixItems", placed, Limits.NESTING);
        }
        return most == Expr.UNBOUNDED ? placed : Math.min(most, placed);
    }

    /** What holds for the item at a place. */
    private List<SchemaNode> itemsAt(int index) {
        List<SchemaNode> schemas = new ArrayList<>();
        for (SchemaNode part : schema.parts()) {
            List<SchemaNode> placed =
                    part.has("prefixItems") ? part.children("prefixItems") : List.of();
            if (index < placed.size()) {
                schemas.add(placed.get(index));
            } else if (part.has("items")) {
                schemas.add(part.child("items"));
            }
        }
        return schemas;
    }

    /** From the end to the beginning: each item may be the last, once there are enough. */
    private Expr written(List<Expr> items, Expr further, int owed, int room) {
        if (items.isEmpty()) {
            return room == 0
                    ? Expr.literal("[]")
                    : JsonTexts.enclosed(
                            "[",
                            JsonTexts.listed(further, Math.max(1, owed), room),
                            "]",
                            owed == 0);
        }
        Expr rest = Expr.repeat(Expr.sequence(JsonTexts.comma(), further), owed, room);
        for (int i = items.size() - 1; i > 0; i--) {
            Expr from = Expr.sequence(JsonTexts.comma(), items.get(i), rest);
            rest = i < least ? from : Expr.optional(from);
        }
        return JsonTexts.enclosed("[", Expr.sequence(items.getFirst(), rest), "]", least == 0);
    }
}
