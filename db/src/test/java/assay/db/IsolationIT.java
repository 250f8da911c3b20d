package assay.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What one tenant, and one server, can not see or do: asked of the database itself. */
class IsolationIT {
    private static final UUID ONE = UUID.randomUUID();
    private static final UUID TWO = UUID.randomUUID();

    private static TestDatabase database;

    @BeforeAll
    static void start() throws SQLException {
        database = TestDatabase.start();
        try (Connection connection = database.superuser().getConnection()) {
            for (UUID tenant : List.of(ONE, TWO)) {
                execute(
                        connection,
                        "insert into tenants (id, slug, name) values ('%s', 't-%s', 'T')"
                                .formatted(tenant, tenant));
                execute(
                        connection,
                        "insert into api_keys (id, tenant_id, name, prefix, key_hash, scopes) values (gen_random_uuid(), '%s', 'k', 'ask_', '%s', '{}')"
                                .formatted(tenant, tenant));
            }
        }
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    /** Tables without tenant_id, each with the reason why nobody's secrets are in it. */
    private static final List<String> NOT_TENANT_OWNED =
            List.of(
                    "audit_day_seals", // figures and signatures over all tenants
                    "audit_days", // counts
                    "audit_unsealed", // ids that wait for the chain
                    "cluster_events", // of nodes, deployments and replicas
                    "deployments", // the operator's
                    "enrolled", // processes
                    "flyway_schema_history",
                    "gateways", // processes
                    "join_tokens", // processes
                    "leases", // schedulers
                    "model_files", // a model belongs to the installation in this slice
                    "model_versions",
                    "models",
                    "nodes",
                    "passkey_handles", // a person's, who may be in several tenants
                    "passkeys",
                    "replicas",
                    "sign_in_failures", // keyed hashes and counts, asked before anybody is known
                    "stages",
                    "users"); // a person may be in several tenants

    @Test
    void everyTableHasAForcedPolicyOrAWrittenExemption() throws SQLException {
        List<String> open =
                strings(
                        "select relname from pg_class c join pg_namespace n on n.oid = relnamespace"
                                + " where nspname = 'public' and relkind in ('r', 'p')"
                                + " and not (relrowsecurity and relforcerowsecurity) order by 1");
        assertThat(open).containsExactlyInAnyOrderElementsOf(NOT_TENANT_OWNED);
    }

    @Test
    void everyTenantOwnedTableIsProtected() throws SQLException {
        List<String> unprotected =
                strings(
                        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                                + " where a.attname = 'tenant_id' and c.relkind in ('r', 'p')"
                                + " and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_isolation')");
        assertThat(unprotected).isEmpty();
    }

    @Test
    void theWebServerSeesNothingUntilItNamesATenant() throws SQLException {
        try (Connection web = database.as(DatabaseRoles.WEB).getConnection()) {
            assertThat(count(web, "select count(*) from api_keys")).isZero();
            execute(web, "select set_config('assay.tenant', '%s', false)".formatted(ONE));
            assertThat(count(web, "select count(*) from api_keys")).isOne();
            assertThat(
                            count(
                                    web,
                                    "select count(*) from api_keys where tenant_id = '%s'"
                                            .formatted(TWO)))
                    .isZero();
        }
    }

    @Test
    void aRowCanNotBeWrittenIntoAnotherTenant() throws SQLException {
        try (Connection web = database.as(DatabaseRoles.WEB).getConnection()) {
            execute(web, "select set_config('assay.tenant', '%s', false)".formatted(ONE));
            assertThatThrownBy(() ->
                            execute(
                                    web,
                                    "insert into api_keys (id, tenant_id, name, prefix, key_hash, scopes) values (gen_random_uuid(), '%s', 'k', 'ask_', 'x', '{}')"
                                            .formatted(TWO)))
                    .hasMessageContaining("row-level security");
        }
    }

    @Test
    void aKeyIsFoundByItsHashAloneAndKeysCanNotBeListed() throws SQLException {
        try (Connection web = database.as(DatabaseRoles.WEB).getConnection()) {
            assertThat(count(web, "select count(*) from find_api_key('%s')".formatted(TWO)))
                    .isOne();
            assertThat(count(web, "select count(*) from find_api_key('')")).isZero();
        }
    }

    @Test
    void nobodyButTheOwnerCanRewriteWhatWasAudited() throws SQLException {
        for (String role :
                List.of(DatabaseRoles.WEB, DatabaseRoles.SCHEDULER, DatabaseRoles.AUDIT)) {
            try (Connection connection = database.as(role).getConnection()) {
                for (String change :
                        List.of(
                                "update audit_events set action = 'x'",
                                "delete from audit_events",
                                "truncate audit_events",
                                "update audit_chain set sequence = 1",
                                "delete from audit_chain",
                                "update audit_day_seals set records = 0",
                                "delete from audit_day_seals")) {
                    assertThatThrownBy(() -> execute(connection, change))
                            .as("%s: %s", role, change)
                            .hasMessageContaining("permission denied");
                }
            }
        }
    }

    @Test
    void notEvenTheOwnerRewritesWhatWasAuditedByMistake() throws SQLException {
        try (Connection owner = database.as(DatabaseRoles.OWNER).getConnection()) {
            execute(
                    owner,
                    """
                    insert into audit_events (id, at, tenant_id, actor, action, object, request,
                        outcome, duration_nanos, correlation, details)
                    values (gen_random_uuid(), now(), '%s', '{}', 'a', '{}', '{}', '{}', 1, '{}', '{}')
                    """
                            .formatted(ONE));
            for (String change :
                    List.of("update audit_events set action = 'x'", "delete from audit_events")) {
                assertThatThrownBy(() -> execute(owner, change))
                        .hasMessageContaining("never changed");
            }
            assertThat(count(owner, "select count(*) from audit_unsealed")).isOne();
        }
    }

    @Test
    void theSchedulerCanNotReadPeopleOrKeys() throws SQLException {
        try (Connection scheduler = database.as(DatabaseRoles.SCHEDULER).getConnection()) {
            for (String table :
                    List.of("users", "api_keys", "memberships", "verifications", "audit_events")) {
                assertThatThrownBy(() -> execute(scheduler, "select * from " + table))
                        .as(table)
                        .hasMessageContaining("permission denied");
            }
        }
    }

    @Test
    void theSchedulerServesBatchJobsOfAllTenantsAndAnswersForOneOfThem() throws SQLException {
        try (Connection scheduler = database.as(DatabaseRoles.SCHEDULER).getConnection()) {
            for (UUID tenant : List.of(ONE, TWO)) {
                execute(
                        scheduler,
                        "insert into batch_tenants (tenant_id) values ('%s')".formatted(tenant));
            }
            assertThat(count(scheduler, "select count(*) from batch_tenants")).isEqualTo(2);
            execute(scheduler, "select set_config('assay.tenant', '%s', false)".formatted(ONE));
            assertThat(count(scheduler, "select count(*) from batch_tenants")).isOne();
            assertThatThrownBy(() ->
                            execute(
                                    scheduler,
                                    "insert into batch_tenants (tenant_id) values ('%s')"
                                            .formatted(TWO)))
                    .hasMessageContaining("row-level security");
        }
    }

    @Test
    void theWebServerHasNoWayToBatchJobsButTheScheduler() throws SQLException {
        try (Connection web = database.as(DatabaseRoles.WEB).getConnection()) {
            for (String table : List.of("batch_tenants", "batch_jobs", "batch_items")) {
                assertThatThrownBy(() -> execute(web, "select * from " + table))
                        .as(table)
                        .hasMessageContaining("permission denied");
            }
        }
    }

    @Test
    void migratingTwiceChangesNothing() {
        assertThat(Migrations.apply(database.as(DatabaseRoles.OWNER))).isZero();
    }

    private static List<String> strings(String query) throws SQLException {
        try (Connection connection = database.superuser().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            var result = new ArrayList<String>();
            while (rows.next()) {
                result.add(rows.getString(1));
            }
            return result;
        }
    }

    private static long count(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
