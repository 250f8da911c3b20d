package assay.audit.chain;

import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a tenant's records of a time as a zip that proves itself:
 *
 * <ul>
 *   <li>{@code records.ndjson}: a line for each record, {@code {"link", "record"}}, the record in
 *       its canonical form, by day and sequence
 *   <li>{@code links.ndjson}: a line for each link of the tenant in the days that the time touches,
 *       whether its record is in the time or not: a tenant's links of a day stand side by side in
 *       the day's tree
 *   <li>{@code proof.json}: what was asked for, each day's seal, the hashes that lead from the
 *       links to the seal's root, and the public keys
 * </ul>
 *
 * Records that have no place in the chain yet are not exported. Reads one snapshot, in streams.
 * Stateless.
 */
public final class AuditExport {
    static final String FORM = "assay-audit-export-1";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HexFormat HEX = HexFormat.of();

    private final DataSource audit;
    private final List<PublicKey> keys;

    /**
     * @param audit connections as assay_audit or a superuser
     * @param keys that seals were signed with; they are written into the proof
     */
    public AuditExport(DataSource audit, Collection<PublicKey> keys) {
        this.audit = audit;
        this.keys = List.copyOf(keys);
    }

    /**
     * What is exported.
     *
     * @param tenant whose records
     * @param from first moment
     * @param to after the last moment
     */
    public record Range(UUID tenant, Instant from, Instant to) {
        public Range {
            if (!from.isBefore(to)) {
                throw new IllegalArgumentException(
                        "from, to: %s, %s (expected: one before the other)".formatted(from, to));
            }
        }

        LocalDate firstDay() {
            return LocalDate.ofInstant(from, ZoneOffset.UTC);
        }

        LocalDate lastDay() {
            return LocalDate.ofInstant(to.minusNanos(1), ZoneOffset.UTC);
        }
    }

    /**
     * What was written.
     *
     * @param unsealedDays of which there is no seal yet
     */
    public record Written(long records, long links, int days, int unsealedDays) {}

    /** Writes a range; the stream is left open. */
    public Written write(Range range, OutputStream out) throws SQLException, IOException {
        try (Connection connection = audit.getConnection()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            try {
                return write(connection, range, new ZipOutputStream(out, StandardCharsets.UTF_8));
            } finally {
                connection.rollback();
                connection.setReadOnly(false);
            }
        }
    }

