package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.Memberships;
import assay.web.identity.Permission;
import assay.web.identity.Rights;
import assay.web.tenancy.TenantTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Links by which people come into a tenant. Each is shown once, good once and for a week, and only
 * as long as who made it may still give its role. Thread-safe.
 */
@Component
public class Invitations {
    public static final Duration GOOD_FOR = Duration.ofDays(7);

    /** More at once are no list for people. */
    private static final int LISTED = 500;

    private static final int NAME_CHARS = 200;
    private static final int EMAIL_CHARS = 254;
    private static final Pattern EMAIL = Pattern.compile("[^\\s@]+@[^\\s@]+");
    private static final Pattern USERNAME = Pattern.compile("[\\p{L}\\p{N}._@+-]{1,100}");

    private final JdbcClient jdbc;
    private final TenantTransactions tenants;
    private final RoleGrants grants;
    private final Memberships memberships;
    private final Accounts accounts;
    private final Rights rights;
    private final SignInThrottle throttle;
    private final AuditedChanges audit;
    private final InstantSource clock;

    Invitations(
            JdbcClient jdbc,
            TenantTransactions tenants,
            RoleGrants grants,
            Memberships memberships,
            Accounts accounts,
            Rights rights,
            SignInThrottle throttle,
            AuditedChanges audit,
            InstantSource clock) {
        this.jdbc = jdbc;
        this.tenants = tenants;
        this.grants = grants;
        this.memberships = memberships;
        this.accounts = accounts;
        this.rights = rights;
        this.throttle = throttle;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * One that was just made.
     *
     * @param path of the link in this application: it is not stored and can not be shown again
     */
    public record Made(Invitation invitation, String path) {}

    /**
     * What a link says to who opens it.
     *
     * @param role a built-in role's id, or a custom role's
     */
    public record Offer(
            UUID id,
            UUID tenantId,
            String tenantName,
            String role,
            @Nullable String name,
            @Nullable String email,
            String invitedBy) {}

    /** Somebody without an account, as he wants to be known. */
    public record NewPerson(String username, String displayName, String password) {}

    // ------------------------------------------------------------ for who manages people

    /**
     * A role that may be given.
     *
     * @param id a built-in role's, or a custom role's
     * @param name what people call it; a built-in role's is its id
     */
    public record Grantable(String id, String name) {}

    /** The tenant's roles that the caller may give: the built-in ones first, then by name. */
    public List<Grantable> grantable(Caller caller) {
        caller.require(Permission.USER_MANAGE);
        return tenants.in(caller.tenantId(), transaction -> grants.grantable(transaction, caller));
    }

    /**
     * Makes a link. Needs {@code user:manage}.
     *
     * @param name and {@code email}: whom it is for; one of them at least
     * @throws WebException INVALID_REQUEST, PERMISSION_DENIED when the role may more than the
     *     caller
     */
    public Made create(
            Caller caller,
            String requestId,
            String role,
            @Nullable String name,
            @Nullable String email) {
        UUID id = UUID.randomUUID();
        String token = OneTimeToken.draw();
        return audit.run(
                change(caller, requestId, "invitation.create", id, Map.of("role", role), "POST"),
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    Instant now = clock.instant();
                    var invitation =
                            new Invitation(
                                    id,
                                    role,
                                    checked("name", name, NAME_CHARS),
                                    checkedEmail(email),
                                    caller.name(),
                                    now,
                                    now.plus(GOOD_FOR));
                    if (invitation.name() == null && invitation.email() == null) {
                        throw WebException.invalid(
                                "name", "missing (expected: a name or an e-mail address)");
                    }
                    tenants.in(
                            caller.tenantId(),
                            transaction -> {
                                grants.check(transaction, caller, role);
                                return insert(transaction, caller, invitation, token);
                            });
                    return new Made(invitation, "invitation/" + token);
                });
    }

