package assay.web.audit;

import assay.web.identity.Caller;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One record of the twelve fields; tenant, actor, source address and client come from the caller.
 *
 * @param at when the action began
 * @param action stable, dotted: {@code inference.generate}
 * @param objectType and {@code objectId}: what it was done to, with model and version where there
 *     is one
 * @param outcome success, failure or denied
 * @param status the HTTP status, or its equal
 * @param reason an error's stable name, or null
 * @param details figures and digests; never a prompt, an answer or a key
 */
public record AuditEvent(
        Instant at,
        Caller caller,
        String action,
        String objectType,
        String objectId,
        @Nullable String model,
        @Nullable String modelVersion,
        String method,
        String path,
        Outcome outcome,
        int status,
        @Nullable String reason,
        Duration duration,
        String requestId,
        Map<String, Object> details) {
    /** How it ended. */
    public enum Outcome {
        SUCCESS,
        FAILURE,
        DENIED
    }

    public AuditEvent {
        details = Map.copyOf(details);
    }
}
