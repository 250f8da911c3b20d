package assay.web.identity.scim;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Groups of the directory as rows, in transactions bound to their tenant. Stateless. */
final class GroupStore {
    private static final String SELECT =
            """
            select g.*, coalesce((
                select jsonb_agg(jsonb_build_object('id', u.user_id, 'name', u.user_name)
                    order by u.user_name)
                from scim_members m join scim_users u on u.user_id = m.user_id
                where m.group_id = g.id), '[]') as members
            from scim_groups g
            """;

    private GroupStore() {}

    static Optional<Resource.Group> find(JdbcClient transaction, UUID id) {
        return transaction
                .sql(SELECT + " where g.id = ?")
                .param(id)
                .query((row, _) -> group(row))
                .optional();
    }

    /** Others who want to change the group wait until the transaction ends. */
    static Optional<Resource.Group> lock(JdbcClient transaction, UUID id) {
        transaction
                .sql("select 1 from scim_groups where id = ? for update")
                .param(id)
                .query(Integer.class)
                .optional();
        return find(transaction, id);
    }

    /** All, oldest first; those of one name where the filter says so. */
    static List<Resource.Group> list(JdbcClient transaction, @Nullable Filter filter) {
        String name = Filter.Values.equalTo(filter, "displayName");
        String external = Filter.Values.equalTo(filter, "externalId");
        return transaction
                .sql(
                        SELECT
                                + """
                                 where (:name::text is null or lower(g.display_name) = lower(:name))
                                    and (:external::text is null or g.external_id = :external)
                                order by g.created_at, g.id
                                """)
                .param("name", name)
                .param("external", external)
                .query((row, _) -> group(row))
                .list();
    }

    static List<Resource.Group> page(JdbcClient transaction, int start, int count) {
        return transaction
                .sql(SELECT + " order by g.created_at, g.id limit ? offset ?")
                .params(count, start - 1)
                .query((row, _) -> group(row))
                .list();
    }

    static int count(JdbcClient transaction) {
        return transaction.sql("select count(*) from scim_groups").query(Integer.class).single();
    }

    static void insert(JdbcClient transaction, UUID tenantId, UUID id, GroupBody body) {
        write(
                transaction
                        .sql(
                                "insert into scim_groups (id, tenant_id, display_name, external_id)"
                                        + " values (:id, :tenant, :name, :external)")
                        .param("tenant", tenantId),
                id,
                body);
    }

    static void update(JdbcClient transaction, UUID id, GroupBody body) {
        write(
                transaction.sql(
                        """
                        update scim_groups
                        set display_name = :name, external_id = :external, version = version + 1,
                            changed_at = now()
                        where id = :id
                        """),
                id,
                body);
    }

    private static void write(JdbcClient.StatementSpec statement, UUID id, GroupBody body) {
        try {
            statement
                    .param("id", id)
                    .param("name", body.displayName())
                    .param("external", body.externalId())
                    .update();
        } catch (DuplicateKeyException e) {
            throw new ScimException(
                    409, ScimException.ScimType.UNIQUENESS, "displayName: another group has it");
        }
    }

    /**
     * Makes these the members.
     *
     * @return who came or went
     * @throws ScimException INVALID_VALUE when one is no user
     */
    static Set<UUID> setMembers(
            JdbcClient transaction, UUID tenantId, UUID id, Set<UUID> before, Set<UUID> wanted) {
        Set<UUID> gone = new HashSet<>(before);
        gone.removeAll(wanted);
        Set<UUID> come = new HashSet<>(wanted);
        come.removeAll(before);
        for (UUID each : gone) {
            transaction
                    .sql("delete from scim_members where group_id = ? and user_id = ?")
                    .params(id, each)
                    .update();
        }
        for (UUID each : come) {
            int rows =
                    transaction
                            .sql(
                                    "insert into scim_members (tenant_id, group_id, user_id)"
                                            + " select ?, ?, user_id from scim_users"
                                            + " where user_id = ?")
                            .params(tenantId, id, each)
                            .update();
            if (rows == 0) {
                throw ScimException.bad(
                        ScimException.ScimType.INVALID_VALUE,
                        "members.value: " + each + " is the id of no user");
            }
        }
        Set<UUID> changed = new HashSet<>(gone);
        changed.addAll(come);
        return changed;
    }

    static void delete(JdbcClient transaction, UUID id) {
        transaction.sql("delete from scim_groups where id = ?").param(id).update();
    }

    private static Resource.Group group(ResultSet row) throws SQLException {
        return new Resource.Group(
                row.getObject("id", UUID.class),
                row.getString("display_name"),
                row.getString("external_id"),
                UserStore.links(row.getString("members")),
                row.getLong("version"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("changed_at", OffsetDateTime.class).toInstant());
    }
}
