package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which members an object of some schemas has, and which schemas hold for each. Immutable.
 *
 * @param of schemas that all hold for the object
 */
record SchemaMembers(Conjunction of) {
    SchemaMembers {
        for (SchemaNode part : of.with("properties")) {
            if (!part.get("properties").isObject()) {
                throw part.wrong("properties", "an object");
            }
        }
    }

    /** Of members that must be there. */
    Set<String> required() {
        Set<String> required = new LinkedHashSet<>();
        of.parts().forEach(part -> required.addAll(part.texts("required")));
        return required;
    }

    /** Declared, in order; then those that are required and declared nowhere. */
    List<String> names() {
        Set<String> names = new LinkedHashSet<>();
        of.parts().forEach(part -> names.addAll(part.get("properties").propertyNames()));
        names.addAll(required());
        return List.copyOf(names);
    }

    /** What holds for a member of a name; none when anything does. */
    List<SchemaNode> schemas(String name) {
        List<SchemaNode> schemas = new ArrayList<>();
        for (SchemaNode part : of.parts()) {
            if (part.get("properties").has(name)) {
                schemas.add(part.child("properties", name));
            } else if (part.has("additionalProperties")) {
                schemas.add(part.child("additionalProperties"));
            }
        }
        return schemas;
    }

    /**
     * Members of other names may be written: where {@code additionalProperties} speaks of them, or
     * no name is declared.
     */
    boolean open() {
        return of.has("additionalProperties") || !of.has("properties");
    }

    /** What holds for members of other names. */
    List<SchemaNode> furtherSchemas() {
        return of.with("additionalProperties").stream()
                .map(part -> part.child("additionalProperties"))
                .toList();
    }
}
