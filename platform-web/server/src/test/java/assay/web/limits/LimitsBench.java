package assay.web.limits;

import assay.web.RunningGateway;
import assay.web.identity.BearerKeys;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import javax.sql.DataSource;

/**
 * What is added to a request by knowing its key and by holding it to six limits of its tenant, key
 * and model, from the header to the end of the settlement; and what one token of a bucket of
 * Bucket4j costs that is kept in the same PostgreSQL. Both from two threads, far from any limit,
 * one after the other in one process. The database runs on the same machine and writes nothing
 * through to its disk, which is in the bucket's favour.
 */
final class LimitsBench {
    private static final int THREADS = 2;

    private LimitsBench() {}

    /** One request's share of what is measured. */
    private interface Step {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length == 0 ? 8 : Integer.parseInt(arguments[0]);
        RunningGateway gateway = RunningGateway.shared();
        String tenant = UUID.randomUUID().toString();
        gateway.one(
                "insert into tenants (id, slug, name) values (?::uuid, ?, 'T') returning 1",
                tenant,
                "t-" + tenant);
        String header = "Bearer " + TestKeys.make(gateway, tenant, EnumSet.allOf(Permission.class));
        var keys = gateway.bean(BearerKeys.class);
        var caller = keys.authenticate(header, "127.0.0.1", null);
        limit(gateway, tenant, "tenant", tenant, LimitKind.REQUESTS_PER_MINUTE);
        limit(gateway, tenant, "tenant", tenant, LimitKind.CONCURRENT_REQUESTS);
        limit(gateway, tenant, "tenant", tenant, LimitKind.TOKENS_PER_DAY);
        limit(gateway, tenant, "key", caller.id(), LimitKind.OUTPUT_TOKENS_PER_MINUTE);
        limit(gateway, tenant, "key", caller.id(), LimitKind.INPUT_TOKENS_PER_MINUTE);
        limit(gateway, tenant, "model", "assay-reference", LimitKind.TOKENS_PER_MONTH);
        var admissions = gateway.bean(Admissions.class);
        Step ours =
                () -> {
                    var known = keys.authenticate(header, "127.0.0.1", null);
                    try (var admission =
                            admissions.generation(known, "assay-reference", "a prompt", 128)) {
                        admission.settle(new Need(1, 0, 2, 100, 0));
                    }
                };
        measure(ours, 2); // what is measured is warm
        report("authentication + six limits", measure(ours, seconds));

        var bucket = bucket(gateway);
        measure(bucket, 2);
        report("Bucket4j in PostgreSQL, one token", measure(bucket, seconds));
        System.exit(0);
    }

    private static Step bucket(RunningGateway gateway) throws Exception {
        try (var connection = gateway.database.superuser().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "create table bucket (id bigint primary key, state bytea, expires_at bigint)");
            statement.execute("grant all on bucket to assay_web");
        }
        var proxies =
                Bucket4jPostgreSQL.selectForUpdateBasedBuilder(gateway.bean(DataSource.class))
                        .primaryKeyMapper(PrimaryKeyMapper.LONG)
                        .build();
        var configuration =
                BucketConfiguration.builder()
                        .addLimit(limit ->
                                limit.capacity(1_000_000_000)
                                        .refillGreedy(1_000_000_000, Duration.ofMinutes(1)))
                        .build();
        var bucket = proxies.builder().build(1L, () -> configuration);
        return () -> {
            if (!bucket.tryConsume(1)) {
                throw new IllegalStateException("the bucket is empty");
            }
        };
    }

    private static void limit(
            RunningGateway gateway, String tenant, String subject, String id, LimitKind kind) {
        gateway.one(
                "insert into quotas (id, tenant_id, subject, subject_id, kind, amount)"
                        + " values (?, ?::uuid, ?, ?, ?, ?) returning 1",
                UUID.randomUUID(),
                tenant,
                subject,
                id,
                kind.id(),
                1_000_000_000_000L);
    }

    /** How long each took, in nanoseconds, in order of length. */
    private static long[] measure(Step step, int seconds) throws Exception {
        long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        try (var threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<long[]>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                all.add(
                        threads.submit(() -> {
                            var times = new long[1 << 22];
                            int count = 0;
                            for (long now = System.nanoTime();
                                    now < until && count < times.length; ) {
                                step.run();
                                long after = System.nanoTime();
                                times[count++] = after - now;
                                now = after;
                            }
                            return Arrays.copyOf(times, count);
                        }));
            }
            LongStream together = LongStream.empty();
            for (Future<long[]> each : all) {
                together = LongStream.concat(together, Arrays.stream(each.get()));
            }
            return together.sorted().toArray();
        }
    }

    private static void report(String what, long[] times) {
        System.out.printf(
                "%-36s %9d requests  p50 %8.1f µs  p99 %8.1f µs  p99.9 %9.1f µs%n",
                what, times.length, at(times, 0.5), at(times, 0.99), at(times, 0.999));
    }

    private static double at(long[] times, double share) {
        return times[(int) Math.min(times.length - 1, (long) (share * times.length))] / 1000.0;
    }
}
