package assay.web.identity.scim;

import assay.web.identity.scim.ScimException.ScimType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Applies a PATCH to a resource as JSON. Source: RFC 7644, section 3.5.2. What directories in the
 * field send beyond it is understood too: operations in capitals, the elements to remove as a
 * value. Stateless.
 */
final class Patch {
    private static final int MOST_OPERATIONS = 1_000;
    private static final Set<String> READ_ONLY = Set.of("id", "meta", "groups", "schemas");

    /** Attributes that hold several values, of users and groups. */
    private static final Set<String> LISTS =
            Set.of(
                    "emails",
                    "phonenumbers",
                    "ims",
                    "photos",
                    "addresses",
                    "entitlements",
                    "roles",
                    "x509certificates",
                    "members");

    private Patch() {}

    /**
     * Changes the resource in place.
     *
     * @param body a message of {@code urn:ietf:params:scim:api:messages:2.0:PatchOp}
     * @throws ScimException when an operation can not be done; the resource is then to be dropped
     */
    static void apply(ObjectNode resource, ObjectNode body) {
        JsonNode operations = AttributePath.value(body, "Operations");
        if (operations == null || !operations.isArray() || operations.isEmpty()) {
            throw ScimException.bad(
                    ScimType.INVALID_SYNTAX, "Operations: missing (expected: a list)");
        }
        if (operations.size() > MOST_OPERATIONS) {
            throw ScimException.bad(
                    ScimType.INVALID_VALUE,
                    "Operations: " + operations.size() + " (expected: 1.." + MOST_OPERATIONS + ")");
        }
        for (JsonNode operation : operations) {
            apply(resource, operation);
        }
    }

    private static void apply(ObjectNode resource, JsonNode operation) {
        String verb = text(operation, "op").toLowerCase(Locale.ROOT);
        JsonNode pathNode = AttributePath.value(operation, "path");
        JsonNode value = AttributePath.value(operation, "value");
        Optional<PatchPath> path =
                pathNode == null
                        ? Optional.empty()
                        : Optional.of(FilterParser.path(text(operation, "path")));
        path.ifPresent(Patch::refuseReadOnly);
        switch (verb) {
            case "add", "replace" -> {
                if (value == null) {
                    throw ScimException.bad(ScimType.INVALID_VALUE, verb + ": no value");
                }
                boolean add = verb.equals("add");
                path.ifPresentOrElse(
                        where -> set(resource, where, value, add),
                        () -> setAll(resource, value, add));
            }
            case "remove" ->
                    remove(
                            resource,
                            path.orElseThrow(() ->
                                    ScimException.bad(
                                            ScimType.NO_TARGET,
                                            "remove: no path (expected: what to remove)")),
                            value);
            default ->
                    throw ScimException.bad(
                            ScimType.INVALID_SYNTAX,
                            "op: unknown (expected: add, replace, remove)");
        }
    }

    private static String text(JsonNode operation, String name) {
        JsonNode node = AttributePath.value(operation, name);
        if (node == null || !node.isString()) {
            throw ScimException.bad(ScimType.INVALID_SYNTAX, name + ": missing (expected: a text)");
        }
        return node.stringValue();
    }

    private static void refuseReadOnly(PatchPath path) {
        if (path.attribute().extension() == null
                && READ_ONLY.contains(path.attribute().name().toLowerCase(Locale.ROOT))) {
            throw ScimException.bad(
                    ScimType.MUTABILITY, path.attribute() + ": can not be changed by a client");
        }
    }

    /** Without a path the value is a part of the resource. */
    private static void setAll(ObjectNode resource, JsonNode value, boolean add) {
        if (!(value instanceof ObjectNode parts)) {
            throw ScimException.bad(
                    ScimType.INVALID_VALUE, "value: without a path an object is expected");
        }
        for (var each : parts.properties()) {
            if (READ_ONLY.contains(each.getKey().toLowerCase(Locale.ROOT))) {
                continue; // sent back as it was read
            }
            AttributePath attribute = AttributePath.parse(each.getKey());
            var path =
                    new PatchPath(
                            new AttributePath(attribute.extension(), attribute.name(), null),
                            Optional.empty(),
                            Optional.ofNullable(attribute.sub()));
            set(resource, path, each.getValue(), add);
        }
    }

    private static void set(ObjectNode resource, PatchPath path, JsonNode value, boolean add) {
        ObjectNode root = root(resource, path.attribute());
        String name = path.attribute().name();
        if (name.isEmpty()) {
            merge(root, value);
            return;
        }
        if (path.filter().isPresent()) {
            setWithin(root, name, path, value, add);
            return;
        }
        if (path.part().isPresent()) {
            JsonNode inner = AttributePath.value(root, name);
            if (inner instanceof ArrayNode list) {
                list.forEach(each -> setPart(each, path.part().get(), value));
                return;
            }
            setPart(
                    inner instanceof ObjectNode ? inner : put(root, name, object()),
                    path.part().get(),
                    value);
            return;
        }
        JsonNode present = AttributePath.value(root, name);
        if (LISTS.contains(name.toLowerCase(Locale.ROOT))) {
            ArrayNode wanted = list(value);
            if (add && present instanceof ArrayNode list) {
                addAll(list, wanted);
            } else {
                put(root, name, wanted);
            }
        } else if (present instanceof ObjectNode inner && value.isObject()) {
            merge(inner, value);
        } else {
            put(root, name, value);
        }
    }

