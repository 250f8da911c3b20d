package assay.web.identity;

import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.FreshCache;
import assay.web.tenancy.Signals;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What people may, as it is now: whoever changes a person, a role, a membership or a tenant sends a
 * signal, and the next request is answered by the new rights. Thread-safe. While the database is
 * gone the rights known last are good.
 */
@Component
public class Rights {
    /** The kinds of signals, with the id of what changed. */
    public static final String PERSON = "person";

    public static final String ROLE = "role";
    public static final String TENANT = "tenant";

    private static final Duration KEPT = Duration.ofSeconds(60);
    private static final int REMEMBERED = 10_000;

    private final JdbcClient jdbc;
    private final DatabaseWatch watch;
    private final FreshCache<UUID, List<Standing>> fresh;
    private final Map<UUID, List<Standing>> last =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(16, 0.75f, true) {
                        @Override
                        protected boolean removeEldestEntry(
                                Map.Entry<UUID, List<Standing>> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    Rights(JdbcClient jdbc, DatabaseWatch watch, Signals signals) {
        this.jdbc = jdbc;
        this.watch = watch;
        this.fresh =
                new FreshCache<UUID, List<Standing>>(signals, KEPT, REMEMBERED)
                        .forgetOn(PERSON, (known, id) -> concerns(known, Standing::userId, id))
                        .forgetOn(TENANT, (known, id) -> concerns(known, Standing::tenantId, id))
                        .forgetOn(ROLE, (known, id) -> concerns(known, Standing::roleRef, id));
    }

    private static boolean concerns(
            List<Standing> known, java.util.function.Function<Standing, Object> what, String id) {
        return known.stream().anyMatch(each -> what.apply(each).toString().equals(id));
    }

    /** Where the person stands in the tenant; empty when he does not belong to it any more. */
    public Optional<Standing> find(UUID tenantId, UUID userId) {
        return of(userId).stream().filter(each -> each.tenantId().equals(tenantId)).findFirst();
    }

    /**
     * All active tenants that the person belongs to, by name; none when the account is disabled.
     *
     * @throws assay.web.WebException DATABASE_AWAY when it is gone and he is not known from before
     */
    public List<Standing> of(UUID userId) {
        if (watch.away()) {
            return before(userId, null);
        }
        try {
            List<Standing> now = fresh.get(userId, () -> read(userId)).orElse(List.of());
            last.put(userId, now);
            return now;
        } catch (RuntimeException e) {
            if (watch.lost(e)) {
                return before(userId, e);
            }
            throw e;
        }
    }

    private List<Standing> before(UUID userId, @Nullable Throwable cause) {
        List<Standing> known = last.get(userId);
        if (known == null) {
            throw DatabaseWatch.unavailable(cause);
        }
        return known;
    }

    private Optional<List<Standing>> read(UUID userId) {
        List<Standing> found =
                jdbc.sql(
                                """
                                select u.id, u.display_name, u.operator, m.*,
                                    lacks_second_factor(m.tenant_id, u.id) as factor_missing
                                from users u cross join lateral find_memberships(u.id) m
                                where u.id = ? and u.disabled_at is null
                                """)
                        .param(userId)
                        .query((row, _) -> standing(row))
                        .list();
        return found.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(found));
    }

    private static Standing standing(ResultSet row) throws SQLException {
        String builtIn = row.getString("role");
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        String name;
        String ref;
        if (builtIn == null) {
            name = row.getString("role_name");
            ref = row.getString("role_id");
            permissions.addAll(Permission.known(texts(row.getArray("permissions"))));
        } else {
            Role role = Role.valueOf(builtIn.toUpperCase(Locale.ROOT));
            name = role.name();
            ref = role.id();
            permissions.addAll(role.permissions());
        }
        boolean operator = row.getBoolean("operator");
        if (operator) {
            permissions.addAll(Permission.of(Permission.Level.PLATFORM));
        }
        return new Standing(
                row.getObject("tenant_id", UUID.class),
                row.getString("tenant_name"),
                row.getObject("id", UUID.class),
                row.getString("display_name"),
                name,
                ref,
                operator,
                permissions,
                row.getBoolean("factor_missing"));
    }

    static List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}
