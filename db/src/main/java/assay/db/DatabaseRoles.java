package assay.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The login roles and the database, made once by a superuser before the first migration.
 *
 * <p>{@code assay_owner} owns the schema and is used for migrations alone; {@code assay_web},
 * {@code assay_scheduler} and {@code assay_audit}, which chains and ships what the others recorded,
 * own nothing, so row-level security binds them even where a policy is forgotten to be forced.
 */
public final class DatabaseRoles {
    public static final String DATABASE = "assay";
    public static final String OWNER = "assay_owner";
    public static final String WEB = "assay_web";
    public static final String SCHEDULER = "assay_scheduler";
    public static final String AUDIT = "assay_audit";

    private DatabaseRoles() {}

    /** The secrets of the four roles. */
    public record Passwords(String owner, String web, String scheduler, String audit) {}

    /**
     * Makes the roles and the database, or sets the roles' passwords anew when they are there
     * already.
     *
     * @param superuser a connection to any database of the server, in auto-commit mode
     */
    public static void ensure(Connection superuser, Passwords passwords) throws SQLException {
        ensureRole(superuser, OWNER, passwords.owner());
        ensureRole(superuser, WEB, passwords.web());
        ensureRole(superuser, SCHEDULER, passwords.scheduler());
        ensureRole(superuser, AUDIT, passwords.audit());
        if (!exists(superuser, "select 1 from pg_database where datname = ?", DATABASE)) {
            run(
                    superuser,
                    "create database "
                            + DATABASE
                            + " owner "
                            + OWNER
                            + " encoding 'UTF8' template template0");
            run(superuser, "revoke all on database " + DATABASE + " from public");
        }
        run(
                superuser,
                "grant connect on database "
                        + DATABASE
                        + " to "
                        + String.join(", ", WEB, SCHEDULER, AUDIT));
    }

    private static void ensureRole(Connection superuser, String role, String password)
            throws SQLException {
        if (!exists(superuser, "select 1 from pg_roles where rolname = ?", role)) {
            run(
                    superuser,
                    "create role "
                            + role
                            + " login nosuperuser nocreatedb nocreaterole nobypassrls noreplication");
        }
        run(superuser, "alter role " + role + " password " + literal(superuser, password));
    }

    private static boolean exists(Connection connection, String query, String name)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    /** Utility statements take no parameters, so the server quotes the password for us. */
    private static String literal(Connection connection, String text) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select quote_literal(?)")) {
            statement.setString(1, text);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
