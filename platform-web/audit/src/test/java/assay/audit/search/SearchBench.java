package assay.audit.search;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;

/**
 * How long the audit page waits: its first page and its histogram, without a filter and with each,
 * over records of thirty days. Four tenants, of which the largest has nine tenths; two hundred
 * actors, twenty actions of which one is nineteen in twenty, a thousand addresses. The records are
 * made, chained and counted in the database itself, day by day, as the sealer would have them
 * counted; their hashes mean nothing. The database runs beside it, and writes nothing through.
 */
final class SearchBench {
    private static final int DAYS = 30;
    private static final int RUNS = 7;

    /** One day's records, each with its time, its tenant and what was done. */
    private static final String RECORDS =
            """
            insert into audit_events (id, at, tenant_id, actor, source_ip, user_agent, action, object,
                request, outcome, duration_nanos, correlation, details)
            select gen_random_uuid(), :day::timestamptz + random() * interval '86399 seconds',
                ('00000000-0000-4000-8000-00000000000' ||
                    case when random() < 0.9 then 1 else 2 + floor(random() * 3)::int end)::uuid,
                jsonb_build_object('kind', 'user', 'id', 'user-' || (n % 200), 'name', 'user-' || (n % 200),
                    'role', 'developer'),
                ('10.0.' || (n % 4) || '.' || (n % 250))::inet, 'Mozilla/5.0 (X11; Linux x86_64)',
                case when random() < 0.95 then 'inference.generate'
                    else 'thing.act-' || floor(random() * 19)::int end,
                jsonb_build_object('type', 'model', 'id', 'object-' || (n % 5000), 'model', 'assay-reference'),
                '{"method":"POST","path":"/api/v1/generate"}',
                jsonb_build_object('result', case when random() < 0.97 then 'success'
                    when random() < 0.7 then 'failure' else 'denied' end, 'status', 200),
                (random() * 1e9)::bigint, jsonb_build_object('request', gen_random_uuid()),
                jsonb_build_object('prompt_tokens', n % 900, 'completion_tokens', n % 700,
                    'prompt_sha256', md5(n::text) || md5(n::text))
            from generate_series(1, :count) n
            """;

    private static final String CHAIN =
            """
            with taken as (delete from audit_unsealed where at >= :from and at < :to returning id, at)
            insert into audit_chain (tenant_id, sequence, id, at, content_hash, hash, sealed_at)
            select e.tenant_id, :base + row_number() over (), e.id, e.at, sha256(''), sha256(''), now()
            from taken t join audit_events e on e.id = t.id and e.at = t.at
            """;

    private SearchBench() {}

    public static void main(String[] arguments) {
        long records = 200_000;
        if (arguments.length == 2 && arguments[0].equals("--records")) {
            records = Long.parseLong(arguments[1]);
        } else if (arguments.length != 0) {
            throw new IllegalArgumentException(
                    "arguments: " + Arrays.toString(arguments) + " (expected: --records N)");
        }
        try (var database = TestDatabase.start();
                var pool = new HikariDataSource()) {
            LocalDate today = LocalDate.now(ZoneOffset.UTC);
            make(JdbcClient.create(database.superuser()), today, records);
            pool.setDataSource(database.as(DatabaseRoles.WEB));
            pool.setMaximumPoolSize(2);
            var search =
                    new DatabaseAuditSearch(
                            new DataSourceTransactionManager(pool),
                            JdbcClient.create(pool),
                            Duration.ofSeconds(30),
                            System::nanoTime);
            Instant end = today.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
            queries(end).forEach((name, query) -> measure(search, name, query));
        }
        System.exit(0);
    }

    private static void make(JdbcClient owner, LocalDate today, long records) {
        long began = System.nanoTime();
        long base = 0;
        for (int i = 0; i < DAYS; i++) {
            LocalDate day = today.minusDays(i);
            owner.sql("select audit_make_day(:day)")
                    .param("day", day)
                    .query(Boolean.class)
                    .single();
            Instant from = day.atStartOfDay().toInstant(ZoneOffset.UTC);
            long count = records * (i + 1) / DAYS - records * i / DAYS;
            owner.sql(RECORDS)
                    .param("day", from.atOffset(ZoneOffset.UTC))
                    .param("count", count)
                    .update();
            owner.sql(CHAIN)
                    .param("from", from.atOffset(ZoneOffset.UTC))
                    .param("to", from.plus(Duration.ofDays(1)).atOffset(ZoneOffset.UTC))
                    .param("base", base)
                    .update();
            base += count;
        }
        owner.sql("analyze").update();
        System.out.printf(
                Locale.ROOT,
                "%,d records made in %,d s; %,d counts by the hour%n",
                records,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began),
                owner.sql("select count(*) from audit_hours").query(Long.class).single());
        System.out.printf(
                "%-34s %16s %16s %12s%n", "search", "first page ms", "histogram ms", "records");
    }

    /** What is asked: each filter alone, and some of them together. */
    private static Map<String, AuditQuery> queries(Instant end) {
        var one = new AuditScope.Tenant(new UUID(0x4000L, 0x8000000000000001L));
        var queries = new LinkedHashMap<String, AuditQuery>();
        for (String each :
                new String[] {
                    "",
                    "action=inference.generate",
                    "action=thing.act-7",
                    "action=thing.*&outcome=denied",
                    "actor=user-17",
                    "outcome=failure",
                    "source=10.0.3.0/24",
                    "source=10.0.1.77",
                    "model=assay-reference",
                    "object=object-4321",
                    "request=none-such",
                    "action=no-such-action",
                    "actor=user-17&outcome=denied&source=10.0.0.0/16",
                }) {
            queries.put(
                    each.isEmpty() ? "(all, 30 days)" : each,
                    AuditQuery.parse(one, AuditQuery.unlink(each + "&range=30d"), end));
        }
        queries.put(
                "text=act-3 (24 hours)",
                AuditQuery.parse(one, AuditQuery.unlink("text=act-3&range=24h"), end));
        queries.put(
                "(all tenants, 30 days)",
                AuditQuery.parse(new AuditScope.Everybody(), Map.of("range", "30d"), end));
        return queries;
    }

    private static void measure(AuditSearch search, String name, AuditQuery query) {
        double[] pages = new double[RUNS];
        double[] histograms = new double[RUNS];
        String counted = "";
        for (int i = 0; i < RUNS; i++) {
            long began = System.nanoTime();
            search.page(query, null, 100);
            long paged = System.nanoTime();
            try {
                counted = String.format(Locale.ROOT, "%,d", search.histogram(query).count());
            } catch (TooWideException e) {
                counted = "too wide";
            }
            pages[i] = (paged - began) / 1e6;
            histograms[i] = (System.nanoTime() - paged) / 1e6;
        }
        System.out.printf(
                Locale.ROOT,
                "%-34s %16s %16s %12s%n",
                name.length() <= 34 ? name : name.substring(0, 33) + "…",
                figures(pages),
                figures(histograms),
                counted);
    }

    /** The middle one, and the slowest. */
    private static String figures(double[] millis) {
        double[] sorted = millis.clone();
        Arrays.sort(sorted);
        return String.format(Locale.ROOT, "%.0f / %.0f", sorted[RUNS / 2], sorted[RUNS - 1]);
    }
}
