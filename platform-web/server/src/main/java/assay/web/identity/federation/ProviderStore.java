package assay.web.identity.federation;

import assay.web.WebException;
import assay.web.identity.RoleMapping;
import assay.web.identity.SealedSecrets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Providers as rows, in transactions bound to their tenant. Thread-safe. */
@Component
class ProviderStore {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PURPOSE = "client secret";

    private final SealedSecrets secrets;

    ProviderStore(SealedSecrets secrets) {
        this.secrets = secrets;
    }

    List<IdentityProvider> list(JdbcClient transaction) {
        return transaction
                .sql("select * from identity_providers order by lower(name)")
                .query((row, _) -> provider(row, null))
                .list();
    }

    Optional<IdentityProvider> find(JdbcClient transaction, UUID id) {
        return transaction
                .sql("select * from identity_providers where id = ?")
                .param(id)
                .query((row, _) -> provider(row, null))
                .optional();
    }

    /** With its secret, for a sign-in. */
    Optional<IdentityProvider> open(JdbcClient transaction, UUID id) {
        return transaction
                .sql("select * from identity_providers where id = ?")
                .param(id)
                .query((row, _) ->
                        provider(row, secrets.open(PURPOSE, id, row.getBytes("client_secret"))))
                .optional();
    }

    void insert(JdbcClient transaction, UUID tenantId, UUID id, ProviderSpec spec) {
        String secret = spec.clientSecret() == null ? "" : spec.clientSecret();
        write(
                transaction
                        .sql(
                                """
                                insert into identity_providers (id, tenant_id, name, issuer,
                                    client_id, client_secret, scopes, groups_claim, default_role,
                                    mapping, inner_network, enabled)
                                values (:id, :tenant, :name, :issuer, :client, :secret, :scopes,
                                    :claim, :role, :mapping::jsonb, :inner, :enabled)
                                """)
                        .param("tenant", tenantId),
                id,
                spec,
                secrets.seal(PURPOSE, id, secret));
    }

    /** Whether the row was still of that version. */
    boolean update(JdbcClient transaction, UUID id, long version, ProviderSpec spec) {
        String secret = spec.clientSecret();
        return write(
                        transaction
                                .sql(
                                        """
                                        update identity_providers
                                        set name = :name, issuer = :issuer, client_id = :client,
                                            client_secret = coalesce(:secret, client_secret),
                                            scopes = :scopes, groups_claim = :claim,
                                            default_role = :role, mapping = :mapping::jsonb,
                                            inner_network = :inner, enabled = :enabled,
                                            version = version + 1
                                        where id = :id and version = :version
                                        """)
                                .param("version", version),
                        id,
                        spec,
                        secret == null ? null : secrets.seal(PURPOSE, id, secret))
                == 1;
    }

    private static int write(
            JdbcClient.StatementSpec statement,
            UUID id,
            ProviderSpec spec,
            byte @Nullable [] sealed) {
        try {
            return statement
                    .param("id", id)
                    .param("name", spec.name())
                    .param("issuer", spec.issuer())
                    .param("client", spec.clientId())
                    .param("secret", sealed, java.sql.Types.BINARY)
                    .param("scopes", spec.scopes().toArray(String[]::new))
                    .param("claim", spec.groupsClaim())
                    .param("role", spec.mapping().defaultRole())
                    .param("mapping", JSON.writeValueAsString(spec.mapping().json()))
                    .param("inner", spec.innerNetwork())
                    .param("enabled", spec.enabled())
                    .update();
        } catch (DuplicateKeyException e) {
            throw WebException.invalid("name", "another provider has it");
        }
    }

    /** Whether the row was still of that version; who came from it keeps his account. */
    boolean delete(JdbcClient transaction, UUID id, long version) {
        return transaction
                        .sql("delete from identity_providers where id = ? and version = ?")
                        .params(id, version)
                        .update()
                == 1;
    }

    private static IdentityProvider provider(ResultSet row, @Nullable String secret)
            throws SQLException {
        var spec =
                new ProviderSpec(
                        row.getString("name"),
                        row.getString("issuer"),
                        row.getString("client_id"),
                        secret,
                        List.of((String[]) row.getArray("scopes").getArray()),
                        row.getString("groups_claim"),
                        RoleMapping.of(
                                JSON.readTree(row.getString("mapping")),
                                row.getString("default_role")),
                        row.getBoolean("inner_network"),
                        row.getBoolean("enabled"));
        return new IdentityProvider(
                row.getObject("id", UUID.class),
                row.getObject("tenant_id", UUID.class),
                spec,
                row.getLong("version"));
    }
}
