package assay.web.identity;

import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** API keys: made, and found again by what the client sends. Thread-safe. */
@Component
class ApiKeys {
    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    /** Last use is for people; to the minute is enough, and spares a write for each call. */
    private static final Duration USE_GRAIN = Duration.ofMinutes(1);

    private static final int USES_REMEMBERED = 10_000;

    private final Map<UUID, Instant> lastUses =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(16, 0.75f, true) {
                        @Override
                        protected boolean removeEldestEntry(Map.Entry<UUID, Instant> eldest) {
                            return size() > USES_REMEMBERED;
                        }
                    });

    private final JdbcClient jdbc;
    private final TenantTransactions transactions;
    private final Pepper pepper;
    private final InstantSource clock;
    private final DatabaseWatch watch;
    private final KeptKeys kept;
    private final SecureRandom random = new SecureRandom();

    ApiKeys(
            JdbcClient jdbc,
            TenantTransactions transactions,
            DatabaseWatch watch,
            Pepper pepper,
            InstantSource clock,
            WebSettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.watch = watch;
        this.pepper = pepper;
        this.clock = clock;
        this.kept = new KeptKeys(settings.outage().rightsKept());
    }

    /**
     * A key that is good now.
     *
     * @param expiresAt {@link Instant#MAX} for never
     */
    record Found(UUID id, UUID tenantId, String name, Set<Permission> scopes, Instant expiresAt) {}

    /**
     * Makes a key, in a transaction that is bound to the tenant.
     *
     * @return the key itself: it is not stored and can not be shown again
     */
    String create(
            JdbcClient transaction,
            UUID tenantId,
            String name,
            Set<Permission> scopes,
            @Nullable UUID createdBy) {
        String key = ApiKeyText.draw(random);
        transaction
                .sql(
                        """
                        insert into api_keys
                            (id, tenant_id, name, prefix, key_hash, scopes, created_by)
                        values (:id, :tenant, :name, :prefix, :hash, :scopes, :creator)
                        """)
                .param("id", UUID.randomUUID())
                .param("tenant", tenantId)
                .param("name", name)
                .param("prefix", ApiKeyText.prefix(key))
                .param("hash", pepper.hash(key))
                .param(
                        "scopes",
                        scopes.stream().map(Permission::id).sorted().toArray(String[]::new))
                .param("creator", createdBy)
                .update();
        return key;
    }

    /**
     * The key that the client sent, if it is one and good. The look-up is by a keyed hash in an
     * index: its time tells nothing about the key. While the database is gone, keys that it
     * confirmed a while ago are good.
     *
     * @throws WebException DATABASE_AWAY when it is gone and the key is not known from before
     */
    Optional<Found> find(String sent) {
        if (!ApiKeyText.wellFormed(sent)) {
            return Optional.empty();
        }
        byte[] hash = pepper.hash(sent);
        Instant now = clock.instant();
        if (watch.away()) {
            return kept(hash, now, null);
        }
        try {
            Optional<Found> found = query(hash).filter(key -> key.expiresAt().isAfter(now));
            found.ifPresentOrElse(key -> kept.confirm(hash, key, now), () -> kept.forget(hash));
            found.ifPresent(key -> used(key, now));
            return found;
        } catch (RuntimeException e) {
            if (watch.lost(e)) {
                return kept(hash, now, e);
            }
            throw e;
        }
    }

    /** Nobody is told that a key is wrong by someone who can not know. */
    private Optional<Found> kept(byte[] hash, Instant now, @Nullable Throwable cause) {
        Optional<Found> key = kept.find(hash, now);
        if (key.isEmpty()) {
            throw DatabaseWatch.unavailable(cause);
        }
        return key;
    }

    private Optional<Found> query(byte[] hash) {
        return jdbc.sql("select * from find_api_key(?)")
                .param(hash)
                .query((row, _) ->
                        row.getObject("revoked_at") == null
                                ? Optional.of(found(row))
                                : Optional.<Found>empty())
                .optional()
                .flatMap(key -> key);
    }

    /** A key by its id, if it is good now: for what goes on after the call that brought it. */
    Optional<Found> find(UUID tenantId, UUID id) {
        return transactions.in(
                tenantId,
                transaction ->
                        transaction
                                .sql(
                                        """
                                        select k.id, k.tenant_id, k.name, k.scopes, k.expires_at
                                        from api_keys k join tenants t on t.id = k.tenant_id
                                        where k.id = ? and t.state = 'active'
                                            and k.revoked_at is null
                                            and (k.expires_at is null or k.expires_at > ?)
                                        """)
                                .params(id, clock.instant().atOffset(ZoneOffset.UTC))
                                .query((row, _) -> found(row))
                                .optional());
    }

    private static Found found(ResultSet row) throws SQLException {
        var expires = row.getObject("expires_at", OffsetDateTime.class);
        return new Found(
                row.getObject("id", UUID.class),
                row.getObject("tenant_id", UUID.class),
                row.getString("name"),
                permissions((String[]) row.getArray("scopes").getArray()),
                expires == null ? Instant.MAX : expires.toInstant());
    }

    private void used(Found key, Instant now) {
        Instant last = lastUses.get(key.id());
        if (last != null && last.plus(USE_GRAIN).isAfter(now)) {
            return;
        }
        lastUses.put(key.id(), now);
        try {
            transactions.in(
                    key.tenantId(),
                    transaction ->
                            transaction
                                    .sql("update api_keys set last_used_at = now() where id = ?")
                                    .param(key.id())
                                    .update());
        } catch (WebException e) {
            LOG.debug("the last use of a key was not noted", e);
        }
    }

    /** A scope that this version does not know gives nothing. */
    private static Set<Permission> permissions(String[] ids) {
        Set<String> given = Set.of(ids);
        var permissions = EnumSet.noneOf(Permission.class);
        for (Permission permission : Permission.values()) {
            if (given.contains(permission.id())) {
                permissions.add(permission);
            }
        }
        return permissions;
    }
}
