package assay.web.identity.scim;

import assay.web.identity.scim.Resource.Link;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Users of the directory as rows, in transactions bound to their tenant. Stateless. */
final class UserStore {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String SELECT =
            """
            select s.*, coalesce((
                select jsonb_agg(jsonb_build_object('id', g.id, 'name', g.display_name)
                    order by g.display_name)
                from scim_members m join scim_groups g on g.id = m.group_id
                where m.user_id = s.user_id), '[]') as groups
            from scim_users s
            """;

    private UserStore() {}

    static Optional<Resource.User> find(JdbcClient transaction, UUID id) {
        return transaction
                .sql(SELECT + " where s.user_id = ?")
                .param(id)
                .query((row, _) -> user(row))
                .optional();
    }

    /** Others who want to change the user wait until the transaction ends. */
    static Optional<Resource.User> lock(JdbcClient transaction, UUID id) {
        transaction
                .sql("select 1 from scim_users where user_id = ? for update")
                .param(id)
                .query(Integer.class)
                .optional();
        return find(transaction, id);
    }

    /** All, oldest first; those of one name, or of one id outside, where the filter says so. */
    static List<Resource.User> list(JdbcClient transaction, @Nullable Filter filter) {
        String name = Filter.Values.equalTo(filter, "userName");
        String external = Filter.Values.equalTo(filter, "externalId");
        List<Resource.User> users =
                transaction
                        .sql(
                                SELECT
                                        + """
                                         where (:name::text is null or lower(s.user_name) = lower(:name))
                                            and (:external::text is null or s.external_id = :external)
                                        order by s.created_at, s.user_id
                                        """)
                        .param("name", name)
                        .param("external", external)
                        .query((row, _) -> user(row))
                        .list();
        return users;
    }

    static List<Resource.User> page(JdbcClient transaction, int start, int count) {
        return transaction
                .sql(SELECT + " order by s.created_at, s.user_id limit ? offset ?")
                .params(count, start - 1)
                .query((row, _) -> user(row))
                .list();
    }

    static int count(JdbcClient transaction) {
        return transaction.sql("select count(*) from scim_users").query(Integer.class).single();
    }

    static void insert(JdbcClient transaction, UUID tenantId, UUID id, UserBody body) {
        write(
                transaction
                        .sql(
                                """
                                insert into scim_users
                                    (tenant_id, user_id, user_name, external_id, active, attributes)
                                values (:tenant, :id, :name, :external, :active, :attributes::jsonb)
                                """)
                        .param("tenant", tenantId),
                id,
                body);
    }

    static void update(JdbcClient transaction, UUID id, UserBody body) {
        write(
                transaction.sql(
                        """
                        update scim_users
                        set user_name = :name, external_id = :external, active = :active,
                            attributes = :attributes::jsonb, version = version + 1,
                            changed_at = now()
                        where user_id = :id
                        """),
                id,
                body);
    }

    private static void write(JdbcClient.StatementSpec statement, UUID id, UserBody body) {
        try {
            statement
                    .param("id", id)
                    .param("name", body.userName())
                    .param("external", body.externalId())
                    .param("active", body.active())
                    .param("attributes", JSON.writeValueAsString(body.attributes()))
                    .update();
        } catch (DuplicateKeyException e) {
            throw new ScimException(
                    409, ScimException.ScimType.UNIQUENESS, "userName: another user has it");
        }
    }

    static void delete(JdbcClient transaction, UUID id) {
        transaction.sql("delete from scim_users where user_id = ?").param(id).update();
    }

    private static Resource.User user(ResultSet row) throws SQLException {
        return new Resource.User(
                row.getObject("user_id", UUID.class),
                new UserBody(
                        row.getString("user_name"),
                        row.getString("external_id"),
                        row.getBoolean("active"),
                        (ObjectNode) JSON.readTree(row.getString("attributes"))),
                links(row.getString("groups")),
                row.getLong("version"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("changed_at", OffsetDateTime.class).toInstant());
    }

    static List<Link> links(String json) {
        List<Link> links = new ArrayList<>();
        for (JsonNode each : JSON.readTree(json)) {
            links.add(
                    new Link(
                            UUID.fromString(each.get("id").stringValue()),
                            each.get("name").stringValue()));
        }
        return links;
    }
}
