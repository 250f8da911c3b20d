package assay.e2e;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Items of three tenants with weights 1:2:4 through the API of a running instance: who got which
 * share of the work while all three had some, whether an item was lost, and whether one was stored
 * or answered twice.
 *
 * <p>{@code ./assay bench batch [ITEMS [CONNECT.JSON [kill]]]}. It makes the tenants {@code
 * bench-1}, {@code bench-2} and {@code bench-4} with a key each, in the instance's own database.
 * With {@code kill} an agent is killed after a third of the items and the scheduler after two
 * thirds; it asks again until it is answered. The last line is one JSON object; exit 1 when an item
 * was lost or doubled.
 */
final class BatchBench {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int[] WEIGHTS = {1, 2, 4};
    private static final int USUAL_ITEMS = 10_000;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String base;
    private final Deque<Kill> kills = new ArrayDeque<>();

    private BatchBench(String base) {
        this.base = base;
    }

    /** A program that is killed when so many items are done. */
    private record Kill(long afterItems, String what, long process) {}

    /**
     * A tenant of the benchmark and its job.
     *
     * @param items that it submits
     */
    private record Party(UUID tenant, int weight, String key, int items) {}

    public static void main(String[] arguments) throws Exception {
        int items = arguments.length > 0 ? Integer.parseInt(arguments[0]) : USUAL_ITEMS;
        Path connect =
                arguments.length > 1 ? Path.of(arguments[1]) : Path.of(".assay", "connect.json");
        JsonNode found = JSON.readTree(connect.toFile());
        var bench = new BatchBench(found.required("http").asString());
        if (arguments.length > 2 && arguments[2].equals("kill")) {
            JsonNode pids = found.required("pids");
            bench.kills.add(new Kill(items / 3, "agent", pids.required("agents").get(0).asLong()));
            bench.kills.add(
                    new Kill(items * 2L / 3, "scheduler", pids.required("scheduler").asLong()));
        }
        List<Party> parties = new ArrayList<>();
        String shareKey;
        try (var database = DriverManager.getConnection(found.required("database").asString())) {
            var keys = new Keys(database, connect.resolveSibling("."));
            shareKey = keys.make(keys.tenant("default"), "batch:share");
            for (int weight : WEIGHTS) {
                UUID tenant = keys.tenant("bench-" + weight);
                String key = keys.make(tenant, "batch:run", "inference:invoke");
                parties.add(new Party(tenant, weight, key, items / WEIGHTS.length));
            }
        }
        System.exit(bench.run(parties, shareKey) ? 0 : 1);
    }

