package assay.audit.chain;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The table audit_day_seals. Stateless. */
final class DaySeals {
    private static final HexFormat HEX = HexFormat.of();
    private static final String SELECT =
            "select day, revision, records, root, previous, signed_at, key_id, signature"
                    + " from audit_day_seals ";

    private DaySeals() {}

    /** All, in the order in which they were signed. */
    static List<DaySeal> all(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(SELECT + "order by signed_at, day, revision")) {
            return read(statement);
        }
    }

    /** Those of a day, in order of their revisions. */
    static List<DaySeal> of(Connection connection, LocalDate day) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(SELECT + "where day = ? order by revision")) {
            statement.setObject(1, day);
            return read(statement);
        }
    }

    static Optional<DaySeal> last(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        SELECT + "order by signed_at desc, day desc, revision desc limit 1")) {
            return read(statement).stream().findFirst();
        }
    }

    private static List<DaySeal> read(PreparedStatement statement) throws SQLException {
        List<DaySeal> seals = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                seals.add(
                        new DaySeal(
                                row.getObject("day", LocalDate.class),
                                row.getInt("revision"),
                                row.getLong("records"),
                                HEX.formatHex(row.getBytes("root")),
                                HEX.formatHex(row.getBytes("previous")),
                                Sql.instant(row, row.findColumn("signed_at")),
                                row.getString("key_id"),
                                HEX.formatHex(row.getBytes("signature"))));
            }
        }
        return seals;
    }

    static void insert(Connection connection, DaySeal seal) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        insert into audit_day_seals
                            (day, revision, records, root, previous, signed_at, key_id, signature)
                        values (?, ?, ?, ?, ?, ?, ?, ?)
                        """)) {
            statement.setObject(1, seal.day());
            statement.setInt(2, seal.revision());
            statement.setLong(3, seal.records());
            statement.setBytes(4, HEX.parseHex(seal.root()));
            statement.setBytes(5, HEX.parseHex(seal.previous()));
            Sql.setInstant(statement, 6, seal.signedAt());
            statement.setString(7, seal.keyId());
            statement.setBytes(8, HEX.parseHex(seal.signature()));
            statement.executeUpdate();
        }
    }

    /** The tree over a day's links that were sealed until a time. */
    static MerkleTree tree(Connection connection, LocalDate day, Instant until)
            throws SQLException {
        var tree = new MerkleTree();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        ChainRow.SELECT
                                + " where at >= ? and at < ? and sealed_at <= ?"
                                + " order by tenant_id, sequence, at")) {
            Sql.setDay(statement, 1, day);
            Sql.setInstant(statement, 3, until);
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    tree.add(ChainRow.read(row).leaf());
                }
            }
        }
        return tree;
    }
}
