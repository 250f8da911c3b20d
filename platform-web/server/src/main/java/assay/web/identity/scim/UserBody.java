package assay.web.identity.scim;

import assay.web.identity.scim.ScimException.ScimType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client says of a user. Immutable, but for the tree, which nobody changes.
 *
 * @param attributes all that is kept beside the named ones, by its canonical names; never a
 *     password
 */
record UserBody(
        String userName, @Nullable String externalId, boolean active, ObjectNode attributes) {
    private static final int NAME_CHARS = 200;
    private static final int EXTERNAL_CHARS = 255;
    private static final int TEXT_CHARS = 2_000;
    private static final int MOST_VALUES = 100;

    /**
     * Attributes that this server does not know are left out, as RFC 7644 allows; so is a password,
     * which is the directory's to check.
     *
     * @throws ScimException INVALID_VALUE
     */
    static UserBody read(ObjectNode body) {
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        for (String each : ScimSchemas.USER_TEXTS) {
            text(body, each, TEXT_CHARS).ifPresent(value -> kept.put(each, value));
        }
        JsonNode name = AttributePath.value(body, "name");
        if (name instanceof ObjectNode parts) {
            if (!parts.isEmpty()) {
                kept.set("name", parts);
            }
        } else if (name != null) {
            throw wrong("name", "expected: an object");
        }
        for (String each : ScimSchemas.USER_LISTS) {
            JsonNode list = AttributePath.value(body, each);
            if (list == null || list.isEmpty()) {
                continue;
            }
            if (!list.isArray() || list.size() > MOST_VALUES) {
                throw wrong(each, "expected: a list of at most " + MOST_VALUES);
            }
            kept.set(each, list);
        }
        if (AttributePath.value(body, ScimSchemas.ENTERPRISE_USER) instanceof ObjectNode more
                && !more.isEmpty()) {
            kept.set(ScimSchemas.ENTERPRISE_USER, more);
        }
        return new UserBody(
                text(body, "userName", NAME_CHARS)
                        .filter(value -> !value.isBlank())
                        .orElseThrow(() -> wrong("userName", "missing (expected: a text)")),
                text(body, "externalId", EXTERNAL_CHARS).orElse(null),
                flag(AttributePath.value(body, "active")),
                kept);
    }

    private static Optional<String> text(ObjectNode body, String name, int most) {
        JsonNode node = AttributePath.value(body, name);
        if (node == null) {
            return Optional.empty();
        }
        if (!node.isString() || node.stringValue().length() > most) {
            throw wrong(name, "expected: a text of at most " + most + " characters");
        }
        return Optional.of(node.stringValue());
    }

    /** Some directories send a text. */
    private static boolean flag(@Nullable JsonNode node) {
        if (node == null) {
            return true;
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isString() && node.stringValue().equalsIgnoreCase("true")) {
            return true;
        }
        if (node.isString() && node.stringValue().equalsIgnoreCase("false")) {
            return false;
        }
        throw wrong("active", "expected: true or false");
    }

    private static ScimException wrong(String name, String message) {
        return ScimException.bad(ScimType.INVALID_VALUE, name + ": " + message);
    }

    /** What people know the user by in the console. */
    String shownName() {
        JsonNode name = attributes.path("name");
        String both =
                (name.path("givenName").asString("") + " " + name.path("familyName").asString(""))
                        .strip();
        String shown =
                Optional.of(attributes.path("displayName").asString("").strip())
                        .filter(each -> !each.isEmpty())
                        .or(() ->
                                Optional.of(name.path("formatted").asString("").strip())
                                        .filter(each -> !each.isEmpty()))
                        .orElse(both.isEmpty() ? userName : both);
        return shown.length() <= NAME_CHARS ? shown : shown.substring(0, NAME_CHARS);
    }
}
