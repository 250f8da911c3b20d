package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import assay.web.http.RequestId;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The tenants' shares over REST. */
@RestController
@RequestMapping("/api/v1/admin/job-shares")
class TenantShareController {
    private static final int BODY_BYTES = 4096;
    private static final Set<String> FIELDS = Set.of("weight", "most_running");

    private final TenantShares shares;
    private final CurrentCaller callers;

    TenantShareController(TenantShares shares, CurrentCaller callers) {
        this.shares = shares;
        this.callers = callers;
    }

    @GetMapping
    ObjectNode list() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("shares");
        shares.list(callers.required()).forEach(share -> list.add(json(share)));
        return node;
    }

    @PutMapping("/{tenant}")
    ObjectNode set(@PathVariable String tenant, HttpServletRequest request) throws IOException {
        var call = new Jobs.Call(callers.required(), RequestId.of(request));
        call.caller().require(Permission.BATCH_SHARE);
        return json(shares.set(call, read(uuid(tenant), JsonBody.read(request, BODY_BYTES))));
    }

    private static TenantShare read(UUID tenant, ObjectNode body) {
        Map<String, String> wrong = new LinkedHashMap<>();
        for (String name : body.propertyNames()) {
            if (!FIELDS.contains(name)) {
                wrong.put(name.length() <= 40 ? name : name.substring(0, 40), "unknown field");
            }
        }
        JsonNode weight = body.path("weight");
        JsonNode most = body.path("most_running");
        if (!weight.isNumber()) {
            wrong.put("weight", "missing (expected: a number, 0.001..1000)");
        }
        if (!most.isMissingNode() && !(most.isIntegralNumber() && most.canConvertToInt())) {
            wrong.put("most_running", "expected: a whole number");
        }
        if (!wrong.isEmpty()) {
            throw JobFields.refuse(wrong);
        }
        return new TenantShare(tenant, weight.doubleValue(), most.asInt(0));
    }

    private static ObjectNode json(TenantShare share) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("tenant", share.tenantId().toString())
                .put("weight", share.weight())
                .put("most_running", share.mostRunning());
    }

    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such tenant", Map.of(), null, e);
        }
    }
}
