package assay.web.identity.scim;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.audit.AuditedChanges;
import assay.web.http.JsonBody;
import assay.web.http.Problems;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.scim.ScimException.ScimType;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** SCIM 2.0 over HTTP. Source: RFC 7644, section 3. */
@RestController
@RequestMapping(value = ScimController.PATH, produces = ScimController.CONTENT_TYPE)
class ScimController {
    static final String PATH = "/scim/v2";
    static final String CONTENT_TYPE = "application/scim+json";

    /** Where {@link ScimBearerFilter} leaves who came. */
    static final String CALLER = "assay.scim.caller";

    private static final Set<String> ALWAYS = Set.of("id", "schemas", "meta");

    private final ScimDirectory directory;
    private final AuditedChanges changes;
    private final int maxBytes;

    ScimController(ScimDirectory directory, AuditedChanges changes, WebSettings settings) {
        this.directory = directory;
        this.changes = changes;
        this.maxBytes = settings.serving().requestBytes();
    }

    @GetMapping("/ServiceProviderConfig")
    ObjectNode serviceProviderConfig() {
        return ScimSchemas.serviceProviderConfig(base());
    }

    @GetMapping("/ResourceTypes")
    ObjectNode resourceTypes() {
        return list(ScimSchemas.resourceTypes(base()));
    }

    @GetMapping("/ResourceTypes/{id}")
    ObjectNode resourceType(@PathVariable String id) {
        return one(ScimSchemas.resourceTypes(base()), id);
    }

    @GetMapping("/Schemas")
    ObjectNode schemas() {
        return list(ScimSchemas.schemas(base()));
    }

    @GetMapping("/Schemas/{id}")
    ObjectNode schema(@PathVariable String id) {
        return one(ScimSchemas.schemas(base()), id);
    }

    private static ObjectNode one(List<ObjectNode> all, String id) {
        return all.stream()
                .filter(each -> each.get("id").stringValue().equalsIgnoreCase(id))
                .findFirst()
                .orElseThrow(() -> ScimException.notFound(id));
    }

