package assay.web.identity.account;

import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Invitations over REST. */
@RestController
@RequestMapping("/api/v1/admin/invitations")
class InvitationController {
    private static final int BODY_BYTES = 4096;
    private static final Set<String> FIELDS = Set.of("role", "name", "email");

    private final Invitations invitations;
    private final CurrentCaller callers;

    InvitationController(Invitations invitations, CurrentCaller callers) {
        this.invitations = invitations;
        this.callers = callers;
    }

    @GetMapping
    ObjectNode list() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("invitations");
        invitations.list(callers.required()).forEach(each -> list.add(json(each)));
        return node;
    }

    @PostMapping
    ResponseEntity<ObjectNode> create(HttpServletRequest request) throws IOException {
        Caller caller = callers.required();
        var fields = JsonFields.of(JsonBody.read(request, BODY_BYTES), FIELDS);
        String role = fields.required("role");
        String name = fields.text("name", "");
        String email = fields.text("email", "");
        fields.done();
        Invitations.Made made =
                invitations.create(caller, RequestId.of(request), role, name, email);
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(json(made.invitation()).put("path", "/" + made.path()));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> revoke(@PathVariable String id, HttpServletRequest request) {
        Caller caller = callers.required();
        invitations.revoke(caller, RequestId.of(request), PathIds.uuid(id, "invitation"));
        return ResponseEntity.noContent().build();
    }

    private static ObjectNode json(Invitation invitation) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", invitation.id().toString())
                .put("role", invitation.role())
                .put("name", invitation.name())
                .put("email", invitation.email())
                .put("invited_by", invitation.invitedBy())
                .put("created_at", invitation.createdAt().toString())
                .put("expires_at", invitation.expiresAt().toString());
    }
}
