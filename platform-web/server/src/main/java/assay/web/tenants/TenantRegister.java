package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Memberships;
import assay.web.identity.Permission;
import assay.web.identity.Rights;
import assay.web.identity.Role;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import assay.web.tenancy.Tenants;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * All tenants, for the operator; and each to its own administrators. Thread-safe.
 *
 * <p>A tenant that is suspended or being deleted is closed: its keys, people and guests are refused
 * within the second. What is deleted stays for a time of grace, in which it can be exported or
 * restored.
 */
@Component
public class TenantRegister {
    private static final String PATH = "/tenants";
    private static final String SLUG = "[a-z0-9][a-z0-9-]{0,62}";
    private static final String COLUMNS = "select t.* from tenants t where t.state <> 'deleted'";

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final Tenants tenants;
    private final Memberships memberships;
    private final Signals signals;
    private final InstantSource clock;

    TenantRegister(
            TenantTransactions transactions,
            AuditedChanges changes,
            Tenants tenants,
            Memberships memberships,
            Signals signals,
            InstantSource clock) {
        this.transactions = transactions;
        this.changes = changes;
        this.tenants = tenants;
        this.memberships = memberships;
        this.signals = signals;
        this.clock = clock;
    }

    /** What people without an account may do. */
    public record Guests(
            boolean allowed,
            Set<String> scenarios,
            @Nullable Integer perMinute,
            int retentionDays) {
        private static final Set<String> ALL = Set.of("theorem", "code", "consistency");

        public Guests {
            scenarios = Set.copyOf(scenarios);
            if (!ALL.containsAll(scenarios)) {
                throw WebException.invalid("guests.scenarios", "expected: some of " + ALL);
            }
            if (perMinute != null && (perMinute < 1 || perMinute > 100_000)) {
                throw WebException.invalid("guests.per_minute", "expected: 1..100000, or null");
            }
            if (retentionDays < 1 || retentionDays > 3650) {
                throw WebException.invalid("guests.retention_days", "expected: 1..3650");
            }
        }
    }

    /** What becomes of a tenant. */
    public enum State {
        ACTIVE,
        SUSPENDED,
        DELETING;

        String id() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * A tenant.
     *
     * @param deleteAfter when it goes for good; null unless it is being deleted
     * @param secondFactor whether its members must have a second factor
     */
    public record Entry(
            UUID id,
            String slug,
            String name,
            State state,
            @Nullable Instant deleteAfter,
            Guests guests,
            boolean secondFactor,
            Instant createdAt,
            long version) {}

    /**
     * Tenants by slug.
     *
     * @param search part of slug or name; empty for all
     * @param after the slug that the page before ended with; null for the first page
     */
    public List<Entry> list(Caller caller, String search, @Nullable String after, int limit) {
        caller.require(Permission.TENANT_MANAGE);
        return transactions.onPlatform(transaction ->
                transaction
                        .sql(
                                COLUMNS
                                        + """
                                         and (position(lower(:search) in t.slug) > 0
                                            or position(lower(:search) in lower(t.name)) > 0)
                                            and t.slug > :after order by t.slug limit :limit
                                        """)
                        .param("search", search.strip())
                        .param("after", after == null ? "" : after)
                        .param("limit", limit)
                        .query((row, _) -> entry(row))
                        .list());
    }

    /**
     * @throws WebException NOT_FOUND, also for another tenant than one's own without tenant:manage
     */
    public Entry find(Caller caller, UUID id) {
        requireOwnOrAll(caller, id);
        return transactions.onPlatform(transaction -> read(transaction, id));
    }

    private static void requireOwnOrAll(Caller caller, UUID id) {
        if (caller.may(Permission.TENANT_MANAGE)) {
            return;
        }
        if (!caller.tenantId().equals(id)) {
            throw missing(); // that it exists is a secret
        }
        caller.require(Permission.USER_MANAGE);
    }

