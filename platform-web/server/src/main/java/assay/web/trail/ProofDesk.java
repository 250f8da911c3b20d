package assay.web.trail;

import assay.audit.search.AuditScope;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenants.AdminCall;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Checks of the chain, with rights asked and records left. Thread-safe. */
@Component
class ProofDesk implements TrailProof {
    private final ObjectProvider<AuditProof> proofs;
    private final AuditedChanges changes;

    ProofDesk(ObjectProvider<AuditProof> proofs, AuditedChanges changes) {
        this.proofs = proofs;
        this.changes = changes;
    }

    @Override
    public boolean offered() {
        return proofs.getIfAvailable() != null;
    }

    @Override
    public AuditProof.Check start(AdminCall call, AuditScope scope) {
        var change =
                new Change(
                        call.caller(),
                        call.requestId(),
                        "audit.verify",
                        "audit",
                        scope.toString(),
                        "POST",
                        "/api/v1/admin/audit/verify",
                        Map.of("tenant", scope.toString()));
        return changes.run(
                change,
                () -> {
                    call.caller().require(Permission.AUDIT_READ);
                    SearchedTrail.check(call.caller(), scope);
                    return proof().start(scope);
                });
    }

    @Override
    public Optional<AuditProof.Check> last(Caller caller, AuditScope scope) {
        caller.require(Permission.AUDIT_READ);
        SearchedTrail.check(caller, scope);
        return proof().last(scope);
    }

    private AuditProof proof() {
        AuditProof proof = proofs.getIfAvailable();
        if (proof == null) {
            throw new WebException(ErrorCode.NOT_FOUND, "this gateway checks no chain");
        }
        return proof;
    }
}
