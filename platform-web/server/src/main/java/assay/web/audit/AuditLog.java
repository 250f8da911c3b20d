package assay.web.audit;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Writes records. Thread-safe. */
public interface AuditLog {
    /**
     * Keeps the record: when this returns it outlives the process, and some milliseconds later it
     * is in the database, or as soon as that is there.
     *
     * @throws assay.web.WebException AUDIT_SPOOL_FULL when it can not be kept
     */
    void record(AuditEvent event);

    /**
     * The same, with what was asked and answered.
     *
     * @param content as {@link AuditContents#seal} made it; null for none
     * @throws assay.web.WebException AUDIT_SPOOL_FULL
     */
    void record(AuditEvent event, byte @Nullable [] content);

    /** Writes in the caller's transaction, which is bound to the event's tenant. */
    void record(JdbcClient transaction, AuditEvent event);

    /** Records that are kept on disk and not known to be in the database. */
    long waiting();
}
