package assay.audit.elastic;

import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Records as the sealer leaves them: in their table, in the chain and in the queue. */
final class SealedRecords implements AutoCloseable {
    private final SingleConnectionDataSource connection;
    private final JdbcClient jdbc;
    private long sequence;

    /** As a superuser, to whom no policy applies. */
    SealedRecords(DataSource superuser) {
        try {
            this.connection = new SingleConnectionDataSource(superuser.getConnection(), true);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        this.jdbc = JdbcClient.create(connection);
    }

    @Override
    public void close() {
        connection.destroy();
    }

    /** Empties all tables; only a superuser who turns the triggers off can. */
    void clear() {
        for (String table :
                List.of(
                        "audit_events",
                        "audit_chain",
                        "audit_unsealed",
                        "audit_unshipped",
                        "audit_dead_letters",
                        "audit_days")) {
            jdbc.sql(
                            """
                            do $$ begin
                                set local session_replication_role = replica;
                                delete from %s;
                            end $$
                            """
                                    .formatted(table))
                    .update();
        }
    }

    /** Adds records one millisecond apart; returns their ids. */
    List<UUID> add(int count, Instant first) {
        List<UUID> ids = new ArrayList<>();
        jdbc.sql("set synchronous_commit = off").update();
        for (int i = 0; i < count; i++) {
            ids.add(add(first.plusMillis(i), "{\"n\":%d,\"text\":\"naïve 中\"}".formatted(i)));
        }
        return ids;
    }

    UUID add(Instant at, String details) {
        UUID id = UUID.randomUUID();
        var row =
                new AuditRow(
                        id,
                        at,
                        AuditRow.PLATFORM,
                        "{\"kind\":\"user\",\"id\":\"u\",\"name\":\"Ada\",\"role\":\"admin\"}",
                        "192.0.2.7",
                        "curl/8",
                        "inference.generate",
                        "{\"type\":\"model\",\"id\":\"m\",\"model\":\"m\",\"version\":\"1\"}",
                        "{\"method\":\"POST\",\"path\":\"/v1/completions\"}",
                        "{\"result\":\"success\",\"status\":200}",
                        12_345,
                        "{\"request\":\"r\",\"trace\":\"t\"}",
                        details);
        jdbc.sql("select audit_make_day(:day)").param("day", row.day()).query().singleValue();
        row.insert(jdbc);
        sequence++;
        jdbc.sql(
                        """
                        insert into audit_chain
                            (tenant_id, sequence, id, at, content_hash, hash, sealed_at)
                        values (:tenant, :sequence, :id, :at, :content, :hash, :at)
                        """)
                .param("tenant", row.tenant())
                .param("sequence", sequence)
                .param("id", id)
                .param("at", row.at().atOffset(ZoneOffset.UTC))
                .param("content", HexFormat.of().parseHex(CanonicalForm.sha256(row)))
                .param("hash", new byte[32])
                .update();
        jdbc.sql("delete from audit_unsealed where id = :id").param("id", id).update();
        jdbc.sql(
                        """
                        insert into audit_unshipped (tenant_id, sequence, id, at, next_at)
                        values (:tenant, :sequence, :id, :at, :at)
                        """)
                .param("tenant", row.tenant())
                .param("sequence", sequence)
                .param("id", id)
                .param("at", row.at().atOffset(ZoneOffset.UTC))
                .update();
        return id;
    }

    /** Puts everything into the queue again, as if no answer had ever come. */
    void queueAll() {
        jdbc.sql(
                        """
                        insert into audit_unshipped (tenant_id, sequence, id, at, next_at)
                        select tenant_id, sequence, id, at, at from audit_chain
                        on conflict do nothing
                        """)
                .update();
    }

    long queued() {
        return count("audit_unshipped");
    }

    long count(String table) {
        return jdbc.sql("select count(*) from " + table).query(Long.class).single();
    }

    String deadLetter(UUID id) {
        return jdbc.sql("select reason from audit_dead_letters where id = :id")
                .param("id", id)
                .query(String.class)
                .single();
    }
}
