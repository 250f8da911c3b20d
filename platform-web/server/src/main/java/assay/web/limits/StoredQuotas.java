package assay.web.limits;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.models.ModelCatalog;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Limits as the database has them. Thread-safe. */
@Component
class StoredQuotas implements QuotaBook {
    private final TenantTransactions transactions;
    private final Signals signals;
    private final AuditedChanges changes;
    private final ModelCatalog models;

    StoredQuotas(
            TenantTransactions transactions,
            Signals signals,
            AuditedChanges changes,
            ModelCatalog models) {
        this.transactions = transactions;
        this.signals = signals;
        this.changes = changes;
        this.models = models;
    }

    private static void requireReading(Caller caller) {
        if (!caller.may(Permission.QUOTA_MANAGE)) {
            caller.require(Permission.USAGE_READ);
        }
    }

    @Override
    public List<Standing> list(Caller caller, @Nullable UUID asked) {
        requireReading(caller);
        return transactions.in(
                QuotaBook.tenant(caller, asked),
                jdbc ->
                        jdbc.sql(STANDINGS).query(StoredQuotas::standing).list().stream()
                                .sorted((a, b) -> Double.compare(b.share(), a.share()))
                                .toList());
    }

    @Override
    public Standing find(Caller caller, @Nullable UUID asked, UUID id) {
        return list(caller, asked).stream()
                .filter(each -> each.quota().id().equals(id))
                .findFirst()
                .orElseThrow(StoredQuotas::unknown);
    }

    @Override
    public List<Holder> holders(Caller caller) {
        requireReading(caller);
        var holders =
                transactions.in(
                        caller.tenantId(),
                        jdbc ->
                                jdbc.sql(HOLDERS)
                                        .query((row, _) ->
                                                new Holder(
                                                        new Subject(
                                                                Subject.Kind.of(
                                                                                row.getString(
                                                                                        "subject"))
                                                                        .orElseThrow(),
                                                                row.getString("id")),
                                                        row.getString("name")))
                                        .list());
        var all = new java.util.ArrayList<>(holders);
        models.all().stream()
                .map(model -> model.name())
                .distinct()
                .forEach(name -> all.add(new Holder(new Subject(Subject.Kind.MODEL, name), name)));
        return all;
    }

    @Override
    public List<Notice> notices(Caller caller, @Nullable UUID asked) {
        requireReading(caller);
        return transactions.in(
                QuotaBook.tenant(caller, asked),
                jdbc -> jdbc.sql(NOTICE_ROWS).param(NOTICES).query(StoredQuotas::notice).list());
    }

    @Override
    public Standing create(Caller caller, String requestId, @Nullable UUID asked, Setting setting) {
        UUID tenant = QuotaBook.tenant(caller, asked);
        UUID id = UUID.randomUUID();
        return changes.run(
                change(caller, requestId, "create", "POST", "", tenant, setting),
                () -> {
                    requireSetting(caller, setting.subject());
                    requireFit(tenant, setting);
                    boolean made =
                            transactions.in(
                                    tenant,
                                    jdbc -> {
                                        requireHolder(jdbc, setting.subject());
                                        int rows =
                                                jdbc.sql(INSERT)
                                                        .params(
                                                                id,
                                                                tenant,
                                                                setting.subject().kind().id(),
                                                                setting.subject().id(),
                                                                setting.kind().id(),
                                                                setting.amount(),
                                                                setting.softPercent())
                                                        .update();
                                        signals.send(jdbc, Quotas.SIGNAL, tenant.toString());
                                        return rows == 1;
                                    });
                    if (!made) {
                        throw new WebException(
                                ErrorCode.NAME_TAKEN,
                                "there is a limit of "
                                        + setting.kind().id()
                                        + " for this "
                                        + setting.subject().kind().id()
                                        + " already: change that one");
                    }
                    return find(caller, asked, id);
                });
    }

