package assay.web.identity.scim;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A user or group as it is stored. Immutable, but for a user's tree, which nobody changes. */
sealed interface Resource {
    UUID id();

    long version();

    /** As RFC 7643 writes it, with its place under the base address. */
    ObjectNode json(String base);

    /** What a change is told by. */
    default String etag() {
        return "W/\"" + version() + "\"";
    }

    /**
     * Another resource.
     *
     * @param name what people know it by
     */
    record Link(UUID id, String name) {}

    record User(
            UUID id,
            UserBody body,
            List<Link> groups,
            long version,
            Instant created,
            Instant changed)
            implements Resource {
        public User {
            groups = List.copyOf(groups);
        }

        @Override
        public ObjectNode json(String base) {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            ArrayNode schemas = node.putArray("schemas").add(ScimSchemas.USER);
            if (body.attributes().has(ScimSchemas.ENTERPRISE_USER)) {
                schemas.add(ScimSchemas.ENTERPRISE_USER);
            }
            head(node, id, body.externalId());
            node.put("userName", body.userName());
            node.setAll(body.attributes().deepCopy());
            node.put("active", body.active());
            if (!groups.isEmpty()) {
                links(node.putArray("groups"), groups, base + "/Groups/");
            }
            return meta(node, "User", base + "/Users/" + id, this, created, changed);
        }
    }

    record Group(
            UUID id,
            String displayName,
            @Nullable String externalId,
            List<Link> members,
            long version,
            Instant created,
            Instant changed)
            implements Resource {
        public Group {
            members = List.copyOf(members);
        }

        @Override
        public ObjectNode json(String base) {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            node.putArray("schemas").add(ScimSchemas.GROUP);
            head(node, id, externalId);
            node.put("displayName", displayName);
            if (!members.isEmpty()) {
                links(node.putArray("members"), members, base + "/Users/");
            }
            return meta(node, "Group", base + "/Groups/" + id, this, created, changed);
        }
    }

    private static void head(ObjectNode node, UUID id, @Nullable String externalId) {
        node.put("id", id.toString());
        if (externalId != null) {
            node.put("externalId", externalId);
        }
    }

    private static void links(ArrayNode list, List<Link> links, String base) {
        for (Link each : links) {
            list.addObject()
                    .put("value", each.id().toString())
                    .put("$ref", base + each.id())
                    .put("display", each.name());
        }
    }

    private static ObjectNode meta(
            ObjectNode node,
            String type,
            String location,
            Resource resource,
            Instant created,
            Instant changed) {
        node.putObject("meta")
                .put("resourceType", type)
                .put("created", created.truncatedTo(ChronoUnit.MILLIS).toString())
                .put("lastModified", changed.truncatedTo(ChronoUnit.MILLIS).toString())
                .put("version", resource.etag())
                .put("location", location);
        return node;
    }
}
