package assay.web.identity;

import assay.web.tenancy.TenantTransactions;
import java.security.SecureRandom;
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
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** API keys: made, and found again by what the client sends. Thread-safe. */
@Component
class ApiKeys {
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
    private final SecureRandom random = new SecureRandom();

    ApiKeys(JdbcClient jdbc, TenantTransactions transactions, Pepper pepper, InstantSource clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.pepper = pepper;
        this.clock = clock;
    }

    /** A key that is good now. */
    record Found(UUID id, UUID tenantId, String name, Set<Permission> scopes) {}

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
     * index: its time tells nothing about the key.
     */
    Optional<Found> find(String sent) {
        if (!ApiKeyText.wellFormed(sent)) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Optional<Found> found =
                jdbc.sql("select * from find_api_key(?)")
                        .param(pepper.hash(sent))
                        .query((row, _) -> {
                            var expires = row.getObject("expires_at", OffsetDateTime.class);
                            boolean good =
                                    row.getObject("revoked_at") == null
                                            && (expires == null
                                                    || expires.toInstant().isAfter(now));
                            var scopes = (String[]) row.getArray("scopes").getArray();
                            return good
                                    ? Optional.of(
                                            new Found(
                                                    row.getObject("id", UUID.class),
                                                    row.getObject("tenant_id", UUID.class),
                                                    row.getString("name"),
                                                    permissions(scopes)))
                                    : Optional.<Found>empty();
                        })
                        .optional()
                        .flatMap(key -> key);
        found.ifPresent(key -> used(key, now));
        return found;
    }

    /** A key by its id, if it is good now: for what goes on after the call that brought it. */
    Optional<Found> find(UUID tenantId, UUID id) {
        return transactions.in(
                tenantId,
                transaction ->
                        transaction
                                .sql(
                                        """
                                        select k.id, k.tenant_id, k.name, k.scopes
                                        from api_keys k join tenants t on t.id = k.tenant_id
                                        where k.id = ? and t.state = 'active'
                                            and k.revoked_at is null
                                            and (k.expires_at is null or k.expires_at > ?)
                                        """)
                                .params(id, clock.instant().atOffset(ZoneOffset.UTC))
                                .query((row, _) ->
                                        new Found(
                                                row.getObject("id", UUID.class),
                                                row.getObject("tenant_id", UUID.class),
                                                row.getString("name"),
                                                permissions(
                                                        (String[])
                                                                row.getArray("scopes").getArray())))
                                .optional());
    }

    private void used(Found key, Instant now) {
        Instant last = lastUses.get(key.id());
        if (last != null && last.plus(USE_GRAIN).isAfter(now)) {
            return;
        }
        lastUses.put(key.id(), now);
        transactions.in(
                key.tenantId(),
                transaction ->
                        transaction
                                .sql("update api_keys set last_used_at = now() where id = ?")
                                .param(key.id())
                                .update());
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
