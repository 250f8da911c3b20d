package assay.web.trail;

import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;

/**
 * What a tenant keeps: for how long, and whether the content of calls is in it. Needs {@code
 * audit:read} to read, {@code user:manage} to change. Thread-safe.
 */
public interface AuditPolicies {
    /** What is kept of prompts and answers. */
    enum Content {
        /** Their digests alone. */
        NONE,
        /** They themselves, encrypted under the tenant's key. */
        ENCRYPTED
    }

    /**
     * The policy.
     *
     * @param retentionDays 180 or more
     * @param version that a change names
     */
    record Policy(int retentionDays, Content content, long version) {}

    /** The shortest that can be said. */
    int LEAST_DAYS = 180;

    Policy read(Caller caller);

    Policy change(AdminCall call, long seen, int retentionDays, Content content);
}
