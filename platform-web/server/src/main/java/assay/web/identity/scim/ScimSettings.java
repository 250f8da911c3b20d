package assay.web.identity.scim;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.RoleMapping;
import assay.web.identity.Roles;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * What administrators say of their directory: the tokens it comes with and the roles its groups
 * give. Every method needs {@code user:manage}. Thread-safe.
 */
@Component
public class ScimSettings {
    private static final String PATH = "/api/v1/admin/scim";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int NAME_CHARS = 100;
    private static final Duration LONGEST = Duration.ofDays(2 * 366);

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final ScimDirectory directory;
    private final ScimTokens tokens;
    private final Roles roles;
    private final InstantSource clock;

    ScimSettings(
            TenantTransactions transactions,
            AuditedChanges changes,
            ScimDirectory directory,
            ScimTokens tokens,
            Roles roles,
            InstantSource clock) {
        this.transactions = transactions;
        this.changes = changes;
        this.directory = directory;
        this.tokens = tokens;
        this.roles = roles;
        this.clock = clock;
    }

    /**
     * The tenant's mapping.
     *
     * @param version 0 before anything was set
     * @param users whom the directory has made here
     */
    public record Groups(RoleMapping mapping, long version, int users) {}

    /**
     * A token as it may be shown.
     *
     * @param prefix what people recognise it by
     */
    public record Token(
            UUID id,
            String name,
            String prefix,
            Instant createdAt,
            Instant expiresAt,
            @Nullable Instant revokedAt,
            @Nullable Instant lastUsedAt) {
        public boolean good(Instant now) {
            return revokedAt == null && expiresAt.isAfter(now);
        }
    }

    /**
     * A token just made.
     *
     * @param secret itself: it is not stored and can not be shown again
     */
    public record Made(Token token, String secret) {}

    public Groups groups(Caller caller) {
        caller.require(Permission.USER_MANAGE);
        return transactions.in(caller.tenantId(), ScimSettings::read);
    }

    private static Groups read(JdbcClient transaction) {
        long version =
                transaction
                        .sql("select version from scim_settings")
                        .query(Long.class)
                        .optional()
                        .orElse(0L);
        return new Groups(mapping(transaction), version, UserStore.count(transaction));
    }

    /** The mapping in force, in a transaction bound to the tenant. */
    static RoleMapping mapping(JdbcClient transaction) {
        return transaction
                .sql("select mapping, default_role from scim_settings")
                .query((row, _) ->
                        RoleMapping.of(JSON.readTree(row.getString(1)), row.getString(2)))
                .optional()
                .orElse(RoleMapping.NONE);
    }

