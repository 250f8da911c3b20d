package assay.web.identity.federation;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.DirectoryAccounts;
import assay.web.identity.Rights;
import assay.web.tenancy.TenantTransactions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Who somebody is here whom a provider vouches for. Goals: nobody gets in without a role that the
 * mapping gives, and nobody gets into an account that is not his. Constraints: an account that has
 * a password is only ever reached by a link that its own person made while signed in; an e-mail or
 * name that is the same proves nothing. Thread-safe.
 */
@Component
class ExternalPeople {
    private static final Logger LOG = LoggerFactory.getLogger(ExternalPeople.class);
    private static final int NAME_CHARS = 200;

    private final TenantTransactions transactions;
    private final DirectoryAccounts accounts;
    private final Rights rights;
    private final AuditedChanges changes;

    ExternalPeople(
            TenantTransactions transactions,
            DirectoryAccounts accounts,
            Rights rights,
            AuditedChanges changes) {
        this.transactions = transactions;
        this.accounts = accounts;
        this.rights = rights;
        this.changes = changes;
    }

    /**
     * What a provider says of somebody.
     *
     * @param name what he is called there
     */
    record Claims(String subject, String name, String displayName, List<String> groups) {
        Claims {
            groups = List.copyOf(groups);
        }

        /** From the ID token and the user info. */
        static Claims of(Map<String, Object> claims, String groupsClaim) {
            String subject = text(claims, "sub");
            if (subject == null) {
                throw new IllegalArgumentException("sub: missing");
            }
            String name = first(claims, subject, "preferred_username", "email");
            return new Claims(
                    subject,
                    name,
                    first(claims, name, "name", "given_name"),
                    groups(claims, groupsClaim));
        }

        private static String first(Map<String, Object> claims, String otherwise, String... names) {
            for (String each : names) {
                String text = text(claims, each);
                if (text != null && !text.isBlank()) {
                    return text.length() <= NAME_CHARS ? text : text.substring(0, NAME_CHARS);
                }
            }
            return otherwise;
        }

        private static @Nullable String text(Map<String, Object> claims, String name) {
            return claims.get(name) instanceof String text ? text : null;
        }

        /** A claim of that very name, or else the way through inner objects. */
        private static List<String> groups(Map<String, Object> claims, String path) {
            Object value = claims.get(path);
            if (value == null) {
                value = claims;
                for (String each : path.split("\\.", -1)) {
                    value = value instanceof Map<?, ?> inner ? inner.get(each) : null;
                }
            }
            List<String> groups = new ArrayList<>();
            if (value instanceof Collection<?> list) {
                list.forEach(each -> groups.add(String.valueOf(each)));
            } else if (value instanceof String one) {
                groups.add(one);
            }
            return groups;
        }
    }

    /** What became of a sign-in. */
    sealed interface Outcome {
        /**
         * @param made the account was made by this sign-in
         */
        record Known(UUID userId, boolean made) implements Outcome {}

        /** No group of his gives a role. */
        record NoRole() implements Outcome {}
    }

    /**
     * @param kept why he stays the administrator that he is, against what his groups give: there is
     *     no other; null mostly
     */
    private record Settled(Outcome outcome, @Nullable WebException kept) {}

    private record Link(UUID userId, boolean managed) {}

    /**
     * Finds the account or, where the mapping has a role for the person, makes it. That somebody
     * stays an administrator against the mapping is written down.
     */
    Outcome signIn(IdentityProvider provider, Claims claims) {
        Settled settled = settled(provider, claims);
        WebException kept = settled.kept();
        if (kept != null && settled.outcome() instanceof Outcome.Known known) {
            record(provider, known.userId(), kept);
        }
        return settled.outcome();
    }

    private void record(IdentityProvider provider, UUID userId, WebException kept) {
        rights.find(provider.tenantId(), userId)
                .map(standing -> Caller.person(standing, null, null))
                .ifPresent(caller -> {
                    var change =
                            new AuditedChanges.Change(
                                    caller,
                                    UUID.randomUUID().toString(),
                                    "member.change",
                                    "user",
                                    userId.toString(),
                                    "GET",
                                    "/login/oauth2",
                                    Map.of("provider", provider.id().toString()));
                    try {
                        changes.run(
                                change,
                                () -> {
                                    throw kept;
                                });
                    } catch (WebException e) {
                        LOG.warn("{} stays: {}", userId, e.detail());
                    }
                });
    }

