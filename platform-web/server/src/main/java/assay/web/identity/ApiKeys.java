package assay.web.identity;

import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.FreshCache;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.web.util.matcher.IpAddressMatcher;
import org.springframework.stereotype.Component;

/**
 * API keys: made, and found again by what the client sends. Thread-safe. A key that was found is
 * kept until a signal tells of a change: a call costs no question to the database.
 */
@Component
public class ApiKeys {
    /** The kind of signal that tells of a key that changed, with its id. */
    public static final String CHANGED = "key";

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    /** Last use is for people; to the minute is enough, and spares a write for each call. */
    private static final Duration USE_GRAIN = Duration.ofMinutes(1);

    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final int REMEMBERED = 10_000;

    private final Map<UUID, Instant> lastUses =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(16, 0.75f, true) {
                        @Override
                        protected boolean removeEldestEntry(Map.Entry<UUID, Instant> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    private final JdbcClient jdbc;
    private final TenantTransactions transactions;
    private final Pepper pepper;
    private final InstantSource clock;
    private final DatabaseWatch watch;
    private final FreshCache<ByteBuffer, Found> fresh;
    private final KeptKeys kept;
    private final SecureRandom random = new SecureRandom();

    ApiKeys(
            JdbcClient jdbc,
            TenantTransactions transactions,
            DatabaseWatch watch,
            Signals signals,
            Pepper pepper,
            InstantSource clock,
            WebSettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.watch = watch;
        this.pepper = pepper;
        this.clock = clock;
        this.kept = new KeptKeys(settings.outage().rightsKept());
        this.fresh =
                new FreshCache<ByteBuffer, Found>(signals, KEPT, REMEMBERED)
                        .forgetOn(CHANGED, (key, id) -> key.id().toString().equals(id))
                        .forgetOn(Rights.TENANT, (key, id) -> key.tenantId().toString().equals(id));
    }

    /**
     * A key that is good now.
     *
     * @param expiresAt {@link Instant#MAX} for never
     * @param ownerId the person whose rights bound the key's; null for a key of the tenant
     * @param models that it is for; null for any
     * @param networks from which it may be used; empty for anywhere
     */
    record Found(
            UUID id,
            UUID tenantId,
            String name,
            Set<Permission> scopes,
            Instant expiresAt,
            @Nullable UUID ownerId,
            @Nullable Set<String> models,
            List<IpAddressMatcher> networks) {
        boolean goodFrom(String address) {
            return networks.isEmpty()
                    || networks.stream().anyMatch(network -> network.matches(address));
        }
    }

    /**
     * What a new key shall be.
     *
     * @param id of the row
     * @param createdBy who makes it
     * @param ownerId whose it is; null for the tenant's
     * @param expiresAt null for never
     * @param models null for any
     * @param networks null for anywhere; each an address or a range in CIDR notation
     * @param follows the key that it takes the place of
     */
    public record Draft(
            UUID id,
            String name,
            String description,
            Set<Permission> scopes,
            @Nullable UUID createdBy,
            @Nullable UUID ownerId,
            @Nullable Instant expiresAt,
            @Nullable List<String> models,
            @Nullable List<String> networks,
            @Nullable UUID follows) {
        /** A key of the tenant's without further bounds. */
        static Draft plain(String name, Set<Permission> scopes, @Nullable UUID createdBy) {
            return new Draft(
                    UUID.randomUUID(), name, "", scopes, createdBy, null, null, null, null, null);
        }
    }

    /**
     * Makes a key, in a transaction that is bound to the tenant.
     *
     * @return the key itself: it is not stored and can not be shown again
     */
    public String create(JdbcClient transaction, UUID tenantId, Draft draft) {
        String key = ApiKeyText.draw(random);
        Instant expires = draft.expiresAt();
        transaction
                .sql(
                        """
                        insert into api_keys
                            (id, tenant_id, name, description, prefix, key_hash, scopes, created_by,
                             owner_id, expires_at, models, networks, follows)
                        values (:id, :tenant, :name, :description, :prefix, :hash, :scopes, :creator,
                                :owner, :expires, :models, cast(:networks as cidr[]), :follows)
                        """)
                .param("id", draft.id())
                .param("tenant", tenantId)
                .param("name", draft.name())
                .param("description", draft.description())
                .param("prefix", ApiKeyText.prefix(key))
                .param("hash", pepper.hash(key))
                .param(
                        "scopes",
                        draft.scopes().stream().map(Permission::id).sorted().toArray(String[]::new))
                .param("creator", draft.createdBy())
                .param("owner", draft.ownerId())
                .param("expires", expires == null ? null : expires.atOffset(ZoneOffset.UTC))
                .param("models", array(draft.models()))
                .param("networks", array(draft.networks()))
                .param("follows", draft.follows())
                .update();
        return key;
    }

    public static String @Nullable [] array(@Nullable List<String> texts) {
        return texts == null ? null : texts.toArray(String[]::new);
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
            Optional<Found> found =
                    fresh.get(ByteBuffer.wrap(hash), () -> query(hash))
                            .filter(key -> key.expiresAt().isAfter(now));
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
                .query((row, _) -> found(row))
                .optional();
    }

    /**
     * A key that is or was one, and not necessarily good.
     *
     * @param id of its row; empty for what never was a key
     */
    record Claimed(UUID tenantId, String id, String name) {
        Caller caller(String address, @Nullable String userAgent) {
            return new Caller(
                    tenantId, Caller.Kind.API_KEY, id, name, "none", Set.of(), address, userAgent);
        }
    }

    /** Whose key it is, in whatever state; empty also while the database is gone. */
    Optional<Claimed> claimed(String sent) {
        if (!ApiKeyText.wellFormed(sent) || watch.away()) {
            return Optional.empty();
        }
        try {
            return jdbc.sql("select * from find_any_api_key(?)")
                    .param(pepper.hash(sent))
                    .query((row, _) ->
                            new Claimed(
                                    row.getObject("tenant_id", UUID.class),
                                    String.valueOf(row.getObject("id", UUID.class)),
                                    row.getString("name")))
                    .optional();
        } catch (RuntimeException e) {
            if (watch.lost(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** A key by its id, if it is good now: for what goes on after the call that brought it. */
    Optional<Found> find(UUID tenantId, UUID id) {
        return transactions.in(
                tenantId,
                transaction ->
                        transaction
                                .sql(
                                        """
                                        select k.id, k.tenant_id, k.name, k.scopes, k.expires_at,
                                            k.owner_id, k.models, k.networks::text[] as networks
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
        var models = row.getArray("models");
        return new Found(
                row.getObject("id", UUID.class),
                row.getObject("tenant_id", UUID.class),
                row.getString("name"),
                Permission.known(Rights.texts(row.getArray("scopes"))),
                expires == null ? Instant.MAX : expires.toInstant(),
                row.getObject("owner_id", UUID.class),
                models == null ? null : Set.copyOf(Rights.texts(models)),
                Rights.texts(row.getArray("networks")).stream()
                        .map(IpAddressMatcher::new)
                        .toList());
    }

    /** Noted beside the call, which does not wait for it. */
    private void used(Found key, Instant now) {
        Instant last = lastUses.get(key.id());
        if (last != null && last.plus(USE_GRAIN).isAfter(now)) {
            return;
        }
        lastUses.put(key.id(), now);
        Thread.ofVirtual().name("key-use").start(() -> note(key));
    }

    private void note(Found key) {
        try {
            transactions.in(
                    key.tenantId(),
                    transaction ->
                            transaction
                                    .sql("update api_keys set last_used_at = now() where id = ?")
                                    .param(key.id())
                                    .update());
        } catch (RuntimeException e) {
            LOG.debug("the last use of a key was not noted", e);
        }
    }
}
