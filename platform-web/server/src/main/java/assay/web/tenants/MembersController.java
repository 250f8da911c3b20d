package assay.web.tenants;

import static assay.web.tenants.AdminRest.body;
import static assay.web.tenants.AdminRest.id;

import assay.web.http.Paging;
import assay.web.http.Versions;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Members and operators over REST. */
@RestController
@RequestMapping(AdminRest.ROOT)
class MembersController {
    private final Members members;
    private final Operators operators;
    private final AdminRest rest;

    MembersController(Members members, Operators operators, AdminRest rest) {
        this.members = members;
        this.operators = operators;
        this.rest = rest;
    }

    @GetMapping("/members")
    ObjectNode list(
            HttpServletRequest request,
            @RequestParam(defaultValue = "") String search,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(required = false) @Nullable Integer limit) {
        int most = Paging.limit(limit);
        return AdminRest.page(
                "members",
                members.list(rest.call(request).caller(), search, after, most),
                most,
                MembersController::json,
                Members.Member::username);
    }

    @PostMapping("/members")
    ResponseEntity<ObjectNode> add(HttpServletRequest request) throws IOException {
        record Asked(String username, String role) {}
        Asked asked =
                body(
                        request,
                        Set.of("username", "role"),
                        fields -> new Asked(fields.required("username"), fields.required("role")));
        var member = members.add(rest.call(request), asked.username(), asked.role());
        return AdminRest.created("/members/" + member.userId(), json(member), member.version());
    }

    @PutMapping("/members/{id}")
    ResponseEntity<ObjectNode> change(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        String role = body(request, Set.of("role"), fields -> fields.required("role"));
        var member =
                members.change(rest.call(request), id(id, "member"), Versions.seen(request), role);
        return AdminRest.shown(json(member), member.version());
    }

    @DeleteMapping("/members/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(HttpServletRequest request, @PathVariable String id) {
        members.remove(rest.call(request), id(id, "member"), Versions.seen(request));
    }

    @GetMapping("/operators")
    ObjectNode operators(HttpServletRequest request) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("operators");
        operators
                .list(rest.call(request).caller())
                .forEach(each ->
                        list.addObject()
                                .put("user", each.userId().toString())
                                .put("username", each.username())
                                .put("name", each.name()));
        return node;
    }

    @PutMapping("/operators/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void lift(HttpServletRequest request, @PathVariable String id) {
        operators.set(rest.call(request), id(id, "person"), true);
    }

    @DeleteMapping("/operators/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void lower(HttpServletRequest request, @PathVariable String id) {
        operators.set(rest.call(request), id(id, "person"), false);
    }

    private static ObjectNode json(Members.Member member) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("user", member.userId().toString())
                .put("username", member.username())
                .put("name", member.name())
                .put("operator", member.operator())
                .put("disabled", member.disabled())
                .put("role", member.role())
                .put("role_name", member.roleName())
                .put("since", member.since().toString())
                .put("version", member.version());
    }
}