    private boolean run(List<Party> parties, String shareKey) throws Exception {
        for (Party party : parties) {
            put("/api/v1/admin/job-shares/" + party.tenant(), party.weight(), shareKey);
        }
        String stamp = Long.toHexString(System.currentTimeMillis());
        List<String> jobs = new ArrayList<>();
        for (Party party : parties) {
            String job = submit(party, stamp);
            post("/api/v1/jobs/" + job + "/pause", party.key());
            jobs.add(job);
        }
        List<Long> before = done(parties, jobs);
        long began = System.nanoTime();
        for (int i = 0; i < parties.size(); i++) {
            post("/api/v1/jobs/" + jobs.get(i) + "/resume", parties.get(i).key());
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("items", parties.stream().mapToInt(Party::items).sum());
        watch(parties, jobs, before, report);
        double seconds = (System.nanoTime() - began) / 1e9;
        report.put("seconds", Math.round(seconds * 10) / 10.0);
        boolean good = count(parties, jobs, report);
        System.out.println(JSON.writeValueAsString(report));
        return good;
    }

    /**
     * Follows the jobs to their end. The shares are those from the first look at which items of
     * every tenant were done, since the job that is resumed first finds all room free, to the last
     * at which every tenant still had work.
     */
    private void watch(
            List<Party> parties, List<String> jobs, List<Long> before, Map<String, Object> report)
            throws InterruptedException {
        List<Long> from = before;
        List<Long> shared = before;
        boolean allBegun = false;
        while (true) {
            List<Long> now = new ArrayList<>();
            boolean begun = true;
            boolean allWait = true;
            boolean allOver = true;
            for (int i = 0; i < parties.size(); i++) {
                JsonNode job = get("/api/v1/jobs/" + jobs.get(i), parties.get(i).key());
                now.add(job.required("items").required("done").asLong());
                begun &= now.getLast() > before.get(i);
                allWait &= job.required("items").required("waiting").asLong() > 0;
                allOver &= job.required("state").asString().equals("finished");
            }
            killWhatIsDue(now, before);
            if (!allBegun) {
                allBegun = begun;
                from = now;
            }
            if (allWait) {
                shared = now;
            }
            if (allOver) {
                break;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        report.put("shares", shares(parties, from, shared));
    }

    private void killWhatIsDue(List<Long> now, List<Long> before) {
        long done = 0;
        for (int i = 0; i < now.size(); i++) {
            done += now.get(i) - before.get(i);
        }
        while (!kills.isEmpty() && kills.getFirst().afterItems() <= done) {
            Kill kill = kills.removeFirst();
            ProcessHandle.of(kill.process()).ifPresent(ProcessHandle::destroyForcibly);
            System.out.println("killed the " + kill.what() + " after " + done + " items");
        }
    }

    private static List<Map<String, Object>> shares(
            List<Party> parties, List<Long> from, List<Long> shared) {
        long all = 0;
        int weights = 0;
        for (int i = 0; i < parties.size(); i++) {
            all += shared.get(i) - from.get(i);
            weights += parties.get(i).weight();
        }
        List<Map<String, Object>> shares = new ArrayList<>();
        for (int i = 0; i < parties.size(); i++) {
            long done = shared.get(i) - from.get(i);
            double due = (double) parties.get(i).weight() / weights;
            double got = all == 0 ? 0 : (double) done / all;
            Map<String, Object> share = new LinkedHashMap<>();
            share.put("weight", parties.get(i).weight());
            share.put("done", done);
            share.put("share", rounded(got));
            share.put("due", rounded(due));
            share.put("off_percent", rounded(100 * Math.abs(got - due) / due));
            shares.add(share);
        }
        return shares;
    }

    /** Reads every result: each submitted item must be there, done, and once. */
    private boolean count(List<Party> parties, List<String> jobs, Map<String, Object> report)
            throws InterruptedException {
        long lost = 0;
        long doubled = 0;
        long failed = 0;
        long retried = 0;
        for (int i = 0; i < parties.size(); i++) {
            Set<String> seen = new HashSet<>();
            String cursor = "";
            do {
                String at = cursor.isEmpty() ? "" : "&cursor=" + cursor;
                String path = "/api/v1/jobs/" + jobs.get(i) + "/results?limit=1000" + at;
                JsonNode page = get(path, parties.get(i).key());
                for (JsonNode result : page.required("results")) {
                    doubled += seen.add(result.required("id").asString()) ? 0 : 1;
                    boolean done = result.required("state").asString().equals("done");
                    failed += done ? 0 : 1;
                    retried += result.required("attempts").asInt() > 1 ? 1 : 0;
                }
                cursor = page.path("next_cursor").asString("");
            } while (!cursor.isEmpty());
            lost += parties.get(i).items() - seen.size();
        }
        report.put("lost", lost);
        report.put("doubled", doubled);
        report.put("failed", failed);
        report.put("tried_again", retried);
        return lost == 0 && doubled == 0 && failed == 0;
    }

    private String submit(Party party, String stamp) throws InterruptedException {
        var lines = new StringBuilder();
        for (int i = 0; i < party.items(); i++) {
            lines.append("{\"id\":\"i-")
                    .append(i)
                    .append("\",\"prompt\":\"forall n : nat, n + ")
                    .append(i % 97)
                    .append(" = n\",\"max_tokens\":4}\n");
        }
        String name = "bench-" + party.weight() + "-" + stamp;
        return send(request("/api/v1/jobs?kind=generate&name=" + name, party.key())
                        .header("Content-Type", "application/x-ndjson")
                        .header("Idempotency-Key", name)
                        .timeout(Duration.ofMinutes(5))
                        .POST(BodyPublishers.ofString(lines.toString()))
                        .build())
                .required("id")
                .asString();
    }

    private List<Long> done(List<Party> parties, List<String> jobs) throws InterruptedException {
        List<Long> done = new ArrayList<>();
        for (int i = 0; i < parties.size(); i++) {
            JsonNode items = get("/api/v1/jobs/" + jobs.get(i), parties.get(i).key());
            while (items.required("items").required("running").asLong() > 0) {
                LockSupport.parkNanos(LOOK.toNanos());
                items = get("/api/v1/jobs/" + jobs.get(i), parties.get(i).key());
            }
            done.add(items.required("items").required("done").asLong());
        }
        return done;
    }

    private JsonNode get(String path, String key) throws InterruptedException {
        return send(request(path, key).timeout(Duration.ofSeconds(30)).build());
    }

    private void post(String path, String key) throws InterruptedException {
        send(
                request(path, key)
                        .timeout(Duration.ofSeconds(30))
                        .POST(BodyPublishers.noBody())
                        .build());
    }

    private void put(String path, int weight, String key) throws InterruptedException {
        send(
                request(path, key)
                        .timeout(Duration.ofSeconds(30))
                        .PUT(BodyPublishers.ofString("{\"weight\": " + weight + "}"))
                        .build());
    }

    private HttpRequest.Builder request(String path, String key) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .header("Authorization", "Bearer " + key);
    }

    /** Asks until it is answered: whoever is killed comes back. */
    private JsonNode send(HttpRequest request) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        String trouble = "nothing";
        while (System.nanoTime() < until) {
            try {
                var response = http.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() / 100 == 2) {
                    return JSON.readTree(response.body());
                }
                if (response.statusCode() < 500) {
                    throw new IllegalStateException(
                            response.statusCode() + " " + request.uri() + ": " + response.body());
                }
                trouble = response.statusCode() + ": " + response.body();
            } catch (java.io.IOException e) {
                trouble = String.valueOf(e.getMessage());
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        throw new IllegalStateException(
                request.uri() + ": no answer for " + PATIENCE + ": " + trouble);
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }

    /** Tenants and keys, made as the gateway makes them: no path of the API does so yet. */
    private static final class Keys {
        private static final String ALPHABET =
                "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        private static final int RANDOM_CHARS = 40;
        private static final int SUM_CHARS = 6;

        private final Connection database;
        private final SecretKeySpec pepper;
        private final SecureRandom random = new SecureRandom();

        Keys(Connection database, Path folder) throws java.io.IOException {
            this.database = database;
            String secret = Files.readString(folder.resolve("web/secrets/api-key-pepper")).strip();
            this.pepper = new SecretKeySpec(HexFormat.of().parseHex(secret), "HmacSHA256");
        }

        UUID tenant(String slug) throws SQLException {
            try (var insert =
                            database.prepareStatement(
                                    "insert into tenants (id, slug, name) values (?, ?, ?)"
                                            + " on conflict (slug) do nothing");
                    var query =
                            database.prepareStatement("select id from tenants where slug = ?")) {
                insert.setObject(1, UUID.randomUUID());
                insert.setString(2, slug);
                insert.setString(3, slug);
                insert.executeUpdate();
                query.setString(1, slug);
                try (var rows = query.executeQuery()) {
                    rows.next();
                    return rows.getObject(1, UUID.class);
                }
            }
        }

        String make(UUID tenant, String... scopes) throws Exception {
            String key = draw();
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(pepper);
            try (var insert =
                    database.prepareStatement(
                            "insert into api_keys (id, tenant_id, name, prefix, key_hash, scopes)"
                                    + " values (?, ?, 'bench', ?, ?, ?)")) {
                insert.setObject(1, UUID.randomUUID());
                insert.setObject(2, tenant);
                insert.setString(3, key.substring(0, 10));
                insert.setBytes(4, mac.doFinal(key.getBytes(StandardCharsets.UTF_8)));
                insert.setArray(5, database.createArrayOf("text", scopes));
                insert.executeUpdate();
            }
            return key;
        }

        private String draw() {
            var text = new StringBuilder("ask_");
            for (int i = 0; i < RANDOM_CHARS; i++) {
                text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
            var crc = new CRC32();
            crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
            long rest = crc.getValue();
            var sum = new char[SUM_CHARS];
            for (int i = SUM_CHARS - 1; i >= 0; i--) {
                sum[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
                rest /= ALPHABET.length();
            }
            return text.append(sum).toString();
        }
    }
}
