package assay.audit.search;

import assay.audit.AuditRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * One page of a search: goes back in time through the hours in which there is something to find,
 * until the page is full or the time for it is over. Confined to one search.
 */
final class HourWalk {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration FIRST_WINDOW = Duration.ofDays(1);
    private static final int WIDER = 8;

    /** What is done every day is found so; then the index of objects is asked. */
    private static final Duration OBJECT_WALK = Duration.ofMillis(200);

    /** Of one object or request; there is a next page when there are more. */
    private static final int PLACES = 5_000;

    private final AuditQuery query;
    private final @Nullable AuditCursor after;
    private final int limit;
    private final LongSupplier ticker;
    private final long begun;
    private final Duration patience;
    private final List<AuditFound> found = new ArrayList<>();

    /** All that is not older was looked at. */
    private Instant reached;

    private boolean ended;

    /** Where an index was left, in place of the time that was reached. */
    private @Nullable AuditCursor stopped;

    HourWalk(
            AuditQuery query,
            @Nullable AuditCursor after,
            int limit,
            LongSupplier ticker,
            Duration patience) {
        this.query = query;
        this.after = after;
        this.limit = limit;
        this.ticker = ticker;
        this.begun = ticker.getAsLong();
        this.patience = patience;
        // The cursor's own time belongs to what is still to come.
        this.reached =
                after == null || !after.at().isBefore(query.to())
                        ? query.to()
                        : after.at().plusNanos(1000);
    }

    void run(JdbcClient transaction) {
        if (query.request() != null) {
            places(transaction);
            return;
        }
        // What is often used is found at once by walking; what is rare, by its index.
        Duration allowed = query.objectId() == null ? patience : OBJECT_WALK;
        Duration window = FIRST_WINDOW;
        while (query.from().isBefore(reached)) {
            Instant begin = later(query.from(), reached.minus(window));
            for (var hour : hours(transaction, begin, reached).entrySet()) {
                if (late(allowed)) {
                    if (query.objectId() != null) {
                        places(transaction);
                    }
                    return;
                }
                walk(transaction, hour.getKey(), hour.getValue());
                if (full()) {
                    return;
                }
            }
            // The first hour of the window may have been read to its own begin.
            reached = reached.isBefore(begin) ? reached : begin;
            window = window.multipliedBy(WIDER);
        }
        ended = true;
    }

    boolean moved() {
        return !found.isEmpty() || reached.isBefore(after == null ? query.to() : after.at());
    }

    private boolean late(Duration allowed) {
        return ticker.getAsLong() - begun > allowed.toNanos();
    }

    private boolean full() {
        return found.size() > limit;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** The hours in which there is something, newest first, and whose it is. */
    private Map<Instant, List<UUID>> hours(JdbcClient transaction, Instant begin, Instant end) {
        var sealed = Conditions.hours(query);
        var waiting = Conditions.records(query);
        var hours = new LinkedHashMap<Instant, List<UUID>>();
        transaction
                .sql(
                        "select h.hour, h.tenant_id from audit_hours h where "
                                + sealed
                                + " and h.hour >= :first and h.hour < :end group by 1, 2"
                                + " union"
                                + " select date_trunc('hour', e.at, 'UTC'), e.tenant_id"
                                + " from audit_unsealed u"
                                + " join audit_events e on e.id = u.id and e.at = u.at where "
                                + waiting
                                + " and u.at >= :begin and u.at < :end order by 1 desc")
                .params(sealed.parameters())
                .params(waiting.parameters())
                .param("first", DatabaseAuditSearch.utc(AuditHistogram.edge(begin, HOUR)))
                .param("begin", DatabaseAuditSearch.utc(begin))
                .param("end", DatabaseAuditSearch.utc(end))
                .query(row -> {
                    hours.computeIfAbsent(hour(row), _ -> new ArrayList<>())
                            .add(row.getObject(2, UUID.class));
                });
        return hours;
    }

    private static Instant hour(ResultSet row) throws SQLException {
        return row.getObject(1, OffsetDateTime.class).toInstant();
    }

    private void walk(JdbcClient transaction, Instant hour, List<UUID> tenants) {
        Instant end = reached.isBefore(hour.plus(HOUR)) ? reached : hour.plus(HOUR);
        var conditions = Conditions.records(query).range("e.at", later(query.from(), hour), end);
        if (query.scope() instanceof AuditScope.Everybody) {
            conditions.add("e.tenant_id in (:tenants)", "tenants", tenants);
        }
        read(transaction, conditions);
        if (!full()) {
            reached = later(query.from(), hour);
        }
    }

    /** Through the index of requests and objects. */
    private void places(JdbcClient transaction) {
        record Place(Instant at, UUID id) {}
        List<Place> places =
                transaction
                        .sql(
                                "select at, id from audit_places(:request::text, :object::text,"
                                        + " :from, :to, "
                                        + PLACES
                                        + ")")
                        .param("request", query.request())
                        .param("object", query.objectId())
                        .param("from", DatabaseAuditSearch.utc(query.from()))
                        .param("to", DatabaseAuditSearch.utc(reached))
                        .query((row, _) -> new Place(hour(row), row.getObject(2, UUID.class)))
                        .list();
        if (places.isEmpty()) {
            ended = true;
            return;
        }
        Instant oldest = places.getLast().at();
        var rows = Conditions.records(query).range("e.at", oldest, reached);
        rows.add("e.id in (:ids)", "ids", places.stream().map(Place::id).toList());
        read(transaction, rows);
        ended = places.size() < PLACES;
        stopped = new AuditCursor(oldest, places.getLast().id());
    }

    private void read(JdbcClient transaction, Conditions conditions) {
        if (after != null) {
            conditions
                    .add(
                            "(e.at < :after_at or e.at = :after_at and e.id > :after_id)",
                            "after_at",
                            after.at())
                    .bind("after_id", after.id());
        }
        found.addAll(
                transaction
                        .sql(
                                DatabaseAuditSearch.linked(
                                        "select "
                                                + AuditRow.COLUMNS
                                                + " from audit_events e where "
                                                + conditions
                                                + " order by at desc, id limit :limit"))
                        .params(conditions.parameters())
                        .param("limit", limit + 1 - found.size())
                        .query((row, _) -> DatabaseAuditSearch.found(row))
                        .list());
    }

    AuditPage page() {
        if (full()) {
            List<AuditFound> records = found.subList(0, limit);
            return new AuditPage(records, records.getLast().cursor());
        }
        if (ended) {
            return new AuditPage(found, null);
        }
        return new AuditPage(
                found, stopped != null ? stopped : new AuditCursor(reached, AuditCursor.LAST));
    }
}
