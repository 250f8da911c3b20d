package assay.web.audit;

import assay.web.identity.Rights;
import assay.web.identity.SealedSecrets;
import assay.web.tenancy.FreshCache;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The key of each tenant's content, AES-256, kept sealed in the database. It goes with the tenant:
 * from then on nobody reads what it sealed. Thread-safe.
 */
@Component
class ContentKeys {
    private static final String PURPOSE = "audit-content-key";
    private static final int KEY_BYTES = 32;
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final int REMEMBERED = 1000;

    private final TenantTransactions transactions;
    private final SealedSecrets secrets;
    private final FreshCache<UUID, Key> fresh;
    private final SecureRandom random = new SecureRandom();

    private record Key(UUID tenant, SecretKey key) {}

    ContentKeys(TenantTransactions transactions, SealedSecrets secrets, Signals signals) {
        this.transactions = transactions;
        this.secrets = secrets;
        this.fresh =
                new FreshCache<UUID, Key>(signals, KEPT, REMEMBERED)
                        .forgetOn(Rights.TENANT, (key, id) -> key.tenant().toString().equals(id));
    }

    /** The tenant's, if it has one. */
    Optional<SecretKey> find(UUID tenant) {
        return fresh.get(
                        tenant,
                        () -> transactions.in(tenant, transaction -> read(transaction, tenant)))
                .map(Key::key);
    }

    /** The tenant's; made where there is none. */
    SecretKey get(UUID tenant) {
        return find(tenant).orElseGet(() -> make(tenant));
    }

    private SecretKey make(UUID tenant) {
        byte[] drawn = new byte[KEY_BYTES];
        random.nextBytes(drawn);
        byte[] sealed = secrets.seal(PURPOSE, tenant, HexFormat.of().formatHex(drawn));
        return transactions
                .in(
                        tenant,
                        transaction -> {
                            transaction
                                    .sql(
                                            """
                                            insert into content_keys (tenant_id, sealed)
                                            values (:tenant, :sealed) on conflict do nothing
                                            """)
                                    .param("tenant", tenant)
                                    .param("sealed", sealed)
                                    .update();
                            return read(transaction, tenant); // another gateway's, if it was first
                        })
                .map(Key::key)
                .orElseThrow(() -> new IllegalStateException("a tenant's content key is missing"));
    }

    private Optional<Key> read(JdbcClient transaction, UUID tenant) {
        return transaction
                .sql("select sealed from content_keys where tenant_id = assay_tenant()")
                .query((row, _) -> row.getBytes(1))
                .optional()
                .map(sealed ->
                        new Key(
                                tenant,
                                new SecretKeySpec(
                                        HexFormat.of()
                                                .parseHex(secrets.open(PURPOSE, tenant, sealed)),
                                        "AES")));
    }
}
