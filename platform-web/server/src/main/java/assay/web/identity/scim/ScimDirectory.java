package assay.web.identity.scim;

import assay.web.identity.DirectoryAccounts;
import assay.web.identity.Role;
import assay.web.identity.RoleMapping;
import assay.web.tenancy.TenantTransactions;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ObjectNode;

/**
 * The users and groups that a tenant's directory keeps here, and what follows for accounts and
 * roles: in the same transaction, so that nobody is out of a group and still has its role.
 * Thread-safe.
 */
@Component
class ScimDirectory {
    private final TenantTransactions transactions;
    private final DirectoryAccounts accounts;

    ScimDirectory(TenantTransactions transactions, DirectoryAccounts accounts) {
        this.transactions = transactions;
        this.accounts = accounts;
    }

    /**
     * Part of a list.
     *
     * @param total of what fits the filter
     */
    record Page<R>(int total, int start, List<R> resources) {
        Page {
            resources = List.copyOf(resources);
        }
    }

    Resource.User createUser(UUID tenantId, UserBody body) {
        return transactions.in(
                tenantId,
                transaction -> {
                    UUID id = accounts.create(transaction, body.userName(), body.shownName());
                    UserStore.insert(transaction, tenantId, id, body);
                    settle(transaction, tenantId, Set.of(id));
                    return user(transaction, id);
                });
    }

    Resource.User user(UUID tenantId, UUID id) {
        return transactions.in(tenantId, transaction -> user(transaction, id));
    }

    private static Resource.User user(JdbcClient transaction, UUID id) {
        return UserStore.find(transaction, id)
                .orElseThrow(() -> ScimException.notFound(id.toString()));
    }

    Page<Resource.User> users(UUID tenantId, @Nullable Filter filter, int start, int count) {
        return transactions.in(
                tenantId,
                transaction ->
                        filter == null
                                ? new Page<>(
                                        UserStore.count(transaction),
                                        start,
                                        UserStore.page(transaction, start, count))
                                : page(UserStore.list(transaction, filter), filter, start, count));
    }

    private static <R extends Resource> Page<R> page(
            List<R> all, Filter filter, int start, int count) {
        List<R> fit = all.stream().filter(each -> filter.matches(each.json(""))).toList();
        return new Page<>(fit.size(), start, fit.stream().skip(start - 1L).limit(count).toList());
    }

    /**
     * @param ifMatch the version that the client knows, or null
     * @param change what becomes of the resource as JSON; it may change its argument
     */
    Resource.User changeUser(
            UUID tenantId,
            UUID id,
            @Nullable String ifMatch,
            Function<ObjectNode, ObjectNode> change) {
        return transactions.in(
                tenantId,
                transaction -> {
                    Resource.User before =
                            UserStore.lock(transaction, id)
                                    .orElseThrow(() -> ScimException.notFound(id.toString()));
                    check(before, ifMatch);
                    UserBody after = UserBody.read(change.apply(before.json("")));
                    if (!after.equals(before.body())) {
                        UserStore.update(transaction, id, after);
                        accounts.rename(transaction, id, after.shownName());
                        settle(transaction, tenantId, Set.of(id));
                    }
                    return user(transaction, id);
                });
    }

    /** Ends the membership; the account is closed when no other tenant knows the person. */
    void deleteUser(UUID tenantId, UUID id, @Nullable String ifMatch) {
        transactions.in(
                tenantId,
                transaction -> {
                    Resource.User user =
                            UserStore.lock(transaction, id)
                                    .orElseThrow(() -> ScimException.notFound(id.toString()));
                    check(user, ifMatch);
                    accounts.setRole(transaction, tenantId, id, null);
                    accounts.setOpen(transaction, id, false);
                    transaction
                            .sql("delete from external_identities where user_id = ? and managed")
                            .param(id)
                            .update();
                    UserStore.delete(transaction, id);
                    return id;
                });
    }

    Resource.Group createGroup(UUID tenantId, GroupBody body) {
        return transactions.in(
                tenantId,
                transaction -> {
                    UUID id = UUID.randomUUID();
                    GroupStore.insert(transaction, tenantId, id, body);
                    settle(
                            transaction,
                            tenantId,
                            GroupStore.setMembers(
                                    transaction, tenantId, id, Set.of(), body.members()));
                    return group(transaction, id);
                });
    }

