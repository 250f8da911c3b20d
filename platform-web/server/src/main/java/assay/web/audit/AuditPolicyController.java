package assay.web.audit;

import assay.web.audit.policy.AuditPolicy;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.http.Versions;
import assay.web.identity.CurrentCaller;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the caller's tenant keeps, over REST. */
@RestController
@RequestMapping(AuditPolicies.PATH)
class AuditPolicyController {
    private static final int BODY_BYTES = 1024;

    private final AuditPolicies policies;
    private final CurrentCaller callers;

    AuditPolicyController(AuditPolicies policies, CurrentCaller callers) {
        this.policies = policies;
        this.callers = callers;
    }

    @GetMapping
    ResponseEntity<Map<String, Object>> find() {
        return answer(policies.find(callers.required()));
    }

    @PutMapping
    ResponseEntity<Map<String, Object>> change(HttpServletRequest request) throws IOException {
        long seen = Versions.seen(request);
        var fields =
                JsonFields.of(
                        JsonBody.read(request, BODY_BYTES), Set.of("retention_days", "content"));
        int days = fields.whole("retention_days", 0);
        if (days < AuditPolicy.LEAST_DAYS || days > AuditPolicy.MOST_DAYS) {
            fields.wrong(
                    "retention_days",
                    days
                            + " (expected: "
                            + AuditPolicy.LEAST_DAYS
                            + ".."
                            + AuditPolicy.MOST_DAYS
                            + ")");
        }
        var content = fields.choice("content", AuditPolicy.Content.DIGEST);
        fields.done();
        return answer(
                policies.change(callers.required(), RequestId.of(request), seen, days, content));
    }

    private static ResponseEntity<Map<String, Object>> answer(AuditPolicy policy) {
        return ResponseEntity.ok()
                .eTag(Versions.etag(policy.version()))
                .body(
                        Map.of(
                                "retention_days", policy.retentionDays(),
                                "content", policy.content().id(),
                                "version", policy.version()));
    }
}