    private static void setWithin(
            ObjectNode root, String name, PatchPath path, JsonNode value, boolean add) {
        Filter filter = path.filter().orElseThrow();
        JsonNode present = AttributePath.value(root, name);
        boolean found = false;
        if (present instanceof ArrayNode list) {
            for (JsonNode each : list) {
                if (each instanceof ObjectNode element && filter.matches(element)) {
                    found = true;
                    if (path.part().isPresent()) {
                        setPart(element, path.part().get(), value);
                    } else {
                        merge(element, value);
                    }
                }
            }
        }
        if (found) {
            return;
        }
        if (!add || !(filter instanceof Filter.Compare compare)) {
            throw ScimException.bad(ScimType.NO_TARGET, name + ": no value fulfils " + filter);
        }
        // Added to the work address when there is none yet: it is made.
        ObjectNode element = object();
        element.set(compare.path().name(), compare.value());
        if (path.part().isPresent()) {
            setPart(element, path.part().get(), value);
        } else {
            merge(element, value);
        }
        addAll(
                present instanceof ArrayNode list
                        ? list
                        : (ArrayNode) put(root, name, JsonNodeFactory.instance.arrayNode()),
                list(element));
    }

    private static void remove(ObjectNode resource, PatchPath path, @Nullable JsonNode value) {
        ObjectNode root = root(resource, path.attribute());
        String name = path.attribute().name();
        Optional<String> member =
                name.isEmpty() ? Optional.empty() : AttributePath.member(root, name);
        if (name.isEmpty()) {
            resource.remove(String.valueOf(path.attribute().extension()));
            return;
        }
        if (member.isEmpty()) {
            return; // it is as it was wanted
        }
        JsonNode present = root.get(member.get());
        if (path.filter().isPresent()) {
            Filter filter = path.filter().get();
            prune(root, member.get(), present, filter, path.part());
        } else if (path.part().isPresent()) {
            Iterable<JsonNode> elements = present.isArray() ? present : List.<JsonNode>of(present);
            elements.forEach(each -> removePart(each, path.part().get()));
        } else if (value != null && present instanceof ArrayNode list) {
            List<JsonNode> gone = new ArrayList<>();
            list(value).forEach(gone::add);
            list.removeIf(each -> gone.stream().anyMatch(other -> same(each, other)));
        } else {
            root.remove(member.get());
        }
    }

    private static void prune(
            ObjectNode root, String name, JsonNode present, Filter filter, Optional<String> part) {
        if (!(present instanceof ArrayNode list)) {
            return;
        }
        if (part.isPresent()) {
            list.forEach(each -> {
                if (filter.matches(each)) {
                    removePart(each, part.get());
                }
            });
            return;
        }
        list.removeIf(filter::matches);
        if (list.isEmpty()) {
            root.remove(name);
        }
    }

    /** The object that holds the attribute: the resource or an extension's part of it. */
    private static ObjectNode root(ObjectNode resource, AttributePath attribute) {
        String extension = attribute.extension();
        if (extension == null) {
            return resource;
        }
        return AttributePath.value(resource, extension) instanceof ObjectNode known
                ? known
                : (ObjectNode) put(resource, extension, object());
    }

    private static void addAll(ArrayNode list, ArrayNode wanted) {
        for (JsonNode each : wanted) {
            boolean known = false;
            for (JsonNode other : list) {
                known |= same(each, other);
            }
            if (!known) {
                if (each.path("primary").asBoolean(false)) {
                    list.forEach(other -> {
                        if (other instanceof ObjectNode object) {
                            object.remove("primary"); // there is one at most
                        }
                    });
                }
                list.add(each);
            }
        }
    }

    /** Elements are the same when their values are, whatever else is told of them. */
    private static boolean same(JsonNode one, JsonNode other) {
        JsonNode left = one.isObject() ? one.path("value") : one;
        JsonNode right = other.isObject() ? other.path("value") : other;
        boolean typed =
                one.path("type").isMissingNode()
                        || other.path("type").isMissingNode()
                        || one.path("type").equals(other.path("type"));
        boolean plain = left.isMissingNode() || right.isMissingNode();
        return plain ? one.equals(other) : left.equals(right) && typed;
    }

    private static void merge(ObjectNode into, JsonNode value) {
        if (!(value instanceof ObjectNode parts)) {
            throw ScimException.bad(ScimType.INVALID_VALUE, "value: an object is expected here");
        }
        parts.properties().forEach(each -> put(into, each.getKey(), each.getValue()));
    }

    private static void setPart(JsonNode element, String part, JsonNode value) {
        if (element instanceof ObjectNode object) {
            put(object, part, value);
        }
    }

    private static void removePart(JsonNode element, String part) {
        if (element instanceof ObjectNode object) {
            AttributePath.member(object, part).ifPresent(object::remove);
        }
    }

    private static JsonNode put(ObjectNode object, String name, JsonNode value) {
        object.set(AttributePath.member(object, name).orElse(name), value);
        return value;
    }

    private static ArrayNode list(JsonNode value) {
        return value instanceof ArrayNode list
                ? list
                : JsonNodeFactory.instance.arrayNode().add(value);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
