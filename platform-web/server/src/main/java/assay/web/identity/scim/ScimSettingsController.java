package assay.web.identity.scim;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import assay.web.identity.RoleMapping;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A tenant's tokens for its directory, and what its groups give, over REST. */
@RestController
@RequestMapping("/api/v1/admin/scim")
class ScimSettingsController {
    private static final int BODY_BYTES = 256 * 1024;
    private static final int DAYS = 365;

    private final ScimSettings settings;
    private final CurrentCaller callers;

    ScimSettingsController(ScimSettings settings, CurrentCaller callers) {
        this.settings = settings;
        this.callers = callers;
    }

    @GetMapping("/groups")
    ResponseEntity<ObjectNode> groups() {
        return answer(settings.groups(callers.required()));
    }

    @PutMapping("/groups")
    ResponseEntity<ObjectNode> setGroups(HttpServletRequest request) throws IOException {
        Caller caller = manager();
        long seen = Versions.seen(request);
        ObjectNode body = JsonBody.read(request, BODY_BYTES);
        var fields = JsonFields.of(body, Set.of("mapping", "default_role"));
        String role = fields.text("default_role", "");
        fields.done();
        return answer(
                settings.setGroups(
                        caller,
                        RequestId.of(request),
                        seen,
                        RoleMapping.of(body.get("mapping"), role.isEmpty() ? null : role)));
    }

    private static ResponseEntity<ObjectNode> answer(ScimSettings.Groups groups) {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("default_role", groups.mapping().defaultRole())
                        .put("users", groups.users())
                        .put("version", groups.version());
        node.set("mapping", groups.mapping().json());
        return ResponseEntity.ok().eTag(Versions.etag(groups.version())).body(node);
    }

    @GetMapping("/tokens")
    ObjectNode tokens() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("tokens");
        settings.tokens(callers.required()).forEach(each -> list.add(json(each)));
        return node;
    }

    @PostMapping("/tokens")
    ResponseEntity<ObjectNode> createToken(HttpServletRequest request) throws IOException {
        Caller caller = manager();
        var fields = JsonFields.of(JsonBody.read(request, BODY_BYTES), Set.of("name", "days"));
        String name = fields.required("name");
        int days = fields.whole("days", DAYS);
        fields.done();
        var made = settings.createToken(caller, RequestId.of(request), name, Duration.ofDays(days));
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(json(made.token()).put("token", made.secret()));
    }

    @DeleteMapping("/tokens/{id}")
    ResponseEntity<Void> revokeToken(@PathVariable String id, HttpServletRequest request) {
        Caller caller = manager();
        UUID known;
        try {
            known = UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such token", Map.of(), null, e);
        }
        settings.revokeToken(caller, RequestId.of(request), known);
        return ResponseEntity.noContent().build();
    }

    /** Rights go before the body. */
    private Caller manager() {
        Caller caller = callers.required();
        caller.require(Permission.USER_MANAGE);
        return caller;
    }

    private static ObjectNode json(ScimSettings.Token token) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", token.id().toString())
                .put("name", token.name())
                .put("prefix", token.prefix())
                .put("created_at", token.createdAt().toString())
                .put("expires_at", token.expiresAt().toString())
                .put("revoked_at", token.revokedAt() == null ? null : token.revokedAt().toString())
                .put(
                        "last_used_at",
                        token.lastUsedAt() == null ? null : token.lastUsedAt().toString());
    }
}
