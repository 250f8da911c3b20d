package assay.engine.sample.constrain;

import java.util.Map;

/**
 * A grammar: rules by name, one of which the whole output derives from. Immutable.
 *
 * @param byName in the order in which they were written
 * @param root one of them
 */
record Rules(Map<String, Expr> byName, String root) {
    static final String ROOT = "root";

    /** One rule alone. */
    static Rules of(Expr expr) {
        return new Rules(Map.of(ROOT, expr), ROOT);
    }

    Expr expr(String name) {
        Expr expr = byName.get(name);
        if (expr == null) {
            throw Limits.invalid("rule '" + name + "': not defined (expected: a rule of its name)");
        }
        return expr;
    }
}