    @Override
    public Standing change(
            Caller caller,
            String requestId,
            @Nullable UUID asked,
            UUID id,
            long seen,
            long amount,
            int softPercent) {
        UUID tenant = QuotaBook.tenant(caller, asked);
        Quota before = find(caller, asked, id).quota();
        var setting = new Setting(before.subject(), before.kind(), amount, softPercent);
        return changes.run(
                change(caller, requestId, "change", "PUT", "/" + id, tenant, setting),
                () -> {
                    requireSetting(caller, before.subject());
                    var _ =
                            transactions.in(
                                    tenant,
                                    jdbc -> {
                                        Versions.check(seen, locked(jdbc, id));
                                        // What is stocked of it goes back: it may be too much now.
                                        jdbc.sql(
                                                        "update quotas set amount = ?, soft_percent"
                                                                + " = ?, version = version + 1,"
                                                                + " updated_at = now(), short_at ="
                                                                + " now() where id = ?")
                                                .params(amount, softPercent, id)
                                                .update();
                                        signals.send(jdbc, Quotas.SIGNAL, tenant.toString());
                                        return true;
                                    });
                    return find(caller, asked, id);
                });
    }

    @Override
    public void remove(Caller caller, String requestId, @Nullable UUID asked, UUID id, long seen) {
        UUID tenant = QuotaBook.tenant(caller, asked);
        Quota before = find(caller, asked, id).quota();
        var setting =
                new Setting(before.subject(), before.kind(), before.amount(), before.softPercent());
        var _ =
                changes.run(
                        change(caller, requestId, "remove", "DELETE", "/" + id, tenant, setting),
                        () -> {
                            requireSetting(caller, before.subject());
                            return transactions.in(
                                    tenant,
                                    jdbc -> {
                                        Versions.check(seen, locked(jdbc, id));
                                        int rows =
                                                jdbc.sql("delete from quotas where id = ?")
                                                        .param(id)
                                                        .update();
                                        signals.send(jdbc, Quotas.SIGNAL, tenant.toString());
                                        return rows;
                                    });
                        });
    }

    @Override
    public Optional<Long> bound(String tenant, LimitKind kind) {
        UUID id;
        try {
            id = UUID.fromString(tenant);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name of the operator's own, of no tenant
        }
        return transactions.in(
                id,
                jdbc ->
                        jdbc.sql("select amount from quotas where subject = 'tenant' and kind = ?")
                                .param(kind.id())
                                .query(Long.class)
                                .optional());
    }

    private static void requireSetting(Caller caller, Subject subject) {
        caller.require(
                subject.kind() == Subject.Kind.TENANT
                        ? Permission.TENANT_MANAGE
                        : Permission.QUOTA_MANAGE);
    }

    private static void requireFit(UUID tenant, Setting setting) {
        boolean ofTenant = setting.subject().kind() == Subject.Kind.TENANT;
        if (ofTenant && !setting.subject().id().equals(tenant.toString())) {
            throw WebException.invalid("subject_id", "another tenant (expected: " + tenant + ")");
        }
        if (setting.kind() == LimitKind.DEVICE_BYTES) {
            throw WebException.invalid(
                    "limit",
                    "device-bytes: the scheduler of this release bounds a tenant's GPUs, not their"
                            + " memory (expected: gpus)");
        }
        if (!ofTenant && setting.kind().tenantOnly()) {
            throw WebException.invalid(
                    "limit", setting.kind().id() + " is a tenant's (expected: subject tenant)");
        }
    }

    private void requireHolder(JdbcClient jdbc, Subject subject) {
        boolean known =
                switch (subject.kind()) {
                    case TENANT -> true;
                    case MODEL -> models.find(subject.id()).isPresent();
                    case USER ->
                            exists(
                                    jdbc,
                                    "select 1 from memberships where user_id::text = ?",
                                    subject.id());
                    case KEY ->
                            exists(jdbc, "select 1 from api_keys where id::text = ?", subject.id());
                };
        if (!known) {
            throw WebException.invalid("subject_id", "no such " + subject.kind().id());
        }
    }

