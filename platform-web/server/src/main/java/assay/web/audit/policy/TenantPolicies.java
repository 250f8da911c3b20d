package assay.web.audit.policy;

import assay.web.identity.Caller;

/** What the caller's tenant decided to keep, and deciding it. Thread-safe. */
public interface TenantPolicies {
    /**
     * The caller's tenant's.
     *
     * @throws assay.web.WebException PERMISSION_DENIED without audit:read
     */
    AuditPolicy find(Caller caller);

    /**
     * Decides anew, for records to come; what was kept stays as it is.
     *
     * @param seen the version that the caller read
     * @throws assay.web.WebException PERMISSION_DENIED without user:manage, VERSION_CONFLICT,
     *     INVALID_REQUEST
     */
    AuditPolicy change(
            Caller caller,
            String requestId,
            long seen,
            int retentionDays,
            AuditPolicy.Content content);
}