    private static int insert(
            JdbcClient transaction, Caller caller, Invitation invitation, String token) {
        return transaction
                .sql(
                        """
                        insert into invitations (id, tenant_id, token_hash, role, name, email,
                            invited_by, invited_by_name, created_at, expires_at)
                        values (:id, :tenant, :hash, :role, :name, :email, :by, :byName, :now,
                            :until)
                        """)
                .param("id", invitation.id())
                .param("tenant", caller.tenantId())
                .param("hash", OneTimeToken.hash(token))
                .param("role", invitation.role())
                .param("name", invitation.name())
                .param("email", invitation.email())
                .param("by", giver(caller))
                .param("byName", invitation.invitedBy())
                .param("now", at(invitation.createdAt()))
                .param("until", at(invitation.expiresAt()))
                .update();
    }

    private static @Nullable UUID giver(Caller caller) {
        return caller.kind() == Caller.Kind.USER ? UUID.fromString(caller.id()) : caller.ownerId();
    }

    /** The open ones of the caller's tenant, newest first. Needs {@code user:manage}. */
    public List<Invitation> list(Caller caller) {
        caller.require(Permission.USER_MANAGE);
        return tenants.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        """
                                        select * from invitations
                                        where accepted_at is null and revoked_at is null
                                            and expires_at > ?
                                        order by created_at desc, id limit ?
                                        """)
                                .params(at(clock.instant()), LISTED)
                                .query((row, _) -> invitation(row))
                                .list());
    }

    /**
     * Makes a link worthless. Needs {@code user:manage}.
     *
     * @throws WebException NOT_FOUND when there is no such open one
     */
    public void revoke(Caller caller, String requestId, UUID id) {
        audit.run(
                change(caller, requestId, "invitation.revoke", id, Map.of(), "DELETE"),
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    return tenants.in(
                            caller.tenantId(),
                            transaction -> close(transaction, id, "revoked_at = now()"));
                });
    }

    /** Closes an open one; of two who try, one does. */
    private static int close(JdbcClient transaction, UUID id, String how) {
        int rows =
                transaction
                        .sql(
                                "update invitations set "
                                        + how
                                        + " where id = ? and accepted_at is null and revoked_at is"
                                        + " null")
                        .param(id)
                        .update();
        if (rows == 0) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such open invitation");
        }
        return rows;
    }

    // ------------------------------------------------------------ for who is invited

    /**
     * What the link offers.
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
        return jdbc.sql("select * from find_invitation(?) where expires_at > ?")
                .params(OneTimeToken.hash(token), at(clock.instant()))
                .query((row, _) ->
                        new Offer(
                                row.getObject("id", UUID.class),
                                row.getObject("tenant_id", UUID.class),
                                row.getString("tenant_name"),
                                row.getString("role"),
                                row.getString("name"),
                                row.getString("email"),
                                row.getString("invited_by_name")))
                .optional();
    }

    /** Why the password would be refused for who comes by this link. */
    public Optional<PasswordRule.Problem> problem(Offer offer, NewPerson person) {
        return PasswordRule.check(
                person.password(),
                List.of(person.username(), person.displayName(), offer.tenantName()));
    }

    /**
     * Makes an account and joins the tenant with it. Nobody is signed in by that.
     *
     * @throws WebException NOT_FOUND when the link is not good any more; INVALID_REQUEST
     */
    public void accept(
            String token,
            NewPerson person,
            String requestId,
            @Nullable String address,
            @Nullable String userAgent) {
        Offer offer = find(token).orElseThrow(Invitations::spent);
        String username = person.username().strip();
        if (!USERNAME.matcher(username).matches()) {
            throw WebException.invalid(
                    "user_name", "not a user name (expected: 1..100 letters, digits or . _ @ + -)");
        }
        String displayName = Accounts.checkName(person.displayName());
        Accounts.checkNew(problem(offer, person));
        UUID id = UUID.randomUUID();
        var caller =
                new Caller(
                        offer.tenantId(),
                        Caller.Kind.USER,
                        id.toString(),
                        displayName,
                        offer.role(),
                        Set.of(),
                        address,
                        userAgent);
        join(
                offer,
                caller,
                requestId,
                transaction ->
                        accounts.create(
                                transaction,
                                id,
                                username,
                                displayName,
                                free(transaction, offer.email()),
                                person.password()));
    }

    /** An address that another account has is not taken from it. */
    private static @Nullable String free(JdbcClient transaction, @Nullable String email) {
        return email == null
                        || transaction
                                .sql(
                                        "select exists (select from users where lower(email) ="
                                                + " lower(?))")
                                .param(email)
                                .query(Boolean.class)
                                .single()
                ? null
                : email;
    }

    /**
     * Joins the tenant with the caller's account.
     *
     * @return the tenant
     * @throws WebException NOT_FOUND when the link is not good any more; INVALID_REQUEST when he
     *     belongs to the tenant already
     */
    public UUID join(String token, Caller caller, String requestId) {
        UUID person = Accounts.person(caller);
        Offer offer = find(token).orElseThrow(Invitations::spent);
        if (rights.find(offer.tenantId(), person).isPresent()) {
            throw WebException.invalid(
                    "tenant", "you belong to it already (expected: another account)");
        }
        join(offer, in(offer.tenantId(), caller), requestId, _ -> {});
        return offer.tenantId();
    }

    private void join(Offer offer, Caller caller, String requestId, Consumer<JdbcClient> before) {
        audit.run(
                change(
                        caller,
                        requestId,
                        "invitation.accept",
                        offer.id(),
                        Map.of("role", offer.role()),
                        "POST"),
                () ->
                        tenants.in(
                                offer.tenantId(),
                                transaction -> {
                                    checkGiver(transaction, offer);
                                    before.accept(transaction);
                                    memberships.join(
                                            transaction,
                                            offer.tenantId(),
                                            UUID.fromString(caller.id()),
                                            offer.role());
                                    return close(
                                            transaction,
                                            offer.id(),
                                            "accepted_at = now(), accepted_by = '"
                                                    + caller.id()
                                                    + "'");
                                }));
    }

    private void checkGiver(JdbcClient transaction, Offer offer) {
        Optional<UUID> giver =
                transaction
                        .sql("select invited_by from invitations where id = ?")
                        .param(offer.id())
                        .query((row, _) -> Optional.ofNullable(row.getObject(1, UUID.class)))
                        .single();
        boolean good =
                giver.isEmpty()
                        ? grants.exists(transaction, offer.role())
                        : grants.stillGranted(
                                transaction, offer.tenantId(), giver.get(), offer.role());
        if (!good) {
            throw spent();
        }
    }

    /** The same person, acting in another tenant. */
    private static Caller in(UUID tenantId, Caller caller) {
        return new Caller(
                tenantId,
                caller.kind(),
                caller.id(),
                caller.name(),
                caller.role(),
                Set.of(),
                caller.sourceIp(),
                caller.userAgent());
    }

    private static WebException spent() {
        return new WebException(ErrorCode.NOT_FOUND, "the invitation is not good, or not any more");
    }

    private static @Nullable String checked(String field, @Nullable String text, int most) {
        if (text == null || text.isBlank()) {
            return null;
        }
        String stripped = text.strip();
        if (stripped.length() > most) {
            throw WebException.invalid(
                    field, stripped.length() + " characters (expected: 1.." + most + ")");
        }
        return stripped;
    }

    private static @Nullable String checkedEmail(@Nullable String text) {
        String email = checked("email", text, EMAIL_CHARS);
        if (email != null && !EMAIL.matcher(email).matches()) {
            throw WebException.invalid("email", "no e-mail address (expected: name@host)");
        }
        return email;
    }

    private static Invitation invitation(ResultSet row) throws SQLException {
        return new Invitation(
                row.getObject("id", UUID.class),
                row.getString("role"),
                row.getString("name"),
                row.getString("email"),
                row.getString("invited_by_name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }

    private static AuditedChanges.Change change(
            Caller caller,
            String requestId,
            String action,
            UUID id,
            Map<String, Object> details,
            String method) {
        return new AuditedChanges.Change(
                caller,
                requestId,
                action,
                "invitation",
                id.toString(),
                method,
                "/api/v1/admin/invitations",
                details);
    }

    private static OffsetDateTime at(Instant moment) {
        return moment.atOffset(ZoneOffset.UTC);
    }
}
