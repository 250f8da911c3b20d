package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** How a text of some schemas is written: by a pattern, by a format, or by its length. */
final class SchemaString {
    private static final String DATE =
            "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])"
                    + "|(0[469]|11)-(0[1-9]|[12]\\d|30)"
                    + "|02-(0[1-9]|1\\d|2[0-8]))";

    private static final String TIME =
            "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";

    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

    private static final Map<String, String> FORMATS =
            Map.of(
                    "date",
                    DATE,
                    "time",
                    TIME,
                    "date-time",
                    DATE + "T" + TIME,
                    "uuid",
                    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                    "ipv4",
                    "(" + BYTE + "\\.){3}" + BYTE);

    private SchemaString() {}

    /**
     * @return nothing where the least length is above the greatest
     */
    static Expr expr(Conjunction schema) {
        if (schema.has("pattern")) {
            schema.refuseBeside("pattern", Set.of("format", "minLength", "maxLength"));
            return pattern(schema.text("pattern"));
        }
        if (schema.has("format")) {
            schema.refuseBeside("format", Set.of("minLength", "maxLength"));
            String pattern = FORMATS.get(schema.text("format"));
            if (pattern == null) {
                throw schema.with("format")
                        .getFirst()
                        .wrong("format", "of " + new TreeSet<>(FORMATS.keySet()));
            }
            return JsonTexts.quoted(RegexParser.parse(pattern));
        }
        int least = schema.least("minLength");
        int most = schema.most("maxLength");
        return most != Expr.UNBOUNDED && most < least
                ? Expr.NOTHING
                : JsonTexts.quoted(Expr.repeat(JsonTexts.CHARACTER, least, most));
    }

    /** A pattern may match anywhere in the text, unless it says where. */
    private static Expr pattern(String pattern) {
        List<Expr> options = new ArrayList<>();
        Expr any = Expr.repeat(Expr.one(CodePoints.ALL), 0, Expr.UNBOUNDED);
        for (RegexParser.Branch branch : RegexParser.branches(pattern)) {
            options.add(
                    Expr.sequence(
                            branch.start() ? Expr.EMPTY : any,
                            branch.expr(),
                            branch.end() ? Expr.EMPTY : any));
        }
        return JsonTexts.quoted(JsonTexts.escaped(Expr.choice(options)));
    }
}
