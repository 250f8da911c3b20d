package assay.audit.search;

import assay.audit.AuditLink;
import assay.audit.AuditRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Searches in PostgreSQL, under the policies of the searcher's scope. Thread-safe.
 *
 * <p>Two things keep it fast over many records. The counts by the hour ({@code audit_hours}) tell
 * in which hours there is anything to find, so that a search for what is rare reads those hours
 * alone, and a histogram reads counts; and a request or an object is found by an index of its own.
 * Only free text has to be looked for record by record: then a page ends where the time for it is
 * over, and says how far it came.
 */
public final class DatabaseAuditSearch implements AuditSearch {
    private static final Duration HOUR = Duration.ofHours(1);

    /** As many places of one object or request as are counted. */
    private static final int MOST_PLACES = 200_000;

    private final DatabaseScopes scopes;
    private final Duration patience;
    private final LongSupplier ticker;

    /**
     * @param jdbc as the role assay_web, in transactions of the manager
     * @param patience that a search may take
     * @param ticker nanoseconds
     */
    public DatabaseAuditSearch(
            PlatformTransactionManager manager,
            JdbcClient jdbc,
            Duration patience,
            LongSupplier ticker) {
        this.scopes = new DatabaseScopes(manager, jdbc);
        this.patience = patience;
        this.ticker = ticker;
    }

    @Override
    public AuditPage page(AuditQuery query, @Nullable AuditCursor after, int limit) {
        checkLimit(limit);
        var walk = new HourWalk(query, after, limit, ticker, patience);
        try {
            return scopes.read(
                    query.scope(),
                    patience,
                    transaction -> {
                        walk.run(transaction);
                        return walk.page();
                    });
        } catch (RuntimeException e) {
            if (DatabaseScopes.outOfTime(e) && walk.moved()) {
                return walk.page();
            }
            throw DatabaseScopes.outOfTime(e) ? new TooWideException(e) : e;
        }
    }

