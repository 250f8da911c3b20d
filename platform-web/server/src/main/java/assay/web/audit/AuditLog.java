package assay.web.audit;

import org.springframework.jdbc.core.simple.JdbcClient;

/** Writes records. Thread-safe. */
public interface AuditLog {
    /**
     * Writes in a transaction of its own and returns after its commit; while the database is gone,
     * when the record is safe on disk.
     *
     * @throws assay.web.WebException AUDIT_SPOOL_FULL when neither can be done
     */
    void record(AuditEvent event);

    /** Writes in the caller's transaction, which is bound to the event's tenant. */
    void record(JdbcClient transaction, AuditEvent event);
}
