package assay.web.audit;

import assay.web.ErrorCode;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import assay.web.identity.Denials;
import assay.web.identity.Permission;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Records what somebody wanted and may not. Thread-safe. */
@Component
class AuditedDenials implements Denials {
    private final AuditLog log;
    private final InstantSource clock;

    AuditedDenials(AuditLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    @Override
    public void denied(
            Caller caller,
            String action,
            String method,
            String path,
            String requestId,
            Set<Permission> needed) {
        log.record(
                new AuditEvent(
                        clock.instant(),
                        caller,
                        action,
                        "path",
                        path,
                        null,
                        null,
                        method,
                        path,
                        AuditEvent.Outcome.DENIED,
                        Problems.status(ErrorCode.PERMISSION_DENIED),
                        ErrorCode.PERMISSION_DENIED.name(),
                        Duration.ZERO,
                        requestId,
                        Map.of("needed", needed.stream().map(Permission::id).sorted().toList())));
    }
}
