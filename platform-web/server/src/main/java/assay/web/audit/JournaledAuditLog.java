package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.WebSettings;
import assay.web.http.Traces;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Records on this machine's disk, and from there in the database; those of a transaction in the
 * database at once. Thread-safe.
 */
@Component
class JournaledAuditLog implements AuditLog, DisposableBean {
    private final AuditRows rows;
    private final AuditTable table;
    private final AuditJournal journal;
    private final OldSpool old;
    private final JournalDrain drain;
    private final Counter written;

    JournaledAuditLog(
            TenantTransactions transactions,
            DatabaseWatch watch,
            WebSettings settings,
            JournalSettings journalSettings,
            Traces traces,
            MeterRegistry meters) {
        WebSettings.Outage outage = settings.outage();
        Path folder =
                outage.spoolDir() == null
                        ? settings.identityDir().resolveSibling("audit-spool")
                        : outage.spoolDir();
        this.rows = new AuditRows(traces);
        this.table = new AuditTable(transactions);
        this.journal = new AuditJournal(folder, outage.spoolBytes(), journalSettings);
        try {
            this.old = new OldSpool(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the audit spool in " + folder, e);
        }
        this.written =
                Counter.builder("assay_audit_events")
                        .description("Audit records written to the database")
                        .register(meters);
        Gauge.builder("assay_audit_spool_events", this, log -> log.journal.size() + log.old.size())
                .description("Audit records on disk that are not in the database yet")
                .register(meters);
        this.drain = new JournalDrain(journal, old, table, watch, written, meters);
    }

    @Override
    public void record(AuditEvent event) {
        record(event, null);
    }

    @Override
    public void record(AuditEvent event, byte @Nullable [] content) {
        byte[] record = new JournalEntry(rows.row(event), content).bytes();
        try {
            journal.append(record, AuditGate.record());
        } catch (AuditJournal.FullException e) {
            throw AuditGate.full(e);
        }
    }

    @Override
    public void record(JdbcClient transaction, AuditEvent event) {
        AuditRow row = rows.row(event);
        table.insert(transaction, row);
        AuditGate.record();
        written.increment();
    }

    @Override
    public long waiting() {
        return journal.size() + old.size();
    }

    AuditJournal journal() {
        return journal;
    }

    @Override
    public void destroy() {
        drain.close();
        journal.close();
    }
}
