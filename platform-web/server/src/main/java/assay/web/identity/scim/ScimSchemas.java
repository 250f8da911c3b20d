package assay.web.identity.scim;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What this server says of itself: the schemas of its resources and what of the protocol it speaks.
 * Source: RFC 7643, sections 4, 5, 7. Stateless.
 */
final class ScimSchemas {
    static final String USER = "urn:ietf:params:scim:schemas:core:2.0:User";
    static final String GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
    static final String ENTERPRISE_USER =
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    static final String ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";
    static final String PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

    /** The longest page of a list. */
    static final int MOST_RESULTS = 200;

    private static final String CORE = "urn:ietf:params:scim:schemas:core:2.0:";

    /** Text attributes of a user that are kept and given back as they came. */
    static final List<String> USER_TEXTS =
            List.of(
                    "displayName",
                    "nickName",
                    "profileUrl",
                    "title",
                    "userType",
                    "preferredLanguage",
                    "locale",
                    "timezone");

    /** Attributes of a user with several values, kept and given back as they came. */
    static final List<String> USER_LISTS =
            List.of(
                    "emails",
                    "phoneNumbers",
                    "ims",
                    "photos",
                    "addresses",
                    "entitlements",
                    "roles",
                    "x509Certificates");

    private ScimSchemas() {}

    static ObjectNode serviceProviderConfig(String base) {
        ObjectNode node = typed(CORE + "ServiceProviderConfig");
        node.putObject("patch").put("supported", true);
        node.putObject("bulk")
                .put("supported", false)
                .put("maxOperations", 0)
                .put("maxPayloadSize", 0);
        node.putObject("filter").put("supported", true).put("maxResults", MOST_RESULTS);
        node.putObject("changePassword").put("supported", false);
        node.putObject("sort").put("supported", false);
        node.putObject("etag").put("supported", true);
        node.putArray("authenticationSchemes")
                .addObject()
                .put("type", "oauthbearertoken")
                .put("name", "Bearer token")
                .put("description", "A token that an administrator made under Sign-in settings");
        meta(node, "ServiceProviderConfig", base + "/ServiceProviderConfig");
        return node;
    }

    static List<ObjectNode> resourceTypes(String base) {
        ObjectNode user = resourceType(base, "User", "/Users", USER);
        user.putArray("schemaExtensions")
                .addObject()
                .put("schema", ENTERPRISE_USER)
                .put("required", false);
        return List.of(user, resourceType(base, "Group", "/Groups", GROUP));
    }

    private static ObjectNode resourceType(
            String base, String name, String endpoint, String schema) {
        ObjectNode node = typed(CORE + "ResourceType");
        node.put("id", name).put("name", name).put("endpoint", endpoint).put("schema", schema);
        meta(node, "ResourceType", base + "/ResourceTypes/" + name);
        return node;
    }

    static List<ObjectNode> schemas(String base) {
        ObjectNode user = schema(base, USER, "User");
        ArrayNode attributes = user.putArray("attributes");
        attribute(
                attributes, "userName", "string", Map.of("required", true, "uniqueness", "server"));
        attribute(attributes, "externalId", "string", Map.of("caseExact", true));
        parts(
                attribute(attributes, "name", "complex", Map.of()),
                "formatted",
                "familyName",
                "givenName",
                "middleName",
                "honorificPrefix",
                "honorificSuffix");
        USER_TEXTS.forEach(each -> attribute(attributes, each, "string", Map.of()));
        attribute(attributes, "active", "boolean", Map.of());
        for (String each : USER_LISTS) {
            ObjectNode list = attribute(attributes, each, "complex", Map.of("multiValued", true));
            if (each.equals("addresses")) {
                parts(
                        list,
                        "formatted",
                        "streetAddress",
                        "locality",
                        "region",
                        "postalCode",
                        "country",
                        "type");
            } else {
                parts(list, "value", "display", "type");
            }
            attribute((ArrayNode) list.get("subAttributes"), "primary", "boolean", Map.of());
        }
        parts(
                attribute(
                        attributes,
                        "groups",
                        "complex",
                        Map.of("multiValued", true, "mutability", "readOnly")),
                "value",
                "display");

        ObjectNode group = schema(base, GROUP, "Group");
        ArrayNode ofGroup = group.putArray("attributes");
        attribute(
                ofGroup, "displayName", "string", Map.of("required", true, "uniqueness", "server"));
        attribute(ofGroup, "externalId", "string", Map.of("caseExact", true));
        parts(
                attribute(ofGroup, "members", "complex", Map.of("multiValued", true)),
                "value",
                "display",
                "type");

        ObjectNode enterprise = schema(base, ENTERPRISE_USER, "EnterpriseUser");
        ArrayNode ofEnterprise = enterprise.putArray("attributes");
        for (String each :
                List.of("employeeNumber", "costCenter", "organization", "division", "department")) {
            attribute(ofEnterprise, each, "string", Map.of());
        }
        parts(attribute(ofEnterprise, "manager", "complex", Map.of()), "value", "displayName");
        return List.of(user, group, enterprise);
    }

    private static ObjectNode schema(String base, String id, String name) {
        ObjectNode node = typed(CORE + "Schema");
        node.put("id", id).put("name", name);
        meta(node, "Schema", base + "/Schemas/" + id);
        return node;
    }

    private static ObjectNode attribute(
            ArrayNode list, String name, String type, Map<String, Object> different) {
        ObjectNode node = list.addObject();
        node.put("name", name)
                .put("type", type)
                .put("multiValued", Boolean.TRUE.equals(different.get("multiValued")))
                .put("required", Boolean.TRUE.equals(different.get("required")))
                .put("caseExact", Boolean.TRUE.equals(different.get("caseExact")))
                .put(
                        "mutability",
                        String.valueOf(different.getOrDefault("mutability", "readWrite")))
                .put("returned", "default")
                .put("uniqueness", String.valueOf(different.getOrDefault("uniqueness", "none")));
        return node;
    }

    private static void parts(ObjectNode attribute, String... names) {
        ArrayNode parts = attribute.putArray("subAttributes");
        for (String each : names) {
            attribute(parts, each, "string", Map.of());
        }
    }

    private static ObjectNode typed(String schema) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("schemas").add(schema);
        return node;
    }

    private static void meta(ObjectNode node, String type, String location) {
        node.putObject("meta").put("resourceType", type).put("location", location);
    }
}
