package assay.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls at full speed while the gateway, PostgreSQL and Elasticsearch are killed at random moments
 * and started again: afterwards every call that got an answer must have exactly one record in both
 * stores, and the chain must verify.
 *
 * <p>{@code ./assay bench audit-loss [CALLS [SEED]]}. It starts an instance of its own. One call in
 * twenty makes a token, the others are refused for what they ask; both leave a record. The last
 * line is one JSON object; exit 1 when a record is missing or doubled, or the chain is broken.
 */
final class AuditLossBench {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int USUAL_CALLS = 100_000;
    private static final int CLIENTS = 16;
    private static final int TOKEN_EVERY = 20;
    private static final int PAGE = 10_000;
    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(12);
    private static final Duration CATCH_UP = Duration.ofMinutes(10);
    private static final List<String> VICTIMS = List.of("web", "postgres", "elasticsearch");

    private final RunningStack stack;
    private final Random random;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Set<String> answered = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> kills = new LinkedHashMap<>();
    private final AtomicLong unanswered = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    private AuditLossBench(RunningStack stack, long seed) {
        this.stack = stack;
        this.random = new Random(seed);
    }

    public static void main(String[] arguments) throws Exception {
        int calls = arguments.length > 0 ? Integer.parseInt(arguments[0]) : USUAL_CALLS;
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
        Path data = Files.createTempDirectory("assay-audit-loss");
        boolean good;
        try (RunningStack stack = RunningStack.start(data, "--agents", "1")) {
            good = new AuditLossBench(stack, seed).run(calls);
        }
        System.exit(good ? 0 : 1);
    }