    private static ObjectNode list(List<ObjectNode> resources) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("schemas").add(ScimSchemas.LIST);
        node.put("totalResults", resources.size())
                .put("startIndex", 1)
                .put("itemsPerPage", resources.size());
        node.putArray("Resources").addAll(resources);
        return node;
    }

    /**
     * What a list is asked for.
     *
     * @param startIndex from 1; below counts as 1
     * @param count below 0 counts as 0
     */
    record Query(
            @Nullable String filter,
            @Nullable Integer startIndex,
            @Nullable Integer count,
            @Nullable String attributes,
            @Nullable String excludedAttributes) {
        int start() {
            return Math.max(1, startIndex == null ? 1 : startIndex);
        }

        int most() {
            return Math.clamp(
                    count == null ? ScimSchemas.MOST_RESULTS : count, 0, ScimSchemas.MOST_RESULTS);
        }

        @Nullable Filter condition() {
            return filter == null || filter.isBlank() ? null : FilterParser.parse(filter);
        }
    }

    @GetMapping("/Users")
    ObjectNode users(@RequestAttribute(CALLER) Caller caller, Query query) {
        return page(
                directory.users(caller.tenantId(), query.condition(), query.start(), query.most()),
                query);
    }

    @GetMapping("/Groups")
    ObjectNode groups(@RequestAttribute(CALLER) Caller caller, Query query) {
        return page(
                directory.groups(caller.tenantId(), query.condition(), query.start(), query.most()),
                query);
    }

    private static ObjectNode page(ScimDirectory.Page<? extends Resource> page, Query query) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("schemas").add(ScimSchemas.LIST);
        node.put("totalResults", page.total())
                .put("startIndex", page.start())
                .put("itemsPerPage", page.resources().size());
        String base = base();
        var resources = node.putArray("Resources");
        page.resources()
                .forEach(each ->
                        resources.add(
                                select(
                                        each.json(base),
                                        query.attributes(),
                                        query.excludedAttributes())));
        return node;
    }

    @GetMapping("/Users/{id}")
    ResponseEntity<ObjectNode> user(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            @RequestParam(required = false) @Nullable String attributes,
            @RequestParam(required = false) @Nullable String excludedAttributes,
            HttpServletRequest request) {
        return found(
                directory.user(caller.tenantId(), uuid(id)),
                request,
                attributes,
                excludedAttributes);
    }

    @GetMapping("/Groups/{id}")
    ResponseEntity<ObjectNode> group(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            @RequestParam(required = false) @Nullable String attributes,
            @RequestParam(required = false) @Nullable String excludedAttributes,
            HttpServletRequest request) {
        return found(
                directory.group(caller.tenantId(), uuid(id)),
                request,
                attributes,
                excludedAttributes);
    }

    private static ResponseEntity<ObjectNode> found(
            Resource resource,
            HttpServletRequest request,
            @Nullable String attributes,
            @Nullable String excluded) {
        if (resource.etag().equals(request.getHeader("If-None-Match"))) {
            return ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(resource.etag()).build();
        }
        return ResponseEntity.ok()
                .eTag(resource.etag())
                .body(select(resource.json(base()), attributes, excluded));
    }

    @PostMapping("/Users")
    ResponseEntity<ObjectNode> createUser(
            @RequestAttribute(CALLER) Caller caller, HttpServletRequest request)
            throws IOException {
        var body =
                understood(
                        caller,
                        request,
                        "scim.user.create",
                        "",
                        () -> UserBody.read(read(request, ScimSchemas.USER)));
        return created(
                audited(
                        caller,
                        request,
                        "scim.user.create",
                        body.userName(),
                        () -> directory.createUser(caller.tenantId(), body)));
    }

    @PostMapping("/Groups")
    ResponseEntity<ObjectNode> createGroup(
            @RequestAttribute(CALLER) Caller caller, HttpServletRequest request)
            throws IOException {
        var body =
                understood(
                        caller,
                        request,
                        "scim.group.create",
                        "",
                        () -> GroupBody.read(read(request, ScimSchemas.GROUP)));
        return created(
                audited(
                        caller,
                        request,
                        "scim.group.create",
                        body.displayName(),
                        () -> directory.createGroup(caller.tenantId(), body)));
    }

    private static ResponseEntity<ObjectNode> created(Resource resource) {
        ObjectNode json = resource.json(base());
        return ResponseEntity.created(URI.create(json.path("meta").path("location").asString("")))
                .eTag(resource.etag())
                .body(json);
    }

    @PutMapping("/Users/{id}")
    ResponseEntity<ObjectNode> replaceUser(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            HttpServletRequest request)
            throws IOException {
        ObjectNode body =
                understood(
                        caller,
                        request,
                        "scim.user.change",
                        id,
                        () -> read(request, ScimSchemas.USER));
        return changeUser(caller, id, request, _ -> body);
    }

    @PatchMapping("/Users/{id}")
    ResponseEntity<ObjectNode> patchUser(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            HttpServletRequest request)
            throws IOException {
        return changeUser(caller, id, request, patch(caller, request, "scim.user.change", id));
    }

    private ResponseEntity<ObjectNode> changeUser(
            Caller caller,
            String id,
            HttpServletRequest request,
            Function<ObjectNode, ObjectNode> change) {
        UUID known = uuid(id);
        String ifMatch = request.getHeader("If-Match");
        return changed(
                audited(
                        caller,
                        request,
                        "scim.user.change",
                        id,
                        () -> directory.changeUser(caller.tenantId(), known, ifMatch, change)));
    }

    @PutMapping("/Groups/{id}")
    ResponseEntity<ObjectNode> replaceGroup(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            HttpServletRequest request)
            throws IOException {
        ObjectNode body =
                understood(
                        caller,
                        request,
                        "scim.group.change",
                        id,
                        () -> read(request, ScimSchemas.GROUP));
        return changeGroup(caller, id, request, _ -> body);
    }

    @PatchMapping("/Groups/{id}")
    ResponseEntity<ObjectNode> patchGroup(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            HttpServletRequest request)
            throws IOException {
        return changeGroup(caller, id, request, patch(caller, request, "scim.group.change", id));
    }

    private ResponseEntity<ObjectNode> changeGroup(
            Caller caller,
            String id,
            HttpServletRequest request,
            Function<ObjectNode, ObjectNode> change) {
        UUID known = uuid(id);
        String ifMatch = request.getHeader("If-Match");
        return changed(
                audited(
                        caller,
                        request,
                        "scim.group.change",
                        id,
                        () -> directory.changeGroup(caller.tenantId(), known, ifMatch, change)));
    }

    private static ResponseEntity<ObjectNode> changed(Resource resource) {
        return ResponseEntity.ok().eTag(resource.etag()).body(resource.json(base()));
    }

    private Function<ObjectNode, ObjectNode> patch(
            Caller caller, HttpServletRequest request, String action, String id)
            throws IOException {
        ObjectNode body =
                understood(caller, request, action, id, () -> read(request, ScimSchemas.PATCH));
        return resource -> {
            Patch.apply(resource, body);
            return resource;
        };
    }

    @DeleteMapping("/Users/{id}")
    ResponseEntity<Void> deleteUser(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            HttpServletRequest request) {
        UUID known = uuid(id);
        return audited(
                caller,
                request,
                "scim.user.delete",
                id,
                () -> {
                    directory.deleteUser(caller.tenantId(), known, request.getHeader("If-Match"));
                    return ResponseEntity.noContent().build();
                });
    }

    @DeleteMapping("/Groups/{id}")
    ResponseEntity<Void> deleteGroup(
            @RequestAttribute(CALLER) Caller caller,
            @PathVariable String id,
            HttpServletRequest request) {
        UUID known = uuid(id);
        return audited(
                caller,
                request,
                "scim.group.delete",
                id,
                () -> {
                    directory.deleteGroup(caller.tenantId(), known, request.getHeader("If-Match"));
                    return ResponseEntity.noContent().build();
                });
    }

    private <T> T audited(
            Caller caller,
            HttpServletRequest request,
            String action,
            String objectId,
            Supplier<T> work) {
        try {
            return changes.run(
                    change(caller, request, action, objectId),
                    () -> {
                        try {
                            return work.get();
                        } catch (ScimException e) {
                            throw told(e);
                        }
                    });
        } catch (WebException e) {
            throw asItWas(e);
        }
    }

    /** Reads what is asked for; one that can not be read is written down as a failed call. */
    private <T> T understood(
            Caller caller,
            HttpServletRequest request,
            String action,
            String objectId,
            AuditedChanges.Preparation<T> reading)
            throws IOException {
        try {
            return changes.prepare(
                    change(caller, request, action, objectId),
                    () -> {
                        try {
                            return reading.run();
                        } catch (ScimException e) {
                            throw told(e);
                        }
                    });
        } catch (WebException e) {
            throw asItWas(e);
        }
    }

    private static AuditedChanges.Change change(
            Caller caller, HttpServletRequest request, String action, String objectId) {
        return new AuditedChanges.Change(
                caller,
                RequestId.of(request),
                action,
                action.startsWith("scim.user") ? "user" : "group",
                objectId,
                request.getMethod(),
                request.getRequestURI(),
                Map.of());
    }

    /** For the audit, which knows our own codes. */
    private static WebException told(ScimException e) {
        ErrorCode code =
                switch (e.status()) {
                    case 404 -> ErrorCode.NOT_FOUND;
                    case 409 -> ErrorCode.NAME_TAKEN;
                    case 412 -> ErrorCode.VERSION_CONFLICT;
                    default -> ErrorCode.INVALID_REQUEST;
                };
        return new WebException(code, e.detail(), Map.of(), null, e);
    }

    private static RuntimeException asItWas(WebException e) {
        return e.getCause() instanceof ScimException scim ? scim : e;
    }

    @ExceptionHandler
    ResponseEntity<ObjectNode> refused(ScimException refusal) {
        return error(refusal.status(), refusal.type(), refusal.detail());
    }

    @ExceptionHandler
    ResponseEntity<ObjectNode> refused(WebException refusal) {
        int status = Problems.status(refusal.code());
        return error(
                status == 422 ? 400 : status,
                status == 400 || status == 422 ? ScimType.INVALID_SYNTAX : null,
                refusal.detail());
    }

    static ResponseEntity<ObjectNode> error(int status, @Nullable ScimType type, String detail) {
        return ResponseEntity.status(status)
                .contentType(MediaType.parseMediaType(CONTENT_TYPE))
                .body(errorJson(status, type, detail));
    }

    static ObjectNode errorJson(int status, @Nullable ScimType type, String detail) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("schemas").add(ScimSchemas.ERROR);
        if (type != null) {
            node.put("scimType", type.id());
        }
        return node.put("detail", detail).put("status", Integer.toString(status));
    }

    /** The body, which must say that it is what is expected here. */
    private ObjectNode read(HttpServletRequest request, String schema) throws IOException {
        ObjectNode body = JsonBody.read(request, maxBytes);
        var schemas = AttributePath.value(body, "schemas");
        boolean right = false;
        if (schemas != null && schemas.isArray()) {
            for (var each : schemas) {
                right |= each.isString() && each.stringValue().equalsIgnoreCase(schema);
            }
        }
        if (!right) {
            throw ScimException.bad(ScimType.INVALID_SYNTAX, "schemas: expected: " + schema);
        }
        return body;
    }

    /** Without what was not asked for. Source: RFC 7644, section 3.9, for whole attributes. */
    private static ObjectNode select(
            ObjectNode json, @Nullable String attributes, @Nullable String excluded) {
        if (attributes != null) {
            Set<String> wanted = names(attributes);
            json.retain(
                    json.propertyNames().stream()
                            .filter(each ->
                                    ALWAYS.contains(each)
                                            || wanted.contains(each.toLowerCase(Locale.ROOT)))
                            .toList());
        } else if (excluded != null) {
            Set<String> unwanted = names(excluded);
            json.remove(
                    json.propertyNames().stream()
                            .filter(each ->
                                    !ALWAYS.contains(each)
                                            && unwanted.contains(each.toLowerCase(Locale.ROOT)))
                            .toList());
        }
        return json;
    }

    /** A part stands for its whole attribute. */
    private static Set<String> names(String list) {
        Set<String> names = new HashSet<>();
        Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .map(AttributePath::parse)
                .forEach(path ->
                        names.add(
                                (path.extension() == null ? path.name() : path.extension())
                                        .toLowerCase(Locale.ROOT)));
        return names;
    }

    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ScimException.notFound(id);
        }
    }

    private static String base() {
        return ServletUriComponentsBuilder.fromCurrentContextPath().path(PATH).toUriString();
    }
}