    /** Makes a tenant, with the person who makes it as its first administrator. */
    public Entry create(AdminCall call, String slug, String name) {
        checkSlug(slug);
        String title = checkName(name);
        UUID id = UUID.randomUUID();
        var change =
                call.change(
                        "tenant.create",
                        "tenant",
                        id.toString(),
                        "POST",
                        PATH,
                        "slug",
                        slug,
                        "name",
                        title);
        return operate(
                change,
                transaction -> {
                    try {
                        tenants.create(transaction, id, slug, title, false);
                    } catch (DuplicateKeyException e) {
                        throw taken(slug, e);
                    }
                    if (call.caller().kind() == Caller.Kind.USER) {
                        UUID person = UUID.fromString(call.caller().id());
                        within(
                                transaction,
                                id,
                                call.caller().tenantId(),
                                () -> memberships.join(transaction, id, person, Role.ADMIN.id()));
                    }
                    return read(transaction, id);
                });
    }

    /** Does something in another tenant, in the midst of a transaction of the caller's. */
    private static void within(JdbcClient transaction, UUID tenant, UUID back, Runnable work) {
        name(transaction, tenant);
        work.run();
        name(transaction, back);
    }

    private static void name(JdbcClient transaction, UUID tenant) {
        transaction
                .sql("select set_config('assay.tenant', ?, true)")
                .param(tenant.toString())
                .query(String.class)
                .single();
    }

    /**
     * What may be changed of a tenant; null for what stays.
     *
     * @param secondFactor whether its members must have a second factor
     */
    public record Draft(
            @Nullable String name, @Nullable Guests guests, @Nullable Boolean secondFactor) {}

    /** Changes what the tenant is called, what guests may, or what is asked of members. */
    public Entry change(AdminCall call, UUID id, long seen, Draft draft) {
        String name = draft.name();
        String title = name == null ? null : checkName(name);
        Guests guests = draft.guests();
        var change =
                call.change(
                        "tenant.change",
                        "tenant",
                        id.toString(),
                        "PATCH",
                        PATH + "/" + id,
                        "name",
                        String.valueOf(title),
                        "guests",
                        String.valueOf(guests),
                        "second_factor",
                        String.valueOf(draft.secondFactor()));
        return changes.inTransaction(
                change,
                transaction -> {
                    requireOwnOrAll(call.caller(), id);
                    platform(transaction);
                    Entry before = lock(transaction, id, seen);
                    Guests now = guests == null ? before.guests() : guests;
                    transaction
                            .sql(
                                    """
                                    update tenants set name = :name, guests = :allowed,
                                        guest_scenarios = :scenarios, guest_per_minute = :rate,
                                        guest_retention_days = :days,
                                        second_factor_required = coalesce(:factor,
                                            second_factor_required),
                                        version = version + 1
                                    where id = :id
                                    """)
                            .param("id", id)
                            .param("name", title == null ? before.name() : title)
                            .param("allowed", now.allowed())
                            .param("scenarios", now.scenarios().toArray(String[]::new))
                            .param("rate", now.perMinute())
                            .param("days", now.retentionDays())
                            .param("factor", draft.secondFactor(), Types.BOOLEAN)
                            .update();
                    signals.send(transaction, Rights.TENANT, id.toString());
                    return read(transaction, id);
                });
    }

    /** Closes it until it is resumed. */
    public Entry suspend(AdminCall call, UUID id, long seen) {
        return move(call, "suspend", id, seen, Set.of(State.ACTIVE), State.SUSPENDED, null);
    }

    public Entry resume(AdminCall call, UUID id, long seen) {
        return move(call, "resume", id, seen, Set.of(State.SUSPENDED), State.ACTIVE, null);
    }

    /**
     * Closes it, and has it go for good after the time of grace.
     *
     * @param confirmed the slug, so that no slip of a hand deletes the wrong one
     * @param grace 1 hour to 90 days
     */
    public Entry delete(AdminCall call, UUID id, long seen, String confirmed, Duration grace) {
        if (grace.compareTo(Duration.ofHours(1)) < 0 || grace.compareTo(Duration.ofDays(90)) > 0) {
            throw WebException.invalid("grace_hours", "expected: 1..2160");
        }
        if (call.caller().tenantId().equals(id)) {
            throw new WebException(
                    ErrorCode.TENANT_STATE,
                    "this is the tenant you work in: move to another first");
        }
        if (!find(call.caller(), id).slug().equals(confirmed)) {
            throw WebException.invalid("confirm", "expected: the tenant's slug");
        }
        return move(
                call,
                "delete",
                id,
                seen,
                Set.of(State.ACTIVE, State.SUSPENDED),
                State.DELETING,
                clock.instant().plus(grace));
    }

