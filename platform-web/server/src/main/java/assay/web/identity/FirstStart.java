package assay.web.identity;

import assay.web.PrivateFile;
import assay.web.WebSettings;
import assay.web.tenancy.TenantTransactions;
import assay.web.tenancy.Tenants;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Makes the first tenant, its administrator and a developer's key, once in a database's life and
 * before anything listens.
 */
@Component
class FirstStart implements SmartInitializingSingleton {
    private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);

    /** Any number, the same in all copies: two that start together must not both be first. */
    private static final long LOCK = 0x61737361_79303031L;

    private final WebSettings.Bootstrap bootstrap;
    private final Tenants tenants;
    private final TenantTransactions transactions;
    private final Users users;
    private final Memberships memberships;
    private final ApiKeys keys;

    FirstStart(
            WebSettings settings,
            Tenants tenants,
            TenantTransactions transactions,
            Users users,
            Memberships memberships,
            ApiKeys keys) {
        this.bootstrap = settings.bootstrap();
        this.tenants = tenants;
        this.transactions = transactions;
        this.users = users;
        this.memberships = memberships;
        this.keys = keys;
    }

    @Override
    public void afterSingletonsInstantiated() {
        UUID tenantId = UUID.randomUUID();
        transactions.in(tenantId, transaction -> make(transaction, tenantId));
    }

    private boolean make(JdbcClient transaction, UUID tenantId) {
        transaction
                .sql("select pg_advisory_xact_lock(?)::text")
                .param(LOCK)
                .query(String.class)
                .single();
        if (!tenants.none()) {
            return false;
        }
        tenants.create(transaction, tenantId, "default", "Default", true);
        UUID admin = null;
        if (bootstrap.adminPasswordFile() != null) {
            admin = UUID.randomUUID();
            users.create(transaction, admin, "admin", read(bootstrap.adminPasswordFile()));
            users.makeOperator(transaction, admin);
            memberships.join(transaction, tenantId, admin, Role.ADMIN.id());
        }
        if (bootstrap.apiKeyFile() != null) {
            var scopes =
                    EnumSet.of(
                            Permission.INFERENCE_INVOKE,
                            Permission.VERIFICATION_RUN,
                            Permission.BATCH_RUN,
                            Permission.MODEL_READ,
                            Permission.NODE_READ);
            String key =
                    keys.create(
                            transaction, tenantId, ApiKeys.Draft.plain("first key", scopes, admin));
            // Within the transaction: a key that could not be handed over is not made.
            write(bootstrap.apiKeyFile(), key);
        }
        LOG.info("first start: made the tenant, its administrator and a key");
        return true;
    }

    private static String read(Path file) {
        try {
            String password = Files.readString(file).strip();
            if (password.isEmpty()) {
                throw new IllegalStateException(file + ": empty (expected: a password)");
            }
            return password;
        } catch (IOException e) {
            throw new UncheckedIOException("the administrator's password: " + file, e);
        }
    }

    private static void write(Path file, String key) {
        try {
            PrivateFile.write(file, key + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the first API key: " + file, e);
        }
    }
}