    static void checkLimit(int limit) {
        if (limit < 1 || limit > LONGEST_PAGE) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1.." + LONGEST_PAGE + ")");
        }
    }

    @Override
    public AuditHistogram histogram(AuditQuery query) {
        Duration width = AuditHistogram.width(query.from(), query.to());
        var counts = new HashMap<Instant, Map<String, Long>>();
        try {
            scopes.read(
                    query.scope(),
                    patience,
                    transaction -> {
                        if (width.compareTo(HOUR) >= 0 && Conditions.counted(query)) {
                            countHours(transaction, query, width, counts);
                        } else {
                            countRecords(transaction, query, width, counts);
                        }
                        return true;
                    });
        } catch (RuntimeException e) {
            throw DatabaseScopes.outOfTime(e) ? new TooWideException(e) : e;
        }
        return AuditHistogram.of(query, counts);
    }

    /** Whole hours by their counts, and the two pieces at the ends record by record. */
    private static void countHours(
            JdbcClient transaction,
            AuditQuery query,
            Duration width,
            Map<Instant, Map<String, Long>> counts) {
        Instant first = AuditHistogram.edge(query.from().plus(HOUR).minusNanos(1000), HOUR);
        Instant last = AuditHistogram.edge(query.to(), HOUR);
        if (!first.isBefore(last)) {
            countRecords(transaction, query, width, counts);
            return;
        }
        var hours = Conditions.hours(query).range("h.hour", first, last);
        count(
                transaction,
                "select floor(extract(epoch from h.hour) / :width)::bigint * :width, h.result,"
                        + " sum(h.records)::bigint from audit_hours h where "
                        + hours
                        + " group by 1, 2",
                hours,
                width,
                counts);
        var waiting = Conditions.records(query).range("e.at", first, last);
        count(
                transaction,
                ofRecords(
                        "audit_unsealed u join audit_events e on e.id = u.id and e.at = u.at",
                        waiting),
                waiting,
                width,
                counts);
        if (query.from().isBefore(first)) {
            countRecords(transaction, query.within(query.from(), first), width, counts);
        }
        if (last.isBefore(query.to())) {
            countRecords(transaction, query.within(last, query.to()), width, counts);
        }
    }

    private static void countRecords(
            JdbcClient transaction,
            AuditQuery query,
            Duration width,
            Map<Instant, Map<String, Long>> counts) {
        var records = Conditions.records(query).range("e.at", query.from(), query.to());
        String from = "audit_events e";
        if (query.request() != null || query.objectId() != null) {
            from =
                    "audit_places(:a_request::text, :an_object::text, :from, :to, "
                            + MOST_PLACES
                            + ") p join audit_events e on e.id = p.id and e.at = p.at";
            records.bind("a_request", query.request()).bind("an_object", query.objectId());
        }
        count(transaction, ofRecords(from, records), records, width, counts);
    }

    private static String ofRecords(String from, Conditions records) {
        return "select floor(extract(epoch from e.at) / :width)::bigint * :width,"
                + " coalesce(e.outcome->>'result', ''), count(*) from "
                + from
                + " where "
                + records
                + " group by 1, 2";
    }

    private static void count(
            JdbcClient transaction,
            String sql,
            Conditions conditions,
            Duration width,
            Map<Instant, Map<String, Long>> counts) {
        transaction
                .sql(sql)
                .params(conditions.parameters())
                .param("width", width.toSeconds())
                .query(row -> {
                    counts.computeIfAbsent(
                                    Instant.ofEpochSecond(row.getLong(1)), _ -> new HashMap<>())
                            .merge(row.getString(2), row.getLong(3), Long::sum);
                });
    }

    @Override
    public List<String> actions(AuditScope scope, String prefix, int limit) {
        var conditions = new HashMap<String, Object>();
        String tenant = "";
        if (scope instanceof AuditScope.Tenant one) {
            tenant = "x.tenant_id = :tenant and ";
            conditions.put("tenant", one.id());
        }
        String sql =
                """
                select x.action from audit_hours x where %1$s starts_with(x.action, :prefix)
                union
                select x.action from audit_unsealed u
                join audit_events x on x.id = u.id and x.at = u.at
                where %1$s starts_with(x.action, :prefix)
                order by 1 limit :limit
                """
                        .formatted(tenant);
        return scopes.read(
                scope,
                patience,
                transaction ->
                        transaction
                                .sql(sql)
                                .params(conditions)
                                .param("prefix", prefix)
                                .param("limit", limit)
                                .query((row, _) -> row.getString(1))
                                .list());
    }

    @Override
    public Optional<AuditFound> find(AuditScope scope, UUID id) {
        var conditions = new HashMap<String, Object>();
        conditions.put("id", id);
        String where = "id = :id";
        if (scope instanceof AuditScope.Tenant one) {
            where += " and tenant_id = :tenant";
            conditions.put("tenant", one.id());
        }
        String all = where;
        return scopes.read(
                scope,
                patience,
                transaction ->
                        transaction
                                .sql(
                                        linked(
                                                "select "
                                                        + AuditRow.COLUMNS
                                                        + " from audit_events e where "
                                                        + all))
                                .params(conditions)
                                .query((row, _) -> found(row))
                                .optional());
    }

    /** Rows of {@link AuditRow#COLUMNS} with their places in the chain, in their order. */
    static String linked(String rows) {
        return "select e.*, c.sequence, encode(c.content_hash, 'hex') as content_hash,"
                + " encode(c.hash, 'hex') as hash from ("
                + rows
                + ") e left join audit_chain c on c.id = e.id and c.at = e.at"
                + " order by e.at desc, e.id";
    }

    static AuditFound found(ResultSet row) throws SQLException {
        long sequence = row.getLong("sequence");
        AuditLink link =
                row.wasNull()
                        ? null
                        : new AuditLink(
                                sequence,
                                Objects.requireNonNull(row.getString("content_hash")),
                                Objects.requireNonNull(row.getString("hash")));
        return new AuditFound(AuditRow.read(row), link);
    }

    static OffsetDateTime utc(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
    }
}
