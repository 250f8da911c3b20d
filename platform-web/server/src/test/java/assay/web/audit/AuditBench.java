package assay.web.audit;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What a record adds to a call, and how fast records go on from there; beside an INSERT for each
 * call into the same PostgreSQL. One stage after the other in one process, each first warmed up.
 * The database runs on the same machine and writes nothing through to its disk, which is in the
 * INSERT's favour.
 */
final class AuditBench {
    private static final int WARM_UP = 5_000;

    private final TestDatabase database;
    private final Path folder;
    private final int calls;
    private final int threads;

    private AuditBench(TestDatabase database, Path folder, int calls, int threads) {
        this.database = database;
        this.folder = folder;
        this.calls = calls;
        this.threads = threads;
    }

    /** One part of a record's way: measures and prints. */
    private interface Stage {
        void run() throws Exception;
    }

    /** What one call does for its record. */
    private interface Call {
        void run(JournalEntry entry) throws Exception;
    }

    /** CALLS and THREADS. */
    public static void main(String[] arguments) throws Exception {
        int calls = arguments.length < 1 ? 100_000 : Integer.parseInt(arguments[0]);
        int threads = arguments.length < 2 ? 8 : Integer.parseInt(arguments[1]);
        try (var database = TestDatabase.start()) {
            var bench =
                    new AuditBench(
                            database, Files.createTempDirectory("audit-bench"), calls, threads);
            List<Stage> stages =
                    List.of(
                            () ->
                                    bench.journal(
                                            "journal, forced every 10 ms", Duration.ofMillis(10)),
                            () -> bench.journal("journal, each group forced", Duration.ZERO),
                            bench::insertPerCall,
                            bench::bytes,
                            bench::onwards);
            for (Stage stage : stages) {
                stage.run();
            }
        }
        System.exit(0);
    }

    /** From the call into the journal, and until PostgreSQL has all of them. */
    private void journal(String name, Duration force) throws Exception {
        journal(name, force, null);
    }

    /**
     * @param way waited for as well; null where records stay in PostgreSQL
     */
    private void journal(String name, Duration force, @Nullable AuditWay way) throws Exception {
        Path own = folder.resolve(UUID.randomUUID().toString());
        try (var rig =
                new JournalRig(
                        database.url(),
                        DatabaseRoles.WEB,
                        database.password(),
                        own,
                        8L << 30,
                        force)) {
            measure(rig::call, WARM_UP);
            awaitDrained(rig);
            long began = System.nanoTime();
            long[] times = measure(rig::call, calls);
            double called = (System.nanoTime() - began) / 1e9;
            awaitDrained(rig);
            double drained = (System.nanoTime() - began) / 1e9;
            report(name, times, called);
            System.out.printf("  to PostgreSQL    %,10.0f records/s%n", times.length / drained);
            if (way != null) {
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(20))
                        .atMost(Duration.ofHours(1))
                        .until(way::isThrough);
                double through = (System.nanoTime() - began) / 1e9;
                System.out.printf("  to Elasticsearch %,10.0f records/s%n", times.length / through);
            }
        }
    }

    private static void awaitDrained(JournalRig rig) {
        while (rig.journal.size() > 0) {
            Thread.onSpinWait();
        }
    }

    /** Sixteen connections, as many as help. */
    private void insertPerCall() throws Exception {
        try (var pool = new HikariDataSource()) {
            pool.setJdbcUrl(database.url());
            pool.setUsername(DatabaseRoles.WEB);
            pool.setPassword(database.password());
            pool.setMaximumPoolSize(16);
            var jdbc = JdbcClient.create(pool);
            Call insert =
                    entry -> {
                        try (var connection = pool.getConnection()) {
                            connection.setAutoCommit(false);
                            var own =
                                    JdbcClient.create(
                                            new org.springframework.jdbc.datasource
                                                    .SingleConnectionDataSource(connection, true));
                            own.sql("select set_config('assay.tenant', ?, true)")
                                    .param(entry.row().tenant().toString())
                                    .query(String.class)
                                    .single();
                            entry.row().insert(own);
                            connection.commit();
                        }
                    };
            jdbc.sql("select 1").query(Integer.class).single();
            measure(insert, WARM_UP / 10);
            long began = System.nanoTime();
            long[] times = measure(insert, calls / 10);
            report("INSERT per call", times, (System.nanoTime() - began) / 1e9);
        }
    }

    private void bytes() {
        var superuser = JdbcClient.create(database.superuser());
        long rows = superuser.sql("select count(*) from audit_events").query(Long.class).single();
        long bytes =
                superuser
                        .sql(
                                """
                                select sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits
                                where inhparent = 'audit_events'::regclass
                                """)
                        .query(Long.class)
                        .single();
        System.out.printf(
                "bytes per record: %,d in the journal, %,d in PostgreSQL with its indexes%n",
                JournalRows.entry(1).bytes().length + JournalSegment.FRAME, bytes / rows);
    }

    /**
     * What waits by now goes through the chain and to Elasticsearch, one after the other: as after
     * an outage. Then all at once, as on a day like any other.
     */
    private void onwards() throws Exception {
        try (var way = new AuditWay(database)) {
            long began = System.nanoTime();
            long sealed = way.sealAll();
            double sealing = (System.nanoTime() - began) / 1e9;
            began = System.nanoTime();
            long stored = way.shipAll();
            double shipping = (System.nanoTime() - began) / 1e9;
            System.out.printf(
                    "catching up: chain %,.0f records/s (%,d), Elasticsearch %,.0f records/s (%,d),"
                            + " %,d bytes per document%n",
                    sealed / sealing, sealed, stored / shipping, stored, way.bytesPerDocument());
            Thread background = way.inTheBackground();
            journal("journal, all stages at once", Duration.ofMillis(10), way);
            background.interrupt();
            background.join();
        }
    }

    /** How long each call's record took, in nanoseconds, in order of length. */
    private long[] measure(Call call, int count) throws Exception {
        var tenant = new UUID(7, 7);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<long[]>> all = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                all.add(
                        executor.submit(() -> {
                            long[] times = new long[count / threads];
                            for (int i = 0; i < times.length; i++) {
                                var entry = JournalRows.entry(UUID.randomUUID(), tenant);
                                long began = System.nanoTime();
                                call.run(entry);
                                times[i] = System.nanoTime() - began;
                            }
                            return times;
                        }));
            }
            var times = LongStream.builder();
            for (Future<long[]> each : all) {
                Arrays.stream(each.get()).forEach(times);
            }
            return times.build().sorted().toArray();
        }
    }

    private static void report(String name, long[] times, double seconds) {
        System.out.printf(
                "%-30s %,10.0f calls/s  added p50 %,8.1f µs  p99 %,8.1f µs  p99.9 %,8.1f µs%n",
                name,
                times.length / seconds,
                times[times.length / 2] / 1e3,
                times[(int) (times.length * 0.99)] / 1e3,
                times[(int) (times.length * 0.999)] / 1e3);
    }
}
