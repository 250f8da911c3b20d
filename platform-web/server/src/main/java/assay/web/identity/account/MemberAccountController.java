package assay.web.identity.account;

import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;
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

/** A member's sessions, and help for one who can not get in, over REST. */
@RestController
@RequestMapping("/api/v1/admin/users/{id}")
class MemberAccountController {
    private final WebSessions sessions;
    private final AccountRescue rescue;
    private final CurrentCaller callers;

    MemberAccountController(WebSessions sessions, AccountRescue rescue, CurrentCaller callers) {
        this.sessions = sessions;
        this.rescue = rescue;
        this.callers = callers;
    }

    @GetMapping("/sessions")
    ObjectNode list(@PathVariable String id) {
        Caller caller = callers.required();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("sessions");
        sessions.ofMember(caller, member(id)).forEach(each -> list.add(json(each)));
        return node;
    }

    @DeleteMapping("/sessions")
    ObjectNode endAll(@PathVariable String id, HttpServletRequest request) {
        int ended =
                sessions.endOfMember(callers.required(), RequestId.of(request), member(id), null);
        return JsonNodeFactory.instance.objectNode().put("ended", ended);
    }

    @DeleteMapping("/sessions/{session}")
    ResponseEntity<Void> end(
            @PathVariable String id, @PathVariable String session, HttpServletRequest request) {
        sessions.endOfMember(
                callers.required(),
                RequestId.of(request),
                member(id),
                PathIds.uuid(session, "session"));
        return ResponseEntity.noContent().build();
    }

    @PostMapping("/password-reset")
    ResponseEntity<ObjectNode> reset(@PathVariable String id, HttpServletRequest request) {
        AccountRescue.Link link =
                rescue.createReset(callers.required(), RequestId.of(request), member(id));
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("id", link.id().toString())
                                .put("expires_at", link.expiresAt().toString())
                                .put("path", "/" + link.path()));
    }

    @DeleteMapping("/password-reset")
    ResponseEntity<Void> revokeReset(@PathVariable String id, HttpServletRequest request) {
        rescue.revokeReset(callers.required(), RequestId.of(request), member(id));
        return ResponseEntity.noContent().build();
    }

    @DeleteMapping("/second-factor")
    ResponseEntity<Void> removeSecondFactor(@PathVariable String id, HttpServletRequest request) {
        rescue.removeSecondFactor(callers.required(), RequestId.of(request), member(id));
        return ResponseEntity.noContent().build();
    }

    private static UUID member(String id) {
        return PathIds.uuid(id, "member");
    }

    private static ObjectNode json(WebSession session) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", session.id().toString())
                .put("method", session.method())
                .put("source_ip", session.sourceIp())
                .put("user_agent", session.userAgent())
                .put("created_at", session.createdAt().toString())
                .put("last_seen_at", session.lastSeenAt().toString())
                .put("expires_at", session.expiresAt().toString());
    }
}
