package assay.web.tenants;

import static assay.web.tenants.AdminRest.body;

import assay.web.http.Versions;
import assay.web.identity.Permission;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Roles over REST, with the catalogue of permissions. */
@RestController
@RequestMapping(AdminRest.ROOT + "/roles")
class RolesController {
    private final TenantRoles roles;
    private final AdminRest rest;

    RolesController(TenantRoles roles, AdminRest rest) {
        this.roles = roles;
        this.rest = rest;
    }

    @GetMapping
    ObjectNode list(HttpServletRequest request) {
        var caller = rest.call(request).caller();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("roles");
        roles.list(caller).forEach(each -> list.add(json(each)));
        var catalogue = node.putArray("permissions");
        for (Permission each : Permission.values()) {
            catalogue
                    .addObject()
                    .put("id", each.id())
                    .put("level", each.level().name().toLowerCase(Locale.ROOT))
                    .put("held", caller.may(each));
        }
        return node;
    }

    @PostMapping
    ResponseEntity<ObjectNode> create(HttpServletRequest request) throws IOException {
        var made = roles.create(rest.call(request), draft(request));
        return AdminRest.created("/roles/" + made.id(), json(made), made.version());
    }

    @PutMapping("/{id}")
    ResponseEntity<ObjectNode> change(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        var changed = roles.change(rest.call(request), id, Versions.seen(request), draft(request));
        return AdminRest.shown(json(changed), changed.version());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(HttpServletRequest request, @PathVariable String id) {
        roles.remove(rest.call(request), id, Versions.seen(request));
    }

    private static TenantRoles.Draft draft(HttpServletRequest request) throws IOException {
        record Asked(String name, String description, Set<Permission> permissions) {}
        Asked asked =
                body(
                        request,
                        Set.of("name", "description", "permissions"),
                        fields ->
                                new Asked(
                                        fields.required("name"),
                                        fields.text("description", ""),
                                        AdminRest.permissions(fields, "permissions")));
        return new TenantRoles.Draft(asked.name(), asked.description(), asked.permissions());
    }

    private static ObjectNode json(TenantRoles.Entry role) {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", role.id())
                        .put("name", role.name())
                        .put("description", role.description())
                        .put("built_in", role.builtIn())
                        .put("members", role.members())
                        .put("version", role.version());
        AdminRest.texts(node, "permissions", TenantRoles.ids(role.permissions()));
        return node;
    }
}
