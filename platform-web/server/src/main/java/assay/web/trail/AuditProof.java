package assay.web.trail;

import assay.audit.search.AuditScope;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks that nothing in the audit trail was altered: each tenant's chain against the records, and
 * the copies against the chain. One check of a scope at a time. Thread-safe.
 */
public interface AuditProof {
    /** How a check stands. */
    enum Phase {
        RUNNING,
        INTACT,
        BROKEN,
        FAILED
    }

    /**
     * A check.
     *
     * @param checked records so far
     * @param expected records in all
     * @param fault the first break in words: which record, of which tenant, at which place; or why
     *     the check could not be done
     * @param record the id of the first bad record, when there is one to name
     */
    record Check(
            Phase phase,
            long checked,
            long expected,
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String fault,
            @Nullable String record) {}

    /** Starts a check, unless one of the scope is running already. */
    Check start(AuditScope scope);

    /** The running check of the scope, or else the last. */
    Optional<Check> last(AuditScope scope);
}