    /** Takes a deletion back, within the time of grace. */
    public Entry restore(AdminCall call, UUID id, long seen) {
        return move(call, "restore", id, seen, Set.of(State.DELETING), State.ACTIVE, null);
    }

    private Entry move(
            AdminCall call,
            String verb,
            UUID id,
            long seen,
            Set<State> from,
            State to,
            @Nullable Instant deleteAfter) {
        boolean delete = verb.equals("delete");
        var change =
                call.change(
                        "tenant." + verb,
                        "tenant",
                        id.toString(),
                        delete ? "DELETE" : "POST",
                        PATH + "/" + id + (delete ? "" : "/" + verb));
        return operate(
                change,
                transaction -> {
                    Entry before = lock(transaction, id, seen);
                    if (!from.contains(before.state())) {
                        throw new WebException(
                                ErrorCode.TENANT_STATE, "the tenant is " + before.state().id());
                    }
                    transaction
                            .sql(
                                    """
                                    update tenants set state = :state, delete_after = :after,
                                        version = version + 1 where id = :id
                                    """)
                            .param("state", to.id())
                            .param("after", at(deleteAfter))
                            .param("id", id)
                            .update();
                    signals.send(transaction, Rights.TENANT, id.toString());
                    return read(transaction, id);
                });
    }

    private static @Nullable OffsetDateTime at(@Nullable Instant time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }

    private <T> T operate(AuditedChanges.Change change, Function<JdbcClient, T> work) {
        return changes.inTransaction(
                change,
                transaction -> {
                    change.caller().require(Permission.TENANT_MANAGE);
                    platform(transaction);
                    return work.apply(transaction);
                });
    }

    /** Joins the transaction that is open. */
    private void platform(JdbcClient ignored) {
        transactions.onPlatform(_ -> true);
    }

    private static Entry lock(JdbcClient transaction, UUID id, long seen) {
        transaction
                .sql("select id from tenants where id = ? for update")
                .param(id)
                .query(UUID.class)
                .optional();
        Entry now = read(transaction, id);
        Versions.check(seen, now.version());
        return now;
    }

    private static Entry read(JdbcClient transaction, UUID id) {
        return transaction
                .sql(COLUMNS + " and t.id = ?")
                .param(id)
                .query((row, _) -> entry(row))
                .optional()
                .orElseThrow(TenantRegister::missing);
    }

    private static WebException missing() {
        return new WebException(ErrorCode.NOT_FOUND, "no such tenant");
    }

    private static WebException taken(String slug, DuplicateKeyException cause) {
        return new WebException(
                ErrorCode.NAME_TAKEN,
                "another tenant has the slug " + slug,
                Map.of("slug", "taken"),
                null,
                cause);
    }

    private static void checkSlug(String slug) {
        if (!slug.matches(SLUG) || slug.startsWith("deleted-")) {
            throw WebException.invalid(
                    "slug", "expected: 1..63 lower-case letters, digits and hyphens");
        }
    }

    private static String checkName(String name) {
        String title = name.strip();
        if (title.isEmpty() || title.length() > 200) {
            throw WebException.invalid("name", "expected: 1..200 characters");
        }
        return title;
    }

    private static Entry entry(ResultSet row) throws SQLException {
        var deleteAfter = row.getObject("delete_after", OffsetDateTime.class);
        return new Entry(
                row.getObject("id", UUID.class),
                row.getString("slug"),
                row.getString("name"),
                State.valueOf(row.getString("state").toUpperCase(java.util.Locale.ROOT)),
                deleteAfter == null ? null : deleteAfter.toInstant(),
                new Guests(
                        row.getBoolean("guests"),
                        Set.of((String[]) row.getArray("guest_scenarios").getArray()),
                        row.getObject("guest_per_minute", Integer.class),
                        row.getInt("guest_retention_days")),
                row.getBoolean("second_factor_required"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getLong("version"));
    }
}
