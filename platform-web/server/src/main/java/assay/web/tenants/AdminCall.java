package assay.web.tenants;

import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Caller;
import java.util.Map;
import java.util.UUID;

/**
 * Who wants something done, and in which call.
 *
 * @param requestId that answers and audit records share
 */
public record AdminCall(Caller caller, String requestId) {
    /** A click in the console, which is no request of its own. */
    public static AdminCall console(Caller caller) {
        return new AdminCall(caller, UUID.randomUUID().toString());
    }

    Change change(
            String action, String type, String id, String method, String path, Object... details) {
        var named = new java.util.LinkedHashMap<String, Object>();
        for (int i = 0; i < details.length; i += 2) {
            named.put((String) details[i], details[i + 1]);
        }
        return new Change(
                caller,
                requestId,
                action,
                type,
                id,
                method,
                "/api/v1/admin" + path,
                Map.copyOf(named));
    }
}
