package assay.engine.sample.constrain;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * JSON Schema (draft 2020-12) to rules. What the rules derive is always valid under the schema; not
 * every valid text is derived: members come in the order of {@code properties} (those of {@code
 * $ref} and {@code allOf} first), white space and numbers are bounded as {@link JsonTexts} says,
 * constants and numbers with bounds are written in one way, and an object with {@code properties}
 * takes further members only where {@code additionalProperties} says so. A schema without {@code
 * type} is taken to mean the types that its keywords are about.
 *
 * <p>Taken: {@code type} (one or a list), {@code properties}, {@code required}, {@code
 * additionalProperties}, {@code minProperties} and {@code maxProperties} as far as no counting is
 * needed; {@code prefixItems}, {@code items}, {@code minItems}, {@code maxItems}; {@code
 * minLength}, {@code maxLength} or {@code pattern} or {@code format} (date, time, date-time, uuid,
 * ipv4, by shape); {@code minimum}, {@code maximum}, {@code exclusiveMinimum}, {@code
 * exclusiveMaximum}, {@code multipleOf} of 1, 0.1 and so on; {@code enum}, {@code const}; {@code
 * anyOf}; {@code oneOf} of schemas that visibly exclude one another; {@code allOf} and {@code $ref}
 * inside the document, also recursive; true and false. All may stand beside one another: see {@link
 * Conjunction}. Annotations are passed over. Any other keyword, or one beside another that it
 * cannot be combined with, is refused by name and place. Confined to one thread.
 */
final class SchemaCompiler {
    private final SchemaDocument document;
    private final SchemaOverlap overlap;
    private final Map<String, Expr> rules = JsonTexts.rules();
    private final ArrayDeque<Conjunction> referenced = new ArrayDeque<>();
    private final Set<String> compared = new HashSet<>();
    private int looked;

    /** The first place where schemas that hold together leave no value. */
    private @Nullable String contradiction;

    private SchemaCompiler(SchemaDocument document) {
        this.document = document;
        this.overlap = new SchemaOverlap(document);
    }

    static Rules compile(String schema) {
        SchemaDocument document = SchemaDocument.parse(schema);
        return new SchemaCompiler(document).rules(document.root());
    }

    private Rules rules(SchemaNode schema) {
        rules.put(Rules.ROOT, valueOf(List.of(schema), 0));
        while (!referenced.isEmpty()) {
            Conjunction next = referenced.remove();
            rules.put(next.name(), body(next, 0));
        }
        if (contradiction != null && rules.values().stream().anyMatch(Expr::isNothing)) {
            throw Limits.invalid(contradiction);
        }
        return new Rules(rules, Rules.ROOT);
    }

    private Expr valueOf(List<SchemaNode> schemas, int depth) {
        return valueOf(document.all(schemas), depth);
    }

    /** Where a reference leads, a rule whose body is compiled later: it may come to use itself. */
    private Expr valueOf(Conjunction schema, int depth) {
        looked += schema.size();
        if (looked > Limits.SCHEMAS) {
            throw Limits.exceeded(
                    "schemas and constants with all their choices", looked, Limits.SCHEMAS);
        }
        if (!schema.referenced() || schema.never() || schema.free()) {
            return body(schema, depth);
        }
        String name = schema.name();
        if (!rules.containsKey(name)) {
            if (rules.size() > Limits.RULES) {
                throw Limits.exceeded("schemas that are referenced", rules.size(), Limits.RULES);
            }
            rules.put(name, Expr.NOTHING);
            referenced.add(schema);
        }
        return new Expr.Rule(name);
    }

    private Expr body(Conjunction schema, int depth) {
        if (depth > Limits.NESTING) {
            throw Limits.exceeded("schemas inside one another", depth, Limits.NESTING);
        }
        if (schema.never()) {
            return Expr.NOTHING;
        }
        if (!schema.choices().isEmpty()) {
            return chosen(schema, schema.choices().getFirst(), depth);
        }
        Expr expr =
                schema.free()
                        ? JsonTexts.ANY
                        : schema.constants()
                                .map(values -> constants(schema, values))
                                .orElseGet(() -> typed(schema, depth));
        if (Expr.isNothing(expr)) {
            String message =
                    "schema at %s: nothing can be %s (expected: something)"
                            .formatted(schema.name(), schema.keywords());
            if (schema.parts().size() == 1) {
                throw Limits.invalid(message);
            }
            contradiction = contradiction == null ? message : contradiction;
        }
        return expr;
    }

    private Expr chosen(Conjunction schema, Conjunction.Choice choice, int depth) {
        List<SchemaNode> options = choice.schema().children(choice.keyword());
        if (choice.keyword().equals("oneOf") && compared.add(choice.schema().place())) {
            overlap.refuse(options);
        }
        List<Expr> exprs = new ArrayList<>();
        for (SchemaNode option : options) {
            exprs.add(valueOf(document.chosen(schema, choice, option), depth + 1));
        }
        return Expr.choice(exprs);
    }

    private static Expr constants(Conjunction schema, List<JsonNode> values) {
        schema.refuseBeside(values);
        return Expr.choice(values.stream().map(v -> Expr.literal(v.toString())).toList());
    }

    private Expr typed(Conjunction schema, int depth) {
        Set<String> types = schema.meantTypes();
        List<Expr> options = new ArrayList<>();
        for (String type : types) {
            options.add(
                    switch (type) {
                        case "object" -> new SchemaObject(schema).expr(s -> valueOf(s, depth + 1));
                        case "array" -> new SchemaArray(schema).expr(s -> valueOf(s, depth + 1));
                        case "string" -> SchemaString.expr(schema);
                        case "integer" -> SchemaNumber.integer(schema);
                        case "number" -> SchemaNumber.number(schema);
                        case "boolean" -> JsonTexts.BOOLEAN;
                        default -> JsonTexts.NULL;
                    });
        }
        return Expr.choice(options);
    }
}