    /**
     * Sets the mapping; everybody whom the directory knows gets the role it gives now.
     *
     * @param version that the caller has seen, or {@link Versions#ANY}
     * @throws WebException VERSION_CONFLICT, NOT_GRANTABLE when it gives a role that the caller may
     *     not grant
     */
    public Groups setGroups(Caller caller, String requestId, long version, RoleMapping mapping) {
        var change =
                change(
                        caller,
                        requestId,
                        "scim.map",
                        caller.tenantId().toString(),
                        "PUT",
                        PATH + "/groups",
                        Map.of("rules", mapping.rules().size()));
        return changes.run(
                change,
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    return transactions.in(
                            caller.tenantId(),
                            transaction -> {
                                mapping.roles()
                                        .forEach(each ->
                                                roles.checkGrantable(transaction, caller, each));
                                write(transaction, caller.tenantId(), version, mapping);
                                directory.settleAll(transaction, caller.tenantId());
                                return read(transaction);
                            });
                });
    }

    private static void write(
            JdbcClient transaction, UUID tenantId, long version, RoleMapping mapping) {
        transaction
                .sql(
                        "insert into scim_settings (tenant_id, version) values (?, 0)"
                                + " on conflict do nothing")
                .param(tenantId)
                .update();
        long now =
                transaction
                        .sql("select version from scim_settings for update")
                        .query(Long.class)
                        .single();
        Versions.check(version, now);
        transaction
                .sql(
                        """
                        update scim_settings set mapping = :mapping::jsonb, default_role = :role,
                            version = version + 1
                        """)
                .param("mapping", JSON.writeValueAsString(mapping.json()))
                .param("role", mapping.defaultRole())
                .update();
    }

    /** All tokens, newest first. */
    public List<Token> tokens(Caller caller) {
        caller.require(Permission.USER_MANAGE);
        return transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql("select * from scim_tokens order by created_at desc, id")
                                .query((row, _) ->
                                        new Token(
                                                row.getObject("id", UUID.class),
                                                row.getString("name"),
                                                row.getString("prefix"),
                                                row.getObject("created_at", OffsetDateTime.class)
                                                        .toInstant(),
                                                row.getObject("expires_at", OffsetDateTime.class)
                                                        .toInstant(),
                                                instant(
                                                        row.getObject(
                                                                "revoked_at",
                                                                OffsetDateTime.class)),
                                                instant(
                                                        row.getObject(
                                                                "last_used_at",
                                                                OffsetDateTime.class))))
                                .list());
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    /**
     * @param lasts how long it is good, a day to two years
     */
    public Made createToken(Caller caller, String requestId, String name, Duration lasts) {
        var change =
                change(
                        caller,
                        requestId,
                        "scim.token.create",
                        name,
                        "POST",
                        PATH + "/tokens",
                        Map.of("days", lasts.toDays()));
        return changes.run(
                change,
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    String label = name.strip();
                    if (label.isEmpty() || label.length() > NAME_CHARS) {
                        throw WebException.invalid(
                                "name",
                                label.length() + " characters (expected: 1.." + NAME_CHARS + ")");
                    }
                    if (lasts.toDays() < 1 || lasts.compareTo(LONGEST) > 0) {
                        throw WebException.invalid(
                                "days",
                                lasts.toDays() + " (expected: 1.." + LONGEST.toDays() + ")");
                    }
                    Instant now = clock.instant();
                    String secret = tokens.draw();
                    var token =
                            new Token(
                                    UUID.randomUUID(),
                                    label,
                                    ScimTokens.prefix(secret),
                                    now,
                                    now.plus(lasts),
                                    null,
                                    null);
                    UUID creator =
                            caller.kind() == Caller.Kind.USER ? UUID.fromString(caller.id()) : null;
                    transactions.in(
                            caller.tenantId(),
                            transaction ->
                                    transaction
                                            .sql(
                                                    """
                                                    insert into scim_tokens (id, tenant_id, name, prefix,
                                                        token_hash, created_by, expires_at)
                                                    values (:id, :tenant, :name, :prefix, :hash, :creator, :expires)
                                                    """)
                                            .param("id", token.id())
                                            .param("tenant", caller.tenantId())
                                            .param("name", label)
                                            .param("prefix", token.prefix())
                                            .param("hash", tokens.hash(secret))
                                            .param("creator", creator)
                                            .param(
                                                    "expires",
                                                    token.expiresAt().atOffset(ZoneOffset.UTC))
                                            .update());
                    return new Made(token, secret);
                });
    }

    /**
     * Ends a token at once.
     *
     * @throws WebException NOT_FOUND
     */
    public void revokeToken(Caller caller, String requestId, UUID id) {
        var change =
                change(
                        caller,
                        requestId,
                        "scim.token.revoke",
                        id.toString(),
                        "DELETE",
                        PATH + "/tokens/" + id,
                        Map.of());
        changes.run(
                change,
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    int rows =
                            transactions.in(
                                    caller.tenantId(),
                                    transaction ->
                                            transaction
                                                    .sql(
                                                            "update scim_tokens set revoked_at ="
                                                                    + " coalesce(revoked_at, now())"
                                                                    + " where id = ?")
                                                    .param(id)
                                                    .update());
                    if (rows == 0) {
                        throw new WebException(ErrorCode.NOT_FOUND, "no such token");
                    }
                    return id;
                });
    }

    private static AuditedChanges.Change change(
            Caller caller,
            String requestId,
            String action,
            String objectId,
            String method,
            String path,
            Map<String, Object> details) {
        return new AuditedChanges.Change(
                caller, requestId, action, "scim", objectId, method, path, details);
    }
}
