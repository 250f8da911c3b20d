package assay.web.trail;

import assay.audit.search.AuditScope;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import java.util.Optional;

/**
 * Checks of the chain as people ask for them: with {@code audit:read}, and beyond their tenant with
 * {@code tenant:manage}. Thread-safe.
 */
public interface TrailProof {
    /** Whether this gateway can check at all. */
    boolean offered();

    AuditProof.Check start(AdminCall call, AuditScope scope);

    Optional<AuditProof.Check> last(Caller caller, AuditScope scope);
}