    private Written write(Connection connection, Range range, ZipOutputStream zip)
            throws SQLException, IOException {
        List<LocalDate> days = days(connection, range);
        zip.putNextEntry(new ZipEntry("records.ndjson"));
        long records = writeRecords(connection, range, zip);
        zip.closeEntry();
        zip.putNextEntry(new ZipEntry("links.ndjson"));
        Map<LocalDate, Long> links = new LinkedHashMap<>();
        for (LocalDate day : days) {
            links.put(day, writeLinks(connection, range.tenant, day, zip));
        }
        zip.closeEntry();
        List<Map<String, Object>> proofs = new ArrayList<>();
        int unsealed = 0;
        for (LocalDate day : days) {
            if (links.getOrDefault(day, 0L) > 0) {
                Map<String, Object> proof = proof(connection, range.tenant, day);
                unsealed += proof.containsKey("seal") ? 0 : 1;
                proofs.add(proof);
            }
        }
        zip.putNextEntry(new ZipEntry("proof.json"));
        zip.write(head(range, proofs).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
        zip.finish();
        long linkCount = links.values().stream().mapToLong(Long::longValue).sum();
        return new Written(records, linkCount, proofs.size(), unsealed);
    }

    private String head(Range range, List<Map<String, Object>> proofs) {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("form", FORM);
        head.put("tenant", range.tenant.toString());
        head.put("from", range.from.toString());
        head.put("to", range.to.toString());
        head.put(
                "public_keys",
                keys.stream()
                        .map(key -> Base64.getEncoder().encodeToString(key.getEncoded()))
                        .toList());
        head.put("days", proofs);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(head) + "\n";
    }

    private static List<LocalDate> days(Connection connection, Range range) throws SQLException {
        List<LocalDate> days = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select day from audit_days where day between ? and ?"
                                + " and dropped_at is null order by day")) {
            statement.setObject(1, range.firstDay());
            statement.setObject(2, range.lastDay());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    days.add(row.getObject(1, LocalDate.class));
                }
            }
        }
        return days;
    }

    private static long writeRecords(Connection connection, Range range, OutputStream out)
            throws SQLException, IOException {
        long count = 0;
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        select e.*, c.tenant_id, c.sequence, c.id, c.at, c.content_hash, c.hash,
                            c.sealed_at
                        from audit_chain c
                        join (select %s from audit_events where at >= ? and at < ?) e
                            on e.id = c.id and e.at = c.at
                        where c.tenant_id = ? and c.at >= ? and c.at < ?
                        order by (c.at at time zone 'UTC')::date, c.sequence
                        """
                                .formatted(AuditRow.COLUMNS))) {
            Sql.setInstant(statement, 1, range.from);
            Sql.setInstant(statement, 2, range.to);
            statement.setObject(3, range.tenant);
            Sql.setInstant(statement, 4, range.from);
            Sql.setInstant(statement, 5, range.to);
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                int first = row.findColumn("details") + 1;
                while (row.next()) {
                    ChainRow link = ChainRow.read(row, first);
                    out.write(
                            "{\"link\":{\"sequence\":%d,\"content_hash\":\"%s\",\"hash\":\"%s\"},\"record\":"
                                    .formatted(link.sequence, link.contentHex(), link.hashHex())
                                    .getBytes(StandardCharsets.UTF_8));
                    out.write(CanonicalForm.bytes(AuditRow.read(row)));
                    out.write("}\n".getBytes(StandardCharsets.UTF_8));
                    count++;
                }
            }
        }
        return count;
    }

    private static long writeLinks(
            Connection connection, UUID tenant, LocalDate day, OutputStream out)
            throws SQLException, IOException {
        long count = 0;
        try (PreparedStatement statement =
                connection.prepareStatement(
                        ChainRow.SELECT
                                + " where tenant_id = ? and at >= ? and at < ?"
                                + " order by sequence, at")) {
            statement.setObject(1, tenant);
            Sql.setDay(statement, 2, day);
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ChainRow link = ChainRow.read(row);
                    Map<String, Object> line = new LinkedHashMap<>();
                    line.put("day", day.toString());
                    line.put("sequence", link.sequence);
                    line.put("id", link.id.toString());
                    line.put("at", link.at.toString());
                    line.put("content_hash", link.contentHex());
                    line.put("hash", link.hashHex());
                    out.write(JSON.writeValueAsBytes(line));
                    out.write('\n');
                    count++;
                }
            }
        }
        return count;
    }

    /** The day's newest seal, and what leads to its root from the tenant's links that it covers. */
    private static Map<String, Object> proof(Connection connection, UUID tenant, LocalDate day)
            throws SQLException {
        Map<String, Object> proof = new LinkedHashMap<>();
        proof.put("day", day.toString());
        List<DaySeal> seals = DaySeals.of(connection, day);
        if (seals.isEmpty()) {
            return proof;
        }
        DaySeal seal = seals.getLast();
        long[] run = run(connection, tenant, day, seal);
        if (run[0] == run[1]) { // all of the tenant's came after the seal
            return proof;
        }
        Map<String, Object> signed = seal.fields();
        signed.put("signature", seal.signature());
        proof.put("seal", signed);
        proof.put("from", run[0]);
        proof.put("to", run[1]);
        proof.put("hashes", hashes(connection, day, seal, run));
        return proof;
    }

    /** First leaf of the tenant, and after its last. */
    private static long[] run(Connection connection, UUID tenant, LocalDate day, DaySeal seal)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        select count(*) filter (where tenant_id < ?),
                            count(*) filter (where tenant_id <= ?)
                        from audit_chain where at >= ? and at < ? and sealed_at <= ?
                        """)) {
            statement.setObject(1, tenant);
            statement.setObject(2, tenant);
            Sql.setDay(statement, 3, day);
            Sql.setInstant(statement, 5, seal.signedAt());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new long[] {row.getLong(1), row.getLong(2)};
            }
        }
    }

    private static List<String> hashes(
            Connection connection, LocalDate day, DaySeal seal, long[] run) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        ChainRow.SELECT
                                + " where at >= ? and at < ? and sealed_at <= ?"
                                + " order by tenant_id, sequence, at")) {
            Sql.setDay(statement, 1, day);
            Sql.setInstant(statement, 3, seal.signedAt());
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                Supplier<byte[]> leaves = () -> leaf(row, day);
                return MerkleTree.proof(seal.records(), run[0], run[1], leaves).stream()
                        .map(HEX::formatHex)
                        .toList();
            }
        }
    }

    private static byte[] leaf(ResultSet row, LocalDate day) {
        try {
            if (!row.next()) {
                throw new IllegalStateException(
                        day + ": the chain has fewer links than the day's seal; verify it");
            }
            return ChainRow.read(row).leaf();
        } catch (SQLException e) {
            throw new IllegalStateException("the chain can not be read", e);
        }
    }
}
