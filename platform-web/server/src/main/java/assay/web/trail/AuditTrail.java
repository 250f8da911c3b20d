package assay.web.trail;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Searches of the audit records, each of which leaves a record itself. All throw {@link
 * assay.web.WebException} PERMISSION_DENIED without {@code audit:read}, and for another scope than
 * one's own tenant without {@code tenant:manage}. Thread-safe.
 */
public interface AuditTrail {
    /**
     * The scope that is named.
     *
     * @param tenant an id, {@link AuditScope#ALL} or {@code platform}; null or blank for one's own
     */
    AuditScope scope(Caller caller, @Nullable String tenant);

    /** Whether the caller may look beyond his tenant. */
    boolean everywhere(Caller caller);

    AuditPage page(AdminCall call, AuditQuery query, @Nullable AuditCursor after, int limit);

    /**
     * The newest again and again, while somebody looks on.
     *
     * @param first the only one of the calls that leaves a record
     */
    AuditPage tail(AdminCall call, AuditQuery query, int limit, boolean first);

    /**
     * @param alone whether it is a search of its own; as a part of one it leaves no record
     */
    AuditHistogram histogram(AdminCall call, AuditQuery query, boolean alone);

    List<String> actions(Caller caller, AuditScope scope, String prefix);

    AuditFound find(AdminCall call, AuditScope scope, UUID id);
}
