package assay.audit.elastic;

import assay.audit.AuditDocument;
import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.elastic.BulkWriter.Shipment;
import co.elastic.clients.util.BinaryData;
import co.elastic.clients.util.ContentType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The queue of sealed records that Elasticsearch has not acknowledged. Every method wants a
 * transaction of the caller's; what {@link #take} took is locked until its end, and taken by nobody
 * else.
 */
final class UnshippedQueue {
    private final JdbcClient jdbc;
    private final JdbcTemplate template;

    UnshippedQueue(DataSource dataSource) {
        this.jdbc = JdbcClient.create(dataSource);
        this.template = new JdbcTemplate(dataSource);
    }

    /**
     * A place in the queue.
     *
     * @param attempts how often it was sent in vain
     */
    record Entry(UUID tenant, long sequence, UUID id, Instant at, int attempts) {}

    /** Locks what is due, oldest first. */
    List<Entry> take(int limit, Instant now) {
        return jdbc.sql(
                        """
                        select tenant_id, sequence, id, at, attempts from audit_unshipped
                        where next_at <= :now
                        order by next_at, at limit :limit for update skip locked
                        """)
                .param("now", utc(now))
                .param("limit", limit)
                .query((row, _) -> entry(row))
                .list();
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getObject("tenant_id", UUID.class),
                row.getLong("sequence"),
                row.getObject("id", UUID.class),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getInt("attempts"));
    }

    /**
     * The documents of these entries, by id; one whose record is gone has none. The bounds in time
     * let PostgreSQL look at the days alone that matter.
     */
    Map<UUID, Shipment> documents(List<Entry> entries) {
        Map<UUID, Shipment> documents = new HashMap<>();
        Instant first = entries.stream().map(Entry::at).min(Instant::compareTo).orElseThrow();
        Instant last = entries.stream().map(Entry::at).max(Instant::compareTo).orElseThrow();
        jdbc.sql(
                        """
                        select e.*, c.sequence, encode(c.content_hash, 'hex') as content_hash,
                            encode(c.hash, 'hex') as chain_hash
                        from (select %s from audit_events
                              where id in (:ids) and at between :first and :last) e
                        join audit_chain c on c.id = e.id and c.at = e.at
                        where c.id in (:ids) and c.at between :first and :last
                        """
                                .formatted(AuditRow.COLUMNS))
                .param("ids", entries.stream().map(Entry::id).toList())
                .param("first", utc(first))
                .param("last", utc(last))
                .query((ResultSet row) -> {
                    AuditRow record = AuditRow.read(row);
                    var link =
                            new AuditLink(
                                    row.getLong("sequence"),
                                    String.valueOf(row.getString("content_hash")),
                                    String.valueOf(row.getString("chain_hash")));
                    documents.put(
                            record.id(),
                            new Shipment(
                                    record.id(),
                                    record.day(),
                                    BinaryData.of(
                                            AuditDocument.bytes(record, link),
                                            ContentType.APPLICATION_JSON)));
                });
        return documents;
    }

    /** Takes out what has arrived. */
    void remove(Collection<Entry> arrived) {
        if (!arrived.isEmpty()) {
            update("delete from audit_unshipped where id = any(?) and at = any(?)", arrived);
        }
    }

    /** Lets them wait, each time twice as long. */
    void postpone(Collection<Entry> entries, Instant now, Duration first, Duration longest) {
        if (entries.isEmpty()) {
            return;
        }
        template.update(connection -> {
            var statement =
                    connection.prepareStatement(
                            """
                            update audit_unshipped set attempts = attempts + 1, next_at = ?
                                + make_interval(secs => least(?, ? * power(2, least(attempts, 16))))
                            where id = any(?) and at = any(?)
                            """);
            statement.setObject(1, utc(now));
            statement.setDouble(2, longest.toMillis() / 1000.0);
            statement.setDouble(3, first.toMillis() / 1000.0);
            statement.setArray(4, connection.createArrayOf("uuid", ids(entries)));
            statement.setArray(5, connection.createArrayOf("timestamptz", times(entries)));
            return statement;
        });
    }

    /** Puts one aside that can not be stored, with the reason. */
    void bury(Entry entry, String reason, Instant now) {
        jdbc.sql(
                        """
                        insert into audit_dead_letters (id, at, tenant_id, sequence, reason, since)
                        values (:id, :at, :tenant, :sequence, :reason, :since)
                        on conflict (id, at) do update set reason = excluded.reason
                        """)
                .param("id", entry.id())
                .param("at", utc(entry.at()))
                .param("tenant", entry.tenant())
                .param("sequence", entry.sequence())
                .param("reason", reason)
                .param("since", utc(now))
                .update();
        remove(List.of(entry));
    }

    private void update(String sql, Collection<Entry> entries) {
        template.update(connection -> {
            var statement = connection.prepareStatement(sql);
            statement.setArray(1, connection.createArrayOf("uuid", ids(entries)));
            statement.setArray(2, connection.createArrayOf("timestamptz", times(entries)));
            return statement;
        });
    }

    private static Object[] ids(Collection<Entry> entries) {
        return entries.stream().map(Entry::id).toArray();
    }

    private static Object[] times(Collection<Entry> entries) {
        List<String> times = new ArrayList<>();
        entries.forEach(entry -> times.add(utc(entry.at()).toString()));
        return times.toArray();
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
