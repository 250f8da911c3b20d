package assay.audit.chain;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The advisory locks of PostgreSQL by which one gateway of several does a part of the work. */
enum AuditLock {
    /** Whoever adds to the chain or says which of its rows a day seal covers. For a transaction. */
    CHAIN(0x41_53_41_59_0001L),
    /** Whoever does the work of the days. For a session. */
    DAYS(0x41_53_41_59_0002L);

    private final long key;

    AuditLock(long key) {
        this.key = key;
    }

    /** Waits for it; it is free when the transaction ends. */
    void takeForTransaction(Connection connection) throws SQLException {
        ask(connection, "select pg_advisory_xact_lock(?)");
    }

    /** Takes it if it is free, until {@link #release} or the end of the connection. */
    boolean tryForSession(Connection connection) throws SQLException {
        return ask(connection, "select pg_try_advisory_lock(?)");
    }

    void release(Connection connection) throws SQLException {
        ask(connection, "select pg_advisory_unlock(?)");
    }

    private boolean ask(Connection connection, String question) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(question)) {
            statement.setLong(1, key);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && "t".equals(row.getString(1));
            }
        }
    }
}