    private Settled settled(IdentityProvider provider, Claims claims) {
        try {
            return transactions.in(
                    provider.tenantId(), transaction -> signIn(transaction, provider, claims));
        } catch (DuplicateKeyException e) {
            // He came twice at once, and the other was first.
            return transactions.in(
                    provider.tenantId(), transaction -> signIn(transaction, provider, claims));
        }
    }

    private Settled signIn(JdbcClient transaction, IdentityProvider provider, Claims claims) {
        Optional<Link> link = find(transaction, provider.id(), claims.subject());
        Optional<String> role =
                provider.spec()
                        .mapping()
                        .roleFor(claims.groups(), accounts.knownRoles(transaction));
        if (link.isEmpty()) {
            return new Settled(first(transaction, provider, claims, role), null);
        }
        UUID user = link.get().userId();
        transaction
                .sql(
                        "update external_identities set last_used_at = now()"
                                + " where provider_id = ? and subject = ?")
                .params(provider.id(), claims.subject())
                .update();
        if (!link.get().managed() || isDirectorys(transaction, user)) {
            return new Settled(new Outcome.Known(user, false), null); // his role is set elsewhere
        }
        accounts.rename(transaction, user, claims.displayName());
        try {
            accounts.setRole(transaction, provider.tenantId(), user, role.orElse(null));
        } catch (WebException e) {
            return new Settled(new Outcome.Known(user, false), e);
        }
        return new Settled(
                role.isPresent() ? new Outcome.Known(user, false) : new Outcome.NoRole(), null);
    }

    private Outcome first(
            JdbcClient transaction,
            IdentityProvider provider,
            Claims claims,
            Optional<String> role) {
        // The directory and the provider are the same tenant's, and name the person by one id.
        Optional<UUID> known =
                transaction
                        .sql("select user_id from scim_users where external_id = ?")
                        .param(claims.subject())
                        .query((row, _) -> row.getObject(1, UUID.class))
                        .list()
                        .stream()
                        .findFirst();
        if (known.isEmpty() && role.isEmpty()) {
            return new Outcome.NoRole();
        }
        UUID user =
                known.orElseGet(
                        () -> accounts.create(transaction, claims.name(), claims.displayName()));
        if (known.isEmpty()) {
            accounts.setRole(transaction, provider.tenantId(), user, role.orElse(null));
        }
        insert(transaction, provider, claims.subject(), user, true);
        return new Outcome.Known(user, known.isEmpty());
    }

    /** Whether SCIM says who he is: then it says which role he has, too. */
    private static boolean isDirectorys(JdbcClient transaction, UUID user) {
        return transaction
                .sql("select exists (select from scim_users where user_id = ?)")
                .param(user)
                .query(Boolean.class)
                .single();
    }

    private static Optional<Link> find(JdbcClient transaction, UUID providerId, String subject) {
        return transaction
                .sql(
                        "select user_id, managed from external_identities"
                                + " where provider_id = ? and subject = ?")
                .params(providerId, subject)
                .query((row, _) -> new Link(row.getObject(1, UUID.class), row.getBoolean(2)))
                .optional();
    }

    /**
     * Lets a person who is signed in come by the provider from now on; his role stays his own.
     *
     * @throws WebException INVALID_REQUEST when the identity is somebody's already
     */
    void link(IdentityProvider provider, String subject, UUID userId) {
        transactions.in(
                provider.tenantId(),
                transaction -> {
                    Optional<Link> link = find(transaction, provider.id(), subject);
                    if (link.isPresent() && !link.get().userId().equals(userId)) {
                        throw new WebException(
                                ErrorCode.INVALID_REQUEST,
                                "this identity is another account's already");
                    }
                    if (link.isEmpty()) {
                        insert(transaction, provider, subject, userId, false);
                    }
                    return userId;
                });
    }

    private static void insert(
            JdbcClient transaction,
            IdentityProvider provider,
            String subject,
            UUID userId,
            boolean managed) {
        transaction
                .sql(
                        "insert into external_identities (tenant_id, provider_id, subject, user_id,"
                                + " managed, last_used_at) values (?, ?, ?, ?, ?, now())")
                .params(provider.tenantId(), provider.id(), subject, userId, managed)
                .update();
    }
}
