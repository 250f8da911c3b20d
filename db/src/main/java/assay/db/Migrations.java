package assay.db;

import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * Brings a database to the newest schema. Stateless; safe to run from several processes, the
 * database serialises it.
 */
public final class Migrations {
    private static final Logger LOG = Logger.getLogger(Migrations.class.getName());

    private Migrations() {}

    /**
     * Applies what is missing.
     *
     * @param owner connects as the owner role of {@link DatabaseRoles}
     * @return how many migrations ran
     * @throws org.flywaydb.core.api.FlywayException if one fails (it is rolled back), or if an
     *     applied one was changed
     */
    public static int apply(DataSource owner) {
        return migrate(configuration().dataSource(owner));
    }

    /**
     * The same for callers without a driver class at hand.
     *
     * @param url JDBC address of the database
     * @param password of the owner role
     */
    public static int apply(String url, String password) {
        return migrate(configuration().dataSource(url, DatabaseRoles.OWNER, password));
    }

    private static FluentConfiguration configuration() {
        return Flyway.configure(Migrations.class.getClassLoader());
    }

    private static int migrate(FluentConfiguration configuration) {
        var result =
                configuration
                        .locations("classpath:db/migration")
                        .validateMigrationNaming(true)
                        .load()
                        .migrate();
        LOG.info(() ->
                "schema is at "
                        + result.targetSchemaVersion
                        + " after "
                        + result.migrationsExecuted
                        + " steps");
        return result.migrationsExecuted;
    }
}