    Resource.Group group(UUID tenantId, UUID id) {
        return transactions.in(tenantId, transaction -> group(transaction, id));
    }

    private static Resource.Group group(JdbcClient transaction, UUID id) {
        return GroupStore.find(transaction, id)
                .orElseThrow(() -> ScimException.notFound(id.toString()));
    }

    Page<Resource.Group> groups(UUID tenantId, @Nullable Filter filter, int start, int count) {
        return transactions.in(
                tenantId,
                transaction ->
                        filter == null
                                ? new Page<>(
                                        GroupStore.count(transaction),
                                        start,
                                        GroupStore.page(transaction, start, count))
                                : page(GroupStore.list(transaction, filter), filter, start, count));
    }

    Resource.Group changeGroup(
            UUID tenantId,
            UUID id,
            @Nullable String ifMatch,
            Function<ObjectNode, ObjectNode> change) {
        return transactions.in(
                tenantId,
                transaction -> {
                    Resource.Group before =
                            GroupStore.lock(transaction, id)
                                    .orElseThrow(() -> ScimException.notFound(id.toString()));
                    check(before, ifMatch);
                    GroupBody after = GroupBody.read(change.apply(before.json("")));
                    Set<UUID> members = ids(before);
                    var same =
                            new GroupBody(before.displayName(), before.externalId(), members)
                                    .equals(after);
                    if (!same) {
                        GroupStore.update(transaction, id, after);
                        Set<UUID> concerned =
                                new HashSet<>(
                                        GroupStore.setMembers(
                                                transaction,
                                                tenantId,
                                                id,
                                                members,
                                                after.members()));
                        if (!after.displayName().equals(before.displayName())) {
                            concerned.addAll(
                                    after.members()); // roles are given by the group's name
                        }
                        settle(transaction, tenantId, concerned);
                    }
                    return group(transaction, id);
                });
    }

    void deleteGroup(UUID tenantId, UUID id, @Nullable String ifMatch) {
        transactions.in(
                tenantId,
                transaction -> {
                    Resource.Group group =
                            GroupStore.lock(transaction, id)
                                    .orElseThrow(() -> ScimException.notFound(id.toString()));
                    check(group, ifMatch);
                    GroupStore.delete(transaction, id);
                    settle(transaction, tenantId, ids(group));
                    return id;
                });
    }

    private static Set<UUID> ids(Resource.Group group) {
        return group.members().stream().map(Resource.Link::id).collect(Collectors.toSet());
    }

    private static void check(Resource resource, @Nullable String ifMatch) {
        if (ifMatch != null && !ifMatch.equals("*") && !ifMatch.equals(resource.etag())) {
            throw ScimException.stale();
        }
    }

    /** Gives everybody whom the directory knows the role that his groups give now. */
    void settleAll(JdbcClient transaction, UUID tenantId) {
        settle(
                transaction,
                tenantId,
                transaction
                        .sql("select user_id from scim_users")
                        .query((row, _) -> row.getObject(1, UUID.class))
                        .list());
    }

    private void settle(JdbcClient transaction, UUID tenantId, Collection<UUID> users) {
        if (users.isEmpty()) {
            return;
        }
        RoleMapping mapping = ScimSettings.mapping(transaction);
        Set<String> known = accounts.knownRoles(transaction);
        Map<UUID, Optional<String>> wanted = new LinkedHashMap<>();
        for (UUID each : users) {
            Resource.User user = user(transaction, each);
            List<String> groups = user.groups().stream().map(Resource.Link::name).toList();
            Optional<String> role =
                    user.body().active() ? mapping.roleFor(groups, known) : Optional.empty();
            accounts.setOpen(transaction, each, user.body().active());
            wanted.put(each, role);
        }
        // Who becomes an administrator first: then the one before him may go.
        Predicate<Optional<String>> admin = role -> role.equals(Optional.of(Role.ADMIN.id()));
        for (var first : List.of(admin, admin.negate())) {
            wanted.forEach((user, role) -> {
                if (first.test(role)) {
                    accounts.setRole(transaction, tenantId, user, role.orElse(null));
                }
            });
        }
    }
}
