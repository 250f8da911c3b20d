package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.Rights;
import assay.web.identity.Role;
import assay.web.identity.Roles;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The roles of a tenant: the built-in ones, and its own as sets of permissions. Thread-safe. */
@Component
public class TenantRoles {
    private static final String PATH = "/roles";

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final Roles roles;
    private final Signals signals;

    TenantRoles(
            TenantTransactions transactions, AuditedChanges changes, Roles roles, Signals signals) {
        this.transactions = transactions;
        this.changes = changes;
        this.roles = roles;
        this.signals = signals;
    }

    /**
     * A role.
     *
     * @param id what a membership names it by
     * @param name a built-in role's is its id; people see it translated
     * @param members who have it now
     * @param version 0 for a built-in one, which nobody changes
     */
    public record Entry(
            String id,
            String name,
            String description,
            boolean builtIn,
            Set<Permission> permissions,
            int members,
            long version) {
        public Entry {
            permissions = Set.copyOf(permissions);
        }
    }

    /** What a role of the tenant's own shall be. */
    public record Draft(String name, String description, Set<Permission> permissions) {
        public Draft {
            name = name.strip();
            description = description.strip();
            permissions = Set.copyOf(permissions);
            if (name.isEmpty() || name.length() > 100) {
                throw WebException.invalid("name", "expected: 1..100 characters");
            }
            if (description.length() > 500) {
                throw WebException.invalid("description", "expected: at most 500 characters");
            }
            if (Arrays.stream(Role.values()).map(Role::id).anyMatch(name::equalsIgnoreCase)) {
                throw new WebException(ErrorCode.NAME_TAKEN, "a built-in role is called so");
            }
        }
    }

    /** The built-in ones first, then the others by name. */
    public List<Entry> list(Caller caller) {
        if (!caller.may(Permission.USER_MANAGE)) {
            caller.require(Permission.ROLE_MANAGE);
        }
        return transactions.in(
                caller.tenantId(),
                transaction -> {
                    Map<String, Integer> members = members(transaction);
                    List<Entry> all = new ArrayList<>();
                    for (Role each : Role.values()) {
                        all.add(
                                new Entry(
                                        each.id(),
                                        each.id(),
                                        "",
                                        true,
                                        each.permissions(),
                                        members.getOrDefault(each.id(), 0),
                                        0));
                    }
                    all.addAll(
                            transaction
                                    .sql("select * from roles order by lower(name)")
                                    .query((row, _) -> entry(row, members))
                                    .list());
                    return all;
                });
    }

    public Entry create(AdminCall call, Draft draft) {
        UUID id = UUID.randomUUID();
        var change =
                call.change(
                        "role.create",
                        "role",
                        id.toString(),
                        "POST",
                        PATH,
                        "name",
                        draft.name(),
                        "permissions",
                        ids(draft.permissions()));
        return changes.inTransaction(
                change,
                transaction -> {
                    call.caller().require(Permission.ROLE_MANAGE);
                    roles.checkGrantable(call.caller(), draft.permissions());
                    write(
                            transaction,
                            """
                            insert into roles (id, tenant_id, name, description, permissions)
                            values (:id, assay_tenant(), :name, :description, :permissions)
                            """,
                            id,
                            draft);
                    return read(transaction, id);
                });
    }

    /**
     * @param seen the version that the caller read
     * @throws WebException NOT_GRANTABLE when something is added that the caller does not hold
     */
    public Entry change(AdminCall call, String role, long seen, Draft draft) {
        var change =
                call.change(
                        "role.change",
                        "role",
                        role,
                        "PUT",
                        PATH + "/" + role,
                        "name",
                        draft.name(),
                        "permissions",
                        ids(draft.permissions()));
        return changes.inTransaction(
                change,
                transaction -> {
                    call.caller().require(Permission.ROLE_MANAGE);
                    Entry before = lock(transaction, role);
                    Versions.check(seen, before.version());
                    Set<Permission> added = EnumSet.noneOf(Permission.class);
                    added.addAll(draft.permissions());
                    added.removeAll(before.permissions());
                    roles.checkGrantable(call.caller(), added);
                    UUID id = UUID.fromString(before.id());
                    write(
                            transaction,
                            """
                            update roles set name = :name, description = :description,
                                permissions = :permissions, version = version + 1,
                                updated_at = now()
                            where id = :id
                            """,
                            id,
                            draft);
                    signals.send(transaction, Rights.ROLE, before.id());
                    return read(transaction, id);
                });
    }

    /**
     * @throws WebException ROLE_IN_USE while a member has it
     */
    public void remove(AdminCall call, String role, long seen) {
        var change = call.change("role.remove", "role", role, "DELETE", PATH + "/" + role);
        changes.inTransaction(
                change,
                transaction -> {
                    call.caller().require(Permission.ROLE_MANAGE);
                    Entry before = lock(transaction, role);
                    Versions.check(seen, before.version());
                    if (before.members() > 0) {
                        throw new WebException(
                                ErrorCode.ROLE_IN_USE,
                                before.members()
                                        + " members have this role: give them another first");
                    }
                    return transaction
                            .sql("delete from roles where id = ?")
                            .param(UUID.fromString(before.id()))
                            .update();
                });
    }

    private static void write(JdbcClient transaction, String sql, UUID id, Draft draft) {
        try {
            transaction
                    .sql(sql)
                    .param("id", id)
                    .param("name", draft.name())
                    .param("description", draft.description())
                    .param("permissions", ids(draft.permissions()).toArray(String[]::new))
                    .update();
        } catch (DuplicateKeyException e) {
            throw new WebException(
                    ErrorCode.NAME_TAKEN,
                    "another role is called " + draft.name(),
                    Map.of("name", "taken"),
                    null,
                    e);
        }
    }

    private static Entry lock(JdbcClient transaction, String role) {
        try {
            UUID id = UUID.fromString(role);
            transaction
                    .sql("select id from roles where id = ? for update")
                    .param(id)
                    .query(UUID.class)
                    .optional();
            return read(transaction, id);
        } catch (IllegalArgumentException e) {
            boolean builtIn = Arrays.stream(Role.values()).map(Role::id).anyMatch(role::equals);
            throw builtIn
                    ? new WebException(
                            ErrorCode.PERMISSION_DENIED, "nobody changes a built-in role")
                    : missing();
        }
    }

    private static Entry read(JdbcClient transaction, UUID id) {
        Map<String, Integer> members = members(transaction);
        return transaction
                .sql("select * from roles where id = ?")
                .param(id)
                .query((row, _) -> entry(row, members))
                .optional()
                .orElseThrow(TenantRoles::missing);
    }

    private static WebException missing() {
        return new WebException(ErrorCode.NOT_FOUND, "no such role");
    }

    private static Map<String, Integer> members(JdbcClient transaction) {
        Map<String, Integer> members = new HashMap<>();
        transaction
                .sql(
                        "select coalesce(role, role_id::text) as role, count(*) as members"
                                + " from memberships group by 1")
                .query(row -> {
                    members.put(row.getString("role"), row.getInt("members"));
                });
        return members;
    }

    private static Entry entry(ResultSet row, Map<String, Integer> members) throws SQLException {
        String id = row.getString("id");
        return new Entry(
                id,
                row.getString("name"),
                row.getString("description"),
                false,
                Permission.known(List.of((String[]) row.getArray("permissions").getArray())),
                members.getOrDefault(id, 0),
                row.getLong("version"));
    }

    static List<String> ids(Set<Permission> permissions) {
        return permissions.stream().map(Permission::id).sorted().toList();
    }
}
