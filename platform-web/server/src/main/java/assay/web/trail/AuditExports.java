package assay.web.trail;

import assay.audit.search.AuditQuery;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Exports of what a search finds, written in the background. Everybody sees his own alone. All
 * throw {@link assay.web.WebException} PERMISSION_DENIED without {@code audit:export}. Thread-safe.
 */
public interface AuditExports {
    /** As many of a person's may be under way. */
    int MOST_OPEN = 3;

    /**
     * @throws assay.web.WebException JOB_STATE when too many are under way
     */
    AuditExport create(AdminCall call, AuditQuery query, AuditExport.Format format);

    /** The newest first. */
    List<AuditExport> list(Caller caller);

    AuditExport find(Caller caller, UUID id);

    /** Stops it when it is under way; else forgets it. */
    void remove(AdminCall call, UUID id);

    /**
     * The file of a finished one, on this gateway.
     *
     * @throws assay.web.WebException JOB_STATE when it is not finished, or lies on another gateway
     */
    Path file(AdminCall call, UUID id);
}
