package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.PersonTransactions;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What an administrator does for a member who can not get in: a link by which he sets a new
 * password, and the removal of a second factor that was lost. Both open an account, so both are
 * bound by {@link RoleGrants#checkAccount}. Thread-safe.
 */
@Component
public class AccountRescue {
    public static final Duration GOOD_FOR = Duration.ofHours(1);

    private final JdbcClient jdbc;
    private final TenantTransactions tenants;
    private final PersonTransactions people;
    private final RoleGrants grants;
    private final Accounts accounts;
    private final WebSessions sessions;
    private final SignInThrottle throttle;
    private final AuditedChanges audit;
    private final InstantSource clock;

    AccountRescue(
            JdbcClient jdbc,
            TenantTransactions tenants,
            PersonTransactions people,
            RoleGrants grants,
            Accounts accounts,
            WebSessions sessions,
            SignInThrottle throttle,
            AuditedChanges audit,
            InstantSource clock) {
        this.jdbc = jdbc;
        this.tenants = tenants;
        this.people = people;
        this.grants = grants;
        this.accounts = accounts;
        this.sessions = sessions;
        this.throttle = throttle;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * A link that was just made.
     *
     * @param path in this application: it is not stored and can not be shown again
     */
    public record Link(UUID id, Instant expiresAt, String path) {}

    /** What a link says to who opens it. */
    public record Offer(UUID id, UUID tenantId, UUID userId, String username) {}

    /**
     * Makes a link by which the member sets a new password; those made before are worthless then.
     * Needs {@code user:manage}.
     *
     * @throws WebException NOT_FOUND, PERMISSION_DENIED
     */
    public Link createReset(Caller caller, String requestId, UUID userId) {
        UUID id = UUID.randomUUID();
        String token = OneTimeToken.draw();
        return audit.run(
                change(
                        caller,
                        requestId,
                        "password-reset.create",
                        userId,
                        "POST",
                        "password-reset"),
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    Instant expires = clock.instant().plus(GOOD_FOR);
                    tenants.in(
                            caller.tenantId(),
                            transaction -> {
                                grants.checkAccount(transaction, caller, userId);
                                revoke(transaction, userId);
                                return insert(transaction, caller, id, userId, token, expires);
                            });
                    return new Link(id, expires, "password-reset/" + token);
                });
    }

    private static int insert(
            JdbcClient transaction,
            Caller caller,
            UUID id,
            UUID userId,
            String token,
            Instant expires) {
        return transaction
                .sql(
                        """
                        insert into password_resets
                            (id, tenant_id, user_id, token_hash, made_by_name, expires_at)
                        values (?, ?, ?, ?, ?, ?)
                        """)
                .params(
                        id,
                        caller.tenantId(),
                        userId,
                        OneTimeToken.hash(token),
                        caller.name(),
                        at(expires))
                .update();
    }

    /**
     * Makes the member's open links worthless. Needs {@code user:manage}.
     *
     * @throws WebException NOT_FOUND when there is none
     */
    public void revokeReset(Caller caller, String requestId, UUID userId) {
        audit.run(
                change(
                        caller,
                        requestId,
                        "password-reset.revoke",
                        userId,
                        "DELETE",
                        "password-reset"),
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    int revoked =
                            tenants.in(
                                    caller.tenantId(), transaction -> revoke(transaction, userId));
                    if (revoked == 0) {
                        throw new WebException(ErrorCode.NOT_FOUND, "no open link");
                    }
                    return revoked;
                });
    }

    private static int revoke(JdbcClient transaction, UUID userId) {
        return transaction
                .sql(
                        """
                        update password_resets set revoked_at = now()
                        where user_id = ? and used_at is null and revoked_at is null
                            and expires_at > now()
                        """)
                .param(userId)
                .update();
    }

    /**
     * Removes the member's second factor and ends his sessions. Needs {@code user:manage}.
     *
     * @throws WebException NOT_FOUND when there is none, PERMISSION_DENIED
     */
    public void removeSecondFactor(Caller caller, String requestId, UUID userId) {
        audit.run(
                change(
                        caller,
                        requestId,
                        "second-factor.remove",
                        userId,
                        "DELETE",
                        "second-factor"),
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    tenants.in(
                            caller.tenantId(),
                            transaction -> {
                                grants.checkAccount(transaction, caller, userId);
                                return userId;
                            });
                    return people.in(
                            userId,
                            transaction -> {
                                if (SecondFactors.forget(transaction, userId) == 0) {
                                    throw new WebException(ErrorCode.NOT_FOUND, "no second factor");
                                }
                                return sessions.endAll(
                                        transaction, userId, null, WebSessions.End.REVOKED);
                            });
                });
    }

    /**
     * Whose password the link sets.
     *
     * @param address of who opened it: many wrong ones are slowed down
     * @return empty when it is not good, or no longer
     * @throws WebException RATE_LIMITED
     */
    public Optional<Offer> find(String token, String address) {
        var attempt = throttle.stranger(address);
        Optional<Offer> offer = find(token);
        if (offer.isPresent()) {
            throttle.succeeded(attempt);
        }
        return offer;
    }

    private Optional<Offer> find(String token) {
        if (!OneTimeToken.wellFormed(token)) {
            return Optional.empty();
        }
        return jdbc.sql("select * from find_password_reset(?) where expires_at > ?")
                .params(OneTimeToken.hash(token), at(clock.instant()))
                .query((row, _) ->
                        new Offer(
                                row.getObject("id", UUID.class),
                                row.getObject("tenant_id", UUID.class),
                                row.getObject("user_id", UUID.class),
                                row.getString("username")))
                .optional();
    }

    /** Why the password would be refused. */
    public Optional<PasswordRule.Problem> problem(Offer offer, String password) {
        return accounts.find(offer.userId())
                .flatMap(account -> accounts.problem(account, password));
    }

    /**
     * Sets the password and ends all sessions of the person. Nobody is signed in by that.
     *
     * @throws WebException NOT_FOUND when the link is not good any more; INVALID_REQUEST
     */
    public void usePassword(
            String token,
            String password,
            String requestId,
            @Nullable String address,
            @Nullable String userAgent) {
        Offer offer = find(token).orElseThrow(AccountRescue::spent);
        Accounts.checkNew(problem(offer, password));
        var caller =
                new Caller(
                        offer.tenantId(),
                        Caller.Kind.USER,
                        offer.userId().toString(),
                        offer.username(),
                        "link",
                        java.util.Set.of(),
                        address,
                        userAgent);
        audit.run(
                change(
                        caller,
                        requestId,
                        "password-reset.use",
                        offer.userId(),
                        "POST",
                        "password-reset"),
                () ->
                        tenants.in(
                                offer.tenantId(),
                                transaction -> {
                                    spend(transaction, offer);
                                    return people.in(
                                            offer.userId(), both -> set(both, offer, password));
                                }));
    }

    private int set(JdbcClient transaction, Offer offer, String password) {
        accounts.setPassword(transaction, offer.userId(), password);
        return sessions.endAll(transaction, offer.userId(), null, WebSessions.End.PASSWORD);
    }

    /** Of two who try, one does. */
    private static void spend(JdbcClient transaction, Offer offer) {
        int spent =
                transaction
                        .sql(
                                """
                                update password_resets set used_at = now()
                                where id = ? and used_at is null and revoked_at is null
                                """)
                        .param(offer.id())
                        .update();
        if (spent == 0) {
            throw spent();
        }
    }

    private static WebException spent() {
        return new WebException(ErrorCode.NOT_FOUND, "the link is not good, or not any more");
    }

    private static AuditedChanges.Change change(
            Caller caller,
            String requestId,
            String action,
            UUID userId,
            String method,
            String what) {
        return new AuditedChanges.Change(
                caller,
                requestId,
                action,
                "user",
                userId.toString(),
                method,
                "/api/v1/admin/users/" + userId + "/" + what,
                Map.of());
    }

    private static OffsetDateTime at(Instant moment) {
        return moment.atOffset(ZoneOffset.UTC);
    }
}
