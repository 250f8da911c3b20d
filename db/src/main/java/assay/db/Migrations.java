package assay.db;

import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

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
        var result =
                Flyway.configure(Migrations.class.getClassLoader())
                        .dataSource(owner)
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
