package assay.web.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Three processes with a gateway's limits over one database; one of them gets SIGKILL. */
class KilledGatewayIT {
    private static final Duration LEASE = Duration.ofSeconds(4);
    private static final int CLIENTS = 200;

    private static TestDatabase database;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Child> children = new ArrayList<>();
    private UUID tenant;

    private record Child(Process process, int port) {}

    @BeforeAll
    static void start() {
        database = TestDatabase.start();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @BeforeEach
    void threeGateways() throws IOException {
        tenant = UUID.randomUUID();
        superuser()
                .sql("insert into tenants (id, slug, name) values (?, ?, 'T')")
                .params(tenant, "t-" + tenant)
                .update();
        List<Process> started = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            started.add(child());
        }
        for (Process each : started) {
            var out = new BufferedReader(each.inputReader(StandardCharsets.UTF_8));
            children.add(new Child(each, Integer.parseInt(out.readLine())));
        }
    }

    private Process child() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChildGateway.class.getName(),
                        database.url(),
                        DatabaseRoles.WEB,
                        database.password(),
                        tenant.toString(),
                        LEASE.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @AfterEach
    void end() {
        children.forEach(each -> each.process().destroyForcibly());
        http.close();
    }

    private static JdbcClient superuser() {
        return JdbcClient.create(database.superuser());
    }

    private void limit(LimitKind kind, long amount) {
        superuser()
                .sql(
                        "insert into quotas (id, tenant_id, subject, subject_id, kind, amount)"
                                + " values (gen_random_uuid(), ?, 'tenant', ?, ?, ?)")
                .params(tenant, tenant.toString(), kind.id(), amount)
                .update();
    }

    private long charged(LimitKind kind) {
        return superuser()
                .sql(
                        """
                        select coalesce(sum(s.charged), 0)
                        from quota_slots s join quotas q on q.id = s.quota_id
                        where q.tenant_id = ? and q.kind = ? and s.counts_until > now()
                        """)
                .params(tenant, kind.id())
                .query(Long.class)
                .single();
    }

    /** The answer's status; 0 when the process was killed under the request. */
    private int ask(Child child, String path) throws InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + child.port() + path))
                        .build();
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private record Tally(AtomicInteger admitted, AtomicInteger refused, AtomicInteger lost) {}

    /** Each client's requests one after the other, in turn at the gateways; one dies under them. */
    private Tally storm(int each, int tokens, int killAfter) throws Exception {
        var tally = new Tally(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        var answers = new AtomicInteger();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                all.add(
                        clients.submit(() -> {
                            for (int j = 0; j < each; j++) {
                                var where = children.get((client + j) % children.size());
                                switch (ask(where, "/" + tokens)) {
                                    case 200 -> tally.admitted().incrementAndGet();
                                    case 429 -> tally.refused().incrementAndGet();
                                    default -> tally.lost().incrementAndGet();
                                }
                                if (answers.incrementAndGet() == killAfter) {
                                    children.getLast().process().destroyForcibly(); // SIGKILL
                                }
                            }
                            return null;
                        }));
            }
            for (Future<?> client : all) {
                client.get();
            }
        }
        assertThat(children.getLast().process().waitFor()).isEqualTo(128 + 9);
        return tally;
    }

    @Test
    void theLimitOfRequestsIsNotPassedWhenAGatewayIsKilledUnderItsClients() throws Exception {
        limit(LimitKind.REQUESTS_PER_MINUTE, 1000);
        long began = System.nanoTime();
        var tally = storm(9, 0, 400);
        long minutes = 1 + Duration.ofNanos(System.nanoTime() - began).toMinutes(); // mostly one
        assertThat(tally.lost()).as("it was killed under requests").hasPositiveValue();
        assertThat(tally.admitted().get()).isLessThanOrEqualTo((int) (1000 * minutes));
        assertThat(charged(LimitKind.REQUESTS_PER_MINUTE)).isLessThanOrEqualTo(1000);
        // What it did not use of its leases, the others use.
        await().atMost(LEASE.multipliedBy(3))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    while (ask(children.getFirst(), "/0") == 200) {
                        tally.admitted().incrementAndGet();
                    }
                    return charged(LimitKind.REQUESTS_PER_MINUTE) == 1000;
                });
        // Lost to nobody but the clients who heard no answer, or the answers no word was given of.
        assertThat(tally.admitted().get()).isBetween(700, (int) (1000 * (minutes + 1)));
    }

    @Test
    void aReservationOfAKilledGatewayComesBackWithinItsLeaseAndTheBudgetHolds() throws Exception {
        limit(LimitKind.TOKENS_PER_DAY, 100_000);
        assertThat(ask(children.getLast(), "/hold/40000")).isEqualTo(200);
        assertThat(ask(children.getFirst(), "/60001")).as("it is reserved").isEqualTo(429);
        var tally = storm(4, 100, 300);
        int used = 100 * tally.admitted().get();
        assertThat(charged(LimitKind.TOKENS_PER_DAY)).isLessThanOrEqualTo(100_000);

        // More than was left beside the reservation: there is room when that has come back.
        long room = 99_000 - used - 100L * tally.lost().get();
        assertThat(used + room).isGreaterThan(60_000);
        await().atMost(LEASE.multipliedBy(2))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> ask(children.getFirst(), "/" + room) == 200);
        assertThat(used + room).isLessThanOrEqualTo(100_000);
        assertThat(charged(LimitKind.TOKENS_PER_DAY)).isLessThanOrEqualTo(100_000);
    }
}
