package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.http.Versions;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the administration's endpoints have in common. Thread-safe. */
@Component
class AdminRest {
    static final String ROOT = "/api/v1/admin";
    private static final int BODY_BYTES = 65_536;

    private final CurrentCaller callers;

    AdminRest(CurrentCaller callers) {
        this.callers = callers;
    }

    AdminCall call(HttpServletRequest request) {
        return new AdminCall(callers.required(), RequestId.of(request));
    }

    /** What the body reads as; every wrong field is told at once. */
    static <T> T body(HttpServletRequest request, Set<String> names, Function<JsonFields, T> read)
            throws IOException {
        boolean empty =
                request.getContentLengthLong() <= 0
                        && request.getHeader("Transfer-Encoding") == null;
        JsonNode body =
                empty ? JsonNodeFactory.instance.objectNode() : JsonBody.read(request, BODY_BYTES);
        var fields = JsonFields.of(body, names);
        T value = read.apply(fields);
        fields.done();
        return value;
    }

    /** Permissions by their ids. */
    static Set<Permission> permissions(JsonFields fields, String name) {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        for (String id : fields.texts(name)) {
            Permission.of(id)
                    .ifPresentOrElse(
                            permissions::add,
                            () -> fields.wrong(name, "no such permission: " + shown(id)));
        }
        return permissions;
    }

    private static String shown(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60);
    }

    /**
     * An id in a path.
     *
     * @throws WebException NOT_FOUND when it can be none
     */
    static UUID id(String text, String what) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such " + what, Map.of(), null, e);
        }
    }

    /**
     * A page of a list, with where the next begins.
     *
     * @param cursor of an entry
     */
    static <T> ObjectNode page(
            String name,
            List<T> entries,
            int limit,
            Function<T, ObjectNode> json,
            Function<T, String> cursor) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray(name);
        entries.forEach(each -> list.add(json.apply(each)));
        node.put("next", entries.size() < limit ? null : cursor.apply(entries.getLast()));
        return node;
    }

    static ResponseEntity<ObjectNode> shown(ObjectNode body, long version) {
        return ResponseEntity.ok().eTag(Versions.etag(version)).body(body);
    }

    static ResponseEntity<ObjectNode> created(String path, ObjectNode body, long version) {
        return ResponseEntity.created(URI.create(ROOT + path))
                .eTag(Versions.etag(version))
                .body(body);
    }

    static void texts(ObjectNode node, String name, @Nullable List<String> texts) {
        if (texts == null) {
            node.putNull(name);
            return;
        }
        var list = node.putArray(name);
        texts.forEach(list::add);
    }
}
