package assay.audit.chain;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;

/** A row of audit_chain. Immutable: nobody writes to its arrays. */
final class ChainRow {
    /** Rows that are fetched at once: about half a MiB. */
    static final int FETCH = 2_000;

    static final String SELECT =
            "select tenant_id, sequence, id, at, content_hash, hash, sealed_at from audit_chain";

    final UUID tenant;
    final long sequence;
    final UUID id;
    final Instant at;
    final Instant sealedAt;
    private final byte[] content;
    private final byte[] hash;

    private ChainRow(ResultSet row, int first) throws SQLException {
        tenant = row.getObject(first, UUID.class);
        sequence = row.getLong(first + 1);
        id = row.getObject(first + 2, UUID.class);
        at = Sql.instant(row, first + 3);
        content = row.getBytes(first + 4);
        hash = row.getBytes(first + 5);
        sealedAt = Sql.instant(row, first + 6);
    }

    /** Reads a row of {@link #SELECT}, whatever columns follow. */
    static ChainRow read(ResultSet row) throws SQLException {
        return new ChainRow(row, 1);
    }

    /** The same where its columns come after others. */
    static ChainRow read(ResultSet row, int first) throws SQLException {
        return new ChainRow(row, first);
    }

    byte[] content() {
        return content;
    }

    byte[] hash() {
        return hash;
    }

    String contentHex() {
        return HexFormat.of().formatHex(content);
    }

    String hashHex() {
        return HexFormat.of().formatHex(hash);
    }

    byte[] leaf() {
        return Hashes.leaf(tenant, sequence, content, hash);
    }

    /** Whether it follows a link with that hash, at the place after it. */
    boolean follows(byte[] before, long place) {
        return Arrays.equals(Hashes.link(before, place, content), hash);
    }
}
