package assay.web.identity.scim;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Names an attribute: {@code userName}, {@code name.familyName}, {@code
 * urn:ietf:params:scim:schemas:core:2.0:User:userName}. Names are compared without case. Immutable.
 *
 * @param extension the schema of an extension; null for what is in the resource itself
 * @param name of the attribute; empty for the extension as a whole
 * @param sub its part, or null
 */
record AttributePath(@Nullable String extension, String name, @Nullable String sub) {
    private static final String URN = "urn:";

    /** Schemas whose attributes stand in the resource itself. */
    private static final String CORE = "urn:ietf:params:scim:schemas:core:2.0:";

    private static final Pattern NAME = Pattern.compile("\\$?[A-Za-z][A-Za-z0-9_-]*|\\$ref");

    /**
     * @throws ScimException INVALID_PATH
     */
    static AttributePath parse(String text) {
        String rest = text;
        String extension = null;
        if (text.regionMatches(true, 0, URN, 0, URN.length())) {
            if (text.equalsIgnoreCase(ScimSchemas.ENTERPRISE_USER)) {
                return new AttributePath(ScimSchemas.ENTERPRISE_USER, "", null);
            }
            int end = text.lastIndexOf(':');
            String schema = text.substring(0, end);
            rest = text.substring(end + 1);
            if (schema.equalsIgnoreCase(ScimSchemas.ENTERPRISE_USER)) {
                extension = ScimSchemas.ENTERPRISE_USER;
            } else if (!schema.regionMatches(true, 0, CORE, 0, CORE.length())) {
                throw wrong(text);
            }
        }
        int dot = rest.indexOf('.');
        String name = dot < 0 ? rest : rest.substring(0, dot);
        String sub = dot < 0 ? null : rest.substring(dot + 1);
        if (!NAME.matcher(name).matches() || (sub != null && !NAME.matcher(sub).matches())) {
            throw wrong(text);
        }
        return new AttributePath(extension, name, sub);
    }

    private static ScimException wrong(String text) {
        String shown = text.length() <= 80 ? text : text.substring(0, 80);
        return ScimException.bad(
                ScimException.ScimType.INVALID_PATH, shown + ": not the path of an attribute");
    }

    /** Whether it is that attribute of the resource itself. */
    boolean is(String attribute) {
        return extension == null && sub == null && name.equalsIgnoreCase(attribute);
    }

    /** The member of the object by that name, whatever its case. */
    static Optional<String> member(JsonNode object, String name) {
        if (object.has(name)) {
            return Optional.of(name);
        }
        for (String each : object.propertyNames()) {
            if (each.equalsIgnoreCase(name)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /** The value of the member, or null. */
    static @Nullable JsonNode value(JsonNode object, String name) {
        JsonNode value = member(object, name).map(object::get).orElse(null);
        return value == null || value.isNull() ? null : value;
    }

    @Override
    public String toString() {
        String local = sub == null ? name : name + "." + sub;
        if (extension == null) {
            return local;
        }
        return local.isEmpty() ? extension : extension + ":" + local;
    }

    /** Equal for names that differ in case only. */
    AttributePath folded() {
        return new AttributePath(
                extension,
                name.toLowerCase(Locale.ROOT),
                sub == null ? null : sub.toLowerCase(Locale.ROOT));
    }
}
