package assay.web.identity.scim;

import assay.web.identity.scim.ScimException.ScimType;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client says of a group. Immutable.
 *
 * @param members ids of users; groups within groups are not taken
 */
record GroupBody(String displayName, @Nullable String externalId, Set<UUID> members) {
    private static final int NAME_CHARS = 200;
    private static final int EXTERNAL_CHARS = 255;
    private static final int MOST_MEMBERS = 50_000;

    GroupBody {
        members = Set.copyOf(members);
    }

    /**
     * @throws ScimException INVALID_VALUE
     */
    static GroupBody read(ObjectNode body) {
        String name = text(body, "displayName", NAME_CHARS);
        if (name == null || name.isBlank()) {
            throw wrong("displayName", "missing (expected: a text)");
        }
        Set<UUID> members = new LinkedHashSet<>();
        JsonNode list = AttributePath.value(body, "members");
        if (list != null) {
            if (!list.isArray() || list.size() > MOST_MEMBERS) {
                throw wrong("members", "expected: a list of at most " + MOST_MEMBERS);
            }
            list.forEach(each -> members.add(member(each)));
        }
        return new GroupBody(name, text(body, "externalId", EXTERNAL_CHARS), members);
    }

    private static UUID member(JsonNode node) {
        JsonNode value = AttributePath.value(node, "value");
        JsonNode type = AttributePath.value(node, "type");
        if (type != null && type.isString() && !type.stringValue().equalsIgnoreCase("User")) {
            throw wrong("members.type", "expected: User");
        }
        try {
            if (value != null && value.isString()) {
                return UUID.fromString(value.stringValue());
            }
        } catch (IllegalArgumentException e) {
            throw wrong("members.value", "not the id of a user");
        }
        throw wrong("members.value", "missing (expected: the id of a user)");
    }

    private static @Nullable String text(ObjectNode body, String name, int most) {
        JsonNode node = AttributePath.value(body, name);
        if (node == null) {
            return null;
        }
        if (!node.isString() || node.stringValue().length() > most) {
            throw wrong(name, "expected: a text of at most " + most + " characters");
        }
        return node.stringValue();
    }

    private static ScimException wrong(String name, String message) {
        return ScimException.bad(ScimType.INVALID_VALUE, name + ": " + message);
    }
}