    private static boolean exists(JdbcClient jdbc, String query, String id) {
        return jdbc.sql(query).param(id).query(Integer.class).optional().isPresent();
    }

    private static long locked(JdbcClient jdbc, UUID id) {
        return jdbc.sql("select version from quotas where id = ? for update")
                .param(id)
                .query(Long.class)
                .optional()
                .orElseThrow(StoredQuotas::unknown);
    }

    private static WebException unknown() {
        return new WebException(ErrorCode.NOT_FOUND, "no such limit");
    }

    private static Change change(
            Caller caller,
            String requestId,
            String verb,
            String method,
            String path,
            UUID tenant,
            Setting setting) {
        return new Change(
                caller,
                requestId,
                "quota." + verb,
                setting.subject().kind().id(),
                setting.subject().id(),
                method,
                QuotaController.PATH + path,
                Map.of(
                        "tenant", tenant.toString(),
                        "limit", setting.kind().id(),
                        "amount", setting.amount(),
                        "soft_percent", setting.softPercent()));
    }

    private static Standing standing(ResultSet row, int number) throws SQLException {
        Quota quota = QuotaRows.quota(row, number);
        long used = row.getLong("used");
        boolean known = !row.wasNull();
        return new Standing(quota, name(row), known ? Long.valueOf(used) : null);
    }

    private static Notice notice(ResultSet row, int number) throws SQLException {
        return new Notice(
                QuotaRows.quota(row, number),
                name(row),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getLong("used"),
                row.getLong("noticed"));
    }

    private static String name(ResultSet row) throws SQLException {
        String name = row.getString("name");
        return name == null ? row.getString("subject_id") : name;
    }

    private static final String INSERT =
            """
            insert into quotas (id, tenant_id, subject, subject_id, kind, amount, soft_percent)
            values (?, ?, ?, ?, ?, ?, ?)
            on conflict (tenant_id, subject, subject_id, kind) do nothing
            """;

    private static final String NAME =
            """
            case q.subject
                when 'tenant' then (select t.name from tenants t where t.id = q.tenant_id)
                when 'user' then (select u.username from users u join memberships m on m.user_id = u.id
                                  where u.id::text = q.subject_id)
                when 'key' then (select k.name from api_keys k where k.id::text = q.subject_id)
                else q.subject_id end as name
            """;

    private static final String STANDINGS =
            "select q.*, "
                    + NAME
                    + """
                    , case
                        when q.kind = 'stored-bytes' then (select coalesce(sum(b.bytes), 0) from stored_bytes b)
                        when q.kind in ('gpus', 'device-bytes') then null
                        else greatest(0,
                            (select coalesce(sum(s.charged), 0) from quota_slots s
                             where s.quota_id = q.id and s.counts_until > now())
                            - (select coalesce(sum(l.idle), 0) from quota_leases l join quota_slots s
                                on s.quota_id = l.quota_id and s.slot = l.slot
                               where l.quota_id = q.id and s.counts_until > now()))
                        end::bigint as used
                    from quotas q order by q.kind, q.subject, q.subject_id
                    """;

    private static final String NOTICE_ROWS =
            "select q.*, n.at, n.used, n.amount as noticed, "
                    + NAME
                    + " from quota_notices n join quotas q on q.id = n.quota_id"
                    + " order by n.id desc limit ?";

    private static final String HOLDERS =
            """
            select 'tenant' as subject, t.id::text as id, t.name from tenants t where t.id = assay_tenant()
            union all
            select 'user', u.id::text, u.username from users u join memberships m on m.user_id = u.id
            union all
            select 'key', k.id::text, k.name || ' (' || k.prefix || ')' from api_keys k where k.revoked_at is null
            order by 1, 3
            """;
}
