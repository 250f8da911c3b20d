package assay.db;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL with the migrated schema, on a free port of loopback. Close it to stop the
 * server. Thread-safe.
 */
public final class TestDatabase implements AutoCloseable {
    private static final String PASSWORD = "only-for-tests";

    private final EmbeddedPostgres server;

    private TestDatabase(EmbeddedPostgres server) {
        this.server = server;
    }

    /** Starts a server of its own: about two seconds. */
    public static TestDatabase start() {
        EmbeddedPostgres server = null;
        try {
            server = EmbeddedPostgres.builder().start();
            try (var superuser = server.getPostgresDatabase().getConnection()) {
                DatabaseRoles.ensure(
                        superuser,
                        new DatabaseRoles.Passwords(PASSWORD, PASSWORD, PASSWORD, PASSWORD));
            }
            var database = new TestDatabase(server);
            Migrations.apply(database.as(DatabaseRoles.OWNER));
            return database;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("the test database did not come up", e);
        }
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + DatabaseRoles.DATABASE;
    }

    public String password() {
        return PASSWORD;
    }

    /** Connections as one of the roles of {@link DatabaseRoles}, without a pool. */
    public DataSource as(String role) {
        var source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser(role);
        source.setPassword(PASSWORD);
        return source;
    }

    /** The server's superuser, to whom no policy applies: for looking at what is really stored. */
    public DataSource superuser() {
        return server.getDatabase("postgres", DatabaseRoles.DATABASE);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
