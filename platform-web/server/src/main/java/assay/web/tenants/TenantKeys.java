package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.Versions;
import assay.web.identity.ApiKeys;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.Roles;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The API keys of a tenant: a person's own, which never can do more than he may, and the tenant's.
 * With key:own a caller sees and makes his own, with key:manage all. Thread-safe.
 */
@Component
public class TenantKeys {
    private static final String PATH = "/keys";
    private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);
    private static final int MOST_NETWORKS = 50;
    private static final int MOST_MODELS = 100;
    private static final String COLUMNS =
            """
            select k.*, k.networks::text[] as ranges, u.username as owner_name
            from api_keys k left join users u on u.id = k.owner_id
            """;

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final ApiKeys keys;
    private final Roles roles;
    private final Signals signals;
    private final InstantSource clock;

    TenantKeys(
            TenantTransactions transactions,
            AuditedChanges changes,
            ApiKeys keys,
            Roles roles,
            Signals signals,
            InstantSource clock) {
        this.transactions = transactions;
        this.changes = changes;
        this.keys = keys;
        this.roles = roles;
        this.signals = signals;
        this.clock = clock;
    }

    /** What becomes of a key. */
    public enum State {
        GOOD,
        EXPIRED,
        REVOKED
    }

    /**
     * A key, without the key.
     *
     * @param prefix what people recognise it by
     * @param ownerId null for the tenant's
     * @param models null for any
     * @param networks null for anywhere
     * @param follows the key that it took the place of
     */
    public record Entry(
            UUID id,
            String name,
            String description,
            String prefix,
            Set<Permission> scopes,
            @Nullable UUID ownerId,
            @Nullable String ownerName,
            @Nullable List<String> models,
            @Nullable List<String> networks,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable Instant revokedAt,
            @Nullable Instant lastUsedAt,
            @Nullable UUID follows,
            long version) {
        public State state(Instant now) {
            if (revokedAt != null) {
                return State.REVOKED;
            }
            return expiresAt != null && !expiresAt.isAfter(now) ? State.EXPIRED : State.GOOD;
        }
    }

    /**
     * What a key shall be.
     *
     * @param tenants whether it is the tenant's, and nobody's in person
     */
    public record Draft(
            String name,
            String description,
            Set<Permission> scopes,
            @Nullable List<String> models,
            @Nullable List<String> networks,
            @Nullable Instant expiresAt,
            boolean tenants) {
        public Draft {
            name = name.strip();
            description = description.strip();
            if (name.isEmpty() || name.length() > 100) {
                throw WebException.invalid("name", "expected: 1..100 characters");
            }
            if (description.length() > 500) {
                throw WebException.invalid("description", "expected: at most 500 characters");
            }
            if (scopes.isEmpty()) {
                throw WebException.invalid("scopes", "expected: one or more permissions");
            }
            if (models != null && (models.isEmpty() || models.size() > MOST_MODELS)) {
                throw WebException.invalid("models", "expected: 1..100 names, or null for any");
            }
            if (networks != null && (networks.isEmpty() || networks.size() > MOST_NETWORKS)) {
                throw WebException.invalid(
                        "networks", "expected: 1..50 addresses or ranges, or null for anywhere");
            }
            scopes = Set.copyOf(scopes);
        }
    }

    /**
     * A key that was made.
     *
     * @param secret the key itself: shown this once
     */
    public record Made(Entry entry, String secret) {}

    /**
     * Keys, the newest first.
     *
     * @param search part of name, prefix or owner; empty for all
     * @param all also those that are revoked or expired
     */
    public List<Entry> list(Caller caller, String search, boolean all, int limit) {
        requireOwn(caller);
        return transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        COLUMNS
                                                + """
                                                where (cast(:owner as uuid) is null or k.owner_id = :owner)
                                                    and (:all or (k.revoked_at is null
                                                        and (k.expires_at is null or k.expires_at > now())))
                                                    and (position(lower(:search) in lower(k.name)) > 0
                                                        or position(:search in k.prefix) > 0
                                                        or position(lower(:search) in lower(u.username)) > 0)
                                                order by k.created_at desc, k.id limit :limit
                                                """)
                                .param("owner", seesAll(caller) ? null : person(caller))
                                .param("all", all)
                                .param("search", search.strip())
                                .param("limit", limit)
                                .query((row, _) -> entry(row))
                                .list());
    }

    /**
     * @throws WebException NOT_FOUND, also for somebody else's without key:manage
     */
    public Entry find(Caller caller, UUID id) {
        return transactions.in(caller.tenantId(), transaction -> visible(transaction, caller, id));
    }

    /**
     * @throws WebException NOT_GRANTABLE when the caller lacks one of the scopes
     */
    public Made create(AdminCall call, Draft draft) {
        UUID id = UUID.randomUUID();
        var change =
                call.change(
                        "key.create",
                        "key",
                        id.toString(),
                        "POST",
                        PATH,
                        "name",
                        draft.name(),
                        "scopes",
                        TenantRoles.ids(draft.scopes()));
        return changes.inTransaction(
                change,
                transaction -> {
                    Caller caller = call.caller();
                    requireOwn(caller);
                    if (draft.tenants()) {
                        caller.require(Permission.KEY_MANAGE);
                    }
                    roles.checkGrantable(caller, draft.scopes());
                    checkExpiry(draft.expiresAt());
                    UUID owner = draft.tenants() ? null : person(caller);
                    return make(transaction, caller, id, draft, owner, null);
                });
    }

    private void checkExpiry(@Nullable Instant expiresAt) {
        if (expiresAt != null && !expiresAt.isAfter(clock.instant())) {
            throw WebException.invalid("expires_at", "expected: a time to come");
        }
    }

    private Made make(
            JdbcClient transaction,
            Caller caller,
            UUID id,
            Draft draft,
            @Nullable UUID owner,
            @Nullable UUID follows) {
        try {
            String secret =
                    keys.create(
                            transaction,
                            caller.tenantId(),
                            new ApiKeys.Draft(
                                    id,
                                    draft.name(),
                                    draft.description(),
                                    draft.scopes(),
                                    caller.kind() == Caller.Kind.USER
                                            ? UUID.fromString(caller.id())
                                            : caller.ownerId(),
                                    owner,
                                    draft.expiresAt(),
                                    draft.models(),
                                    draft.networks(),
                                    follows));
            return new Made(read(transaction, id), secret);
        } catch (DataIntegrityViolationException e) {
            throw noNetwork(e);
        }
    }

    /** The database knows best what an address is. */
    private static WebException noNetwork(DataIntegrityViolationException cause) {
        return new WebException(
                ErrorCode.INVALID_REQUEST,
                "networks: not all are addresses or ranges (expected: like 192.0.2.0/24)",
                java.util.Map.of("networks", "expected: like 192.0.2.0/24"),
                null,
                cause);
    }

    /** Changes what it is called, what it may, and from where. Whose it is stays. */
    public Entry change(AdminCall call, UUID id, long seen, Draft draft) {
        var change =
                call.change(
                        "key.change",
                        "key",
                        id.toString(),
                        "PATCH",
                        PATH + "/" + id,
                        "name",
                        draft.name(),
                        "scopes",
                        TenantRoles.ids(draft.scopes()));
        return changes.inTransaction(
                change,
                transaction -> {
                    Entry before = lock(transaction, call.caller(), id, seen);
                    checkGood(before);
                    var added = java.util.EnumSet.copyOf(draft.scopes());
                    added.removeAll(before.scopes());
                    roles.checkGrantable(call.caller(), added);
                    if (!java.util.Objects.equals(draft.expiresAt(), before.expiresAt())) {
                        checkExpiry(draft.expiresAt());
                    }
                    update(transaction, id, draft);
                    signals.send(transaction, ApiKeys.CHANGED, id.toString());
                    return read(transaction, id);
                });
    }

    private static void update(JdbcClient transaction, UUID id, Draft draft) {
        Instant expires = draft.expiresAt();
        try {
            transaction
                    .sql(
                            """
                            update api_keys set name = :name, description = :description,
                                scopes = :scopes, models = :models,
                                networks = cast(:networks as cidr[]), expires_at = :expires,
                                version = version + 1
                            where id = :id
                            """)
                    .param("id", id)
                    .param("name", draft.name())
                    .param("description", draft.description())
                    .param("scopes", TenantRoles.ids(draft.scopes()).toArray(String[]::new))
                    .param("models", ApiKeys.array(draft.models()))
                    .param("networks", ApiKeys.array(draft.networks()))
                    .param("expires", expires == null ? null : expires.atOffset(ZoneOffset.UTC))
                    .update();
        } catch (DataIntegrityViolationException e) {
            throw noNetwork(e);
        }
    }

    /**
     * Makes a key that is as this one, which stays good for a while so that programs can change
     * over.
     *
     * @param overlap zero to 30 days
     */
    public Made rotate(AdminCall call, UUID id, long seen, Duration overlap) {
        if (overlap.isNegative() || overlap.compareTo(LONGEST_OVERLAP) > 0) {
            throw WebException.invalid("overlap_seconds", "expected: 0..2592000");
        }
        UUID next = UUID.randomUUID();
        var change =
                call.change(
                        "key.rotate",
                        "key",
                        id.toString(),
                        "POST",
                        PATH + "/" + id + "/rotate",
                        "next",
                        next.toString(),
                        "overlap_seconds",
                        overlap.toSeconds());
        return changes.inTransaction(
                change,
                transaction -> {
                    Entry before = lock(transaction, call.caller(), id, seen);
                    checkGood(before);
                    Made made =
                            make(
                                    transaction,
                                    call.caller(),
                                    next,
                                    new Draft(
                                            before.name(),
                                            before.description(),
                                            before.scopes(),
                                            before.models(),
                                            before.networks(),
                                            before.expiresAt(),
                                            before.ownerId() == null),
                                    before.ownerId(),
                                    id);
                    transaction
                            .sql(
                                    """
                                    update api_keys set version = version + 1,
                                        expires_at = least(expires_at, :until),
                                        revoked_at = case when :now then now() end
                                    where id = :id
                                    """)
                            .param("until", clock.instant().plus(overlap).atOffset(ZoneOffset.UTC))
                            .param("now", overlap.isZero())
                            .param("id", id)
                            .update();
                    signals.send(transaction, ApiKeys.CHANGED, id.toString());
                    return made;
                });
    }

    /** Ends it, on all gateways within the second. */
    public void revoke(AdminCall call, UUID id, long seen) {
        var change = call.change("key.revoke", "key", id.toString(), "DELETE", PATH + "/" + id);
        changes.inTransaction(
                change,
                transaction -> {
                    Entry before = lock(transaction, call.caller(), id, seen);
                    if (before.revokedAt() != null) {
                        return 0; // done twice is done
                    }
                    signals.send(transaction, ApiKeys.CHANGED, id.toString());
                    return transaction
                            .sql(
                                    "update api_keys set revoked_at = now(), version = version + 1"
                                            + " where id = ?")
                            .param(id)
                            .update();
                });
    }

    private void checkGood(Entry key) {
        if (key.state(clock.instant()) != State.GOOD) {
            throw new WebException(ErrorCode.NOT_FOUND, "the key is no longer good");
        }
    }

    private static void requireOwn(Caller caller) {
        if (!seesAll(caller)) {
            caller.require(Permission.KEY_OWN);
        }
    }

    private static boolean seesAll(Caller caller) {
        return caller.may(Permission.KEY_MANAGE);
    }

    /** The person that the caller is, or that his key acts for. */
    private static UUID person(Caller caller) {
        if (caller.kind() == Caller.Kind.USER) {
            return UUID.fromString(caller.id());
        }
        UUID owner = caller.ownerId();
        if (owner == null) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED,
                    "a key of the tenant is nobody's: it makes keys of the tenant alone, with"
                            + " key:manage");
        }
        return owner;
    }

    private static Entry lock(JdbcClient transaction, Caller caller, UUID id, long seen) {
        transaction
                .sql("select id from api_keys where id = ? for update")
                .param(id)
                .query(UUID.class)
                .optional();
        Entry key = visible(transaction, caller, id);
        Versions.check(seen, key.version());
        return key;
    }

    private static Entry visible(JdbcClient transaction, Caller caller, UUID id) {
        requireOwn(caller);
        Entry key = read(transaction, id);
        if (!seesAll(caller) && !person(caller).equals(key.ownerId())) {
            throw missing();
        }
        return key;
    }

    private static Entry read(JdbcClient transaction, UUID id) {
        return transaction
                .sql(COLUMNS + " where k.id = ?")
                .param(id)
                .query((row, _) -> entry(row))
                .optional()
                .orElseThrow(TenantKeys::missing);
    }

    private static WebException missing() {
        return new WebException(ErrorCode.NOT_FOUND, "no such key");
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getObject("id", UUID.class),
                row.getString("name"),
                row.getString("description"),
                row.getString("prefix"),
                Permission.known(List.of((String[]) row.getArray("scopes").getArray())),
                row.getObject("owner_id", UUID.class),
                row.getString("owner_name"),
                texts(row.getArray("models")),
                texts(row.getArray("ranges")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row, "expires_at"),
                instant(row, "revoked_at"),
                instant(row, "last_used_at"),
                row.getObject("follows", UUID.class),
                row.getLong("version"));
    }

    private static @Nullable List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? null : List.of((String[]) array.getArray());
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
