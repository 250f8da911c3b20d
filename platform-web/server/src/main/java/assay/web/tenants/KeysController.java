package assay.web.tenants;

import static assay.web.tenants.AdminRest.body;
import static assay.web.tenants.AdminRest.id;

import assay.web.http.JsonFields;
import assay.web.http.Paging;
import assay.web.http.Versions;
import assay.web.identity.Permission;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** API keys over REST. The key itself is in the answer that makes it, and in no other. */
@RestController
@RequestMapping(AdminRest.ROOT + "/keys")
class KeysController {
    private static final Set<String> FIELDS =
            Set.of("name", "description", "scopes", "models", "networks", "expires_at", "owner");
    private static final int DAY_SECONDS = 86_400;

    private final TenantKeys keys;
    private final AdminRest rest;
    private final InstantSource clock;

    KeysController(TenantKeys keys, AdminRest rest, InstantSource clock) {
        this.keys = keys;
        this.rest = rest;
        this.clock = clock;
    }

    @GetMapping
    ObjectNode list(
            HttpServletRequest request,
            @RequestParam(defaultValue = "") String search,
            @RequestParam(defaultValue = "false") boolean all,
            @RequestParam(required = false) @Nullable Integer limit) {
        int most = Paging.limit(limit);
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("keys");
        keys.list(rest.call(request).caller(), search, all, most)
                .forEach(each -> list.add(json(each)));
        return node;
    }

    @PostMapping
    ResponseEntity<ObjectNode> create(HttpServletRequest request) throws IOException {
        var asked = body(request, FIELDS, fields -> draft(fields, Asked.NEW, true));
        var made = keys.create(rest.call(request), asked.draft());
        return made(made);
    }

    @PatchMapping("/{id}")
    ResponseEntity<ObjectNode> change(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        var call = rest.call(request);
        var key = id(id, "key");
        Asked before = Asked.as(keys.find(call.caller(), key));
        var asked = body(request, FIELDS, fields -> draft(fields, before, false));
        var changed = keys.change(call, key, Versions.seen(request), asked.draft());
        return AdminRest.shown(json(changed), changed.version());
    }

    @PostMapping("/{id}/rotate")
    ResponseEntity<ObjectNode> rotate(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        int overlap =
                body(
                        request,
                        Set.of("overlap_seconds"),
                        fields -> fields.whole("overlap_seconds", DAY_SECONDS));
        return made(
                keys.rotate(
                        rest.call(request),
                        id(id, "key"),
                        Versions.seen(request),
                        Duration.ofSeconds(overlap)));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(HttpServletRequest request, @PathVariable String id) {
        keys.revoke(rest.call(request), id(id, "key"), Versions.seen(request));
    }

    private ResponseEntity<ObjectNode> made(TenantKeys.Made made) {
        ObjectNode node = json(made.entry());
        node.put("key", made.secret());
        return AdminRest.created("/keys/" + made.entry().id(), node, made.entry().version());
    }

    /** Read whole before it is checked, so that every wrong field is told. */
    private record Asked(
            String name,
            String description,
            Set<Permission> scopes,
            @Nullable List<String> models,
            @Nullable List<String> networks,
            @Nullable Instant expiresAt,
            boolean tenants) {
        /** What a new key is where nothing is said. */
        static final Asked NEW = new Asked("", "", Set.of(), null, null, null, false);

        static Asked as(TenantKeys.Entry key) {
            return new Asked(
                    key.name(),
                    key.description(),
                    key.scopes(),
                    key.models(),
                    key.networks(),
                    key.expiresAt(),
                    key.ownerId() == null);
        }

        TenantKeys.Draft draft() {
            return new TenantKeys.Draft(
                    name, description, scopes, models, networks, expiresAt, tenants);
        }
    }

    /** What is not named stays as it was before; null takes a bound away. */
    private static Asked draft(JsonFields fields, Asked before, boolean fresh) {
        String owner = fields.text("owner", before.tenants() ? "tenant" : "me");
        if (!owner.equals("me") && !owner.equals("tenant")) {
            fields.wrong("owner", "expected: me, tenant");
        }
        if (!fresh && fields.has("owner")) {
            fields.wrong("owner", "whose a key is does not change");
        }
        return new Asked(
                fresh ? fields.required("name") : fields.text("name", before.name()),
                fields.text("description", before.description()),
                fields.has("scopes") ? AdminRest.permissions(fields, "scopes") : before.scopes(),
                fields.has("models") ? list(fields, "models") : before.models(),
                fields.has("networks") ? list(fields, "networks") : before.networks(),
                fields.has("expires_at") ? time(fields) : before.expiresAt(),
                owner.equals("tenant"));
    }

    private static @Nullable List<String> list(JsonFields fields, String name) {
        List<String> texts = fields.texts(name);
        return texts.isEmpty() ? null : texts;
    }

    private static @Nullable Instant time(JsonFields fields) {
        String text = fields.text("expires_at", "");
        if (text.isEmpty()) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            fields.wrong("expires_at", "expected: a time like 2027-01-31T00:00:00Z");
            return null;
        }
    }

    private ObjectNode json(TenantKeys.Entry key) {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", key.id().toString())
                        .put("name", key.name())
                        .put("description", key.description())
                        .put("prefix", key.prefix())
                        .put("state", key.state(clock.instant()).name().toLowerCase(Locale.ROOT))
                        .put("owner", key.ownerId() == null ? null : key.ownerId().toString())
                        .put("owner_name", key.ownerName())
                        .put("created_at", key.createdAt().toString())
                        .put("expires_at", text(key.expiresAt()))
                        .put("revoked_at", text(key.revokedAt()))
                        .put("last_used_at", text(key.lastUsedAt()))
                        .put("follows", key.follows() == null ? null : key.follows().toString())
                        .put("version", key.version());
        AdminRest.texts(node, "scopes", TenantRoles.ids(key.scopes()));
        AdminRest.texts(node, "models", key.models());
        AdminRest.texts(node, "networks", key.networks());
        return node;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