    private boolean run(int calls) throws Exception {
        var left = new AtomicLong(calls);
        var over = new AtomicBoolean();
        long began = System.nanoTime();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            clients.add(Thread.ofVirtual().start(() -> callUntilDone(client, left)));
        }
        Thread killer = Thread.ofPlatform().start(() -> killUntil(over));
        for (Thread client : clients) {
            client.join();
        }
        over.set(true);
        killer.join();
        double seconds = (System.nanoTime() - began) / 1e9;
        double caughtUp = awaitCaughtUp();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("calls", calls);
        report.put("answered", answered.size());
        report.put("refused_503", refused.get());
        report.put("unanswered", unanswered.get());
        report.put("seconds", Math.round(seconds));
        report.put("kills", kills);
        report.put("caught_up_seconds", Math.round(caughtUp));
        boolean good = compare("postgresql", inDatabase(), report);
        good &= compare("elasticsearch", inElasticsearch(), report);
        RunningStack.Outcome chain =
                RunningStack.script(
                        List.of("audit", "verify", "--data", stack.data().toString(), "--json"));
        report.put("chain_exit", chain.exitCode());
        good &= chain.exitCode() == 0;
        if (chain.exitCode() != 0) {
            System.out.println(chain.output());
        }
        System.out.println(JSON.writeValueAsString(report));
        return good;
    }

    private void callUntilDone(int client, AtomicLong left) {
        for (long call = left.getAndDecrement(); call > 0; call = left.getAndDecrement()) {
            try {
                call(client, call);
            } catch (IOException | RuntimeException e) {
                unanswered.incrementAndGet();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50)); // it is being started
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void call(int client, long number) throws IOException, InterruptedException {
        String body =
                number % TOKEN_EVERY == 0
                        ? "{\"prompt\": \"forall n : nat, n = n\", \"max_tokens\": 1}"
                        : "{\"prompt\": \"p\", \"max_tokens\": 1, \"model\": \"none-of-%d\"}"
                                .formatted(client);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(stack.text("http") + "/api/v1/generate"))
                        .header("Authorization", "Bearer " + stack.text("apiKey"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(60))
                        .POST(BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 503) {
            refused.incrementAndGet();
            return; // refused because nothing could be recorded, or there was nobody to answer
        }
        response.headers().firstValue("X-Request-Id").ifPresent(answered::add);
    }

    private void killUntil(AtomicBoolean over) {
        int next = 0;
        while (!over.get()) {
            long pause = (long) (BETWEEN_KILLS.toNanos() * (0.5 + random.nextDouble()));
            for (long end = System.nanoTime() + pause; System.nanoTime() < end && !over.get(); ) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
            if (!over.get()) {
                String victim = VICTIMS.get(next++ % VICTIMS.size());
                ProcessHandle.of(stack.process(victim)).ifPresent(ProcessHandle::destroyForcibly);
                kills.merge(victim, 1, Integer::sum);
            }
        }
    }

    /** Until nothing waits to be sealed or sent any more; tells how long that took. */
    private double awaitCaughtUp() {
        long began = System.nanoTime();
        while (System.nanoTime() - began < CATCH_UP.toNanos()) {
            try (Connection database = connection()) {
                long waiting =
                        number(
                                database,
                                "select (select count(*) from audit_unsealed)"
                                        + " + (select count(*) from audit_unshipped)");
                if (waiting == 0 && number(database, ofOurs("count(distinct " + ID + ")")) > 0) {
                    return (System.nanoTime() - began) / 1e9;
                }
            } catch (SQLException e) {
                System.err.println("the database is not back yet: " + e.getMessage());
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        }
        throw new IllegalStateException("records still wait after " + CATCH_UP);
    }

    private static final String ID = "correlation->>'request'";

    private static String ofOurs(String what) {
        return "select " + what + " from audit_events where action = 'inference.generate'";
    }

    private Map<String, Integer> inDatabase() throws SQLException {
        Map<String, Integer> records = new HashMap<>();
        try (Connection database = connection();
                var query = database.prepareStatement(ofOurs(ID));
                var rows = query.executeQuery()) {
            while (rows.next()) {
                records.merge(rows.getString(1), 1, Integer::sum);
            }
        }
        return records;
    }

    private Map<String, Integer> inElasticsearch() throws IOException, InterruptedException {
        String base = stack.text("elasticsearch");
        ask(base + "/audit-v1-*/_refresh", "");
        Map<String, Integer> records = new HashMap<>();
        String after = "";
        while (true) {
            JsonNode hits =
                    ask(
                                    base + "/audit-v1-*/_search",
                                    """
                                    {"size": %d, "_source": ["http.request.id"], %s
                                     "query": {"term": {"event.action": "inference.generate"}},
                                     "sort": [{"event.id": "asc"}]}
                                    """
                                            .formatted(PAGE, after))
                            .required("hits")
                            .required("hits");
            for (JsonNode hit : hits) {
                JsonNode source = hit.required("_source");
                String id =
                        source.has("http.request.id")
                                ? source.get("http.request.id").asString()
                                : source.at("/http/request/id").asString();
                records.merge(id, 1, Integer::sum);
            }
            if (hits.size() < PAGE) {
                return records;
            }
            after = "\"search_after\": %s,".formatted(hits.get(PAGE - 1).required("sort"));
        }
    }

    private JsonNode ask(String uri, String body) throws IOException, InterruptedException {
        var response =
                http.send(
                        HttpRequest.newBuilder(URI.create(uri))
                                .header("Content-Type", "application/json")
                                .timeout(Duration.ofMinutes(1))
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IllegalStateException(response.statusCode() + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }

    private boolean compare(
            String store, Map<String, Integer> records, Map<String, Object> report) {
        long missing = answered.stream().filter(id -> !records.containsKey(id)).count();
        long doubled = records.values().stream().filter(count -> count > 1).count();
        report.put(
                store, Map.of("records", records.size(), "missing", missing, "doubled", doubled));
        return missing == 0 && doubled == 0;
    }

    private Connection connection() throws SQLException {
        return DriverManager.getConnection(stack.text("database"));
    }

    private static long number(Connection database, String query) throws SQLException {
        try (var statement = database.prepareStatement(query);
                var rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
