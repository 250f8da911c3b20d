package assay.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * Kills the scheduler that leads while a text is written and items of a job wait, and has the one
 * that stood by change a deployment. Confined to its thread.
 */
final class Takeover {
    static final int TOKENS = 300;
    static final int ITEMS = 40;

    private static final int PIECES = 10;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String LEADS = "acting with epoch";
    private static final String STANDS_BY = "standby: another scheduler holds the lease";

    private final RunningStack stack;
    private final Gateway gateway;
    private final String key;

    /**
     * What it came to.
     *
     * @param ledAfter from the kill until the standby led
     * @param answer the text that was being written
     * @param waitingItems of the job when the leader was killed
     * @param doneItems of the job in the end
     */
    record Result(Duration ledAfter, Streamed.Ended answer, long waitingItems, long doneItems) {}

    /** Something that is true after a while. */
    private interface Condition {
        boolean holds() throws IOException;
    }

    Takeover(RunningStack stack) throws Exception {
        this.stack = stack;
        gateway = new Gateway(stack);
        try (var database = DriverManager.getConnection(stack.text("database"))) {
            var keys = new Keys(database, stack.data());
            key =
                    keys.make(
                            keys.tenant("default"),
                            "inference:invoke",
                            "batch:run",
                            "deployment:read",
                            "deployment:manage");
        }
    }

    Result run() throws Exception {
        Path first = stack.data().resolve("logs/scheduler.log");
        Path second = stack.data().resolve("logs/scheduler-2.log");
        await("the standby to stand by", () -> Files.readString(second).contains(STANDS_BY));
        JsonNode deployment = only("/api/v1/admin/deployments", "deployments");
        long killed = stack.schedulers().getFirst();
        Streamed stream = open();
        stream.awaitPieces(LONG);
        String job = submit();
        long waiting = items(job, "waiting");
        ProcessHandle.of(killed).orElseThrow().destroyForcibly();
        Instant struck = Instant.now();
        await("the standby to lead", () -> Files.readString(second).contains(LEADS));
        final Duration ledAfter = Duration.between(struck, Instant.now());
        change(deployment);
        Streamed.Ended answer = stream.awaitEnd(LONG);
        await("the job's items", () -> items(job, "done") == ITEMS);
        await(
                "the one that was killed to stand by",
                () ->
                        stack.schedulers().getFirst() != killed
                                && Files.readString(first).contains(STANDS_BY));
        return new Result(ledAfter, answer, waiting, items(job, "done"));
    }

    /** Another replica is made by the new leader, and the old one goes when that serves. */
    private void change(JsonNode deployment) throws IOException, InterruptedException {
        Map<String, Object> body = new HashMap<>();
        body.put("model", deployment.required("model").asString());
        body.put("version", deployment.required("version").asString());
        for (String field : new String[] {"replicas", "stages", "kv_tokens"}) {
            body.put(field, deployment.required(field).asInt());
        }
        for (String field : new String[] {"weights", "activations"}) {
            body.put(field, deployment.required(field).asString());
        }
        body.put("max_sequences", deployment.required("max_sequences").asInt() - 1);
        String path = "/api/v1/admin/deployments/" + deployment.required("name").asString();
        await("the change to be taken", () -> gateway.put(path, body, key).status() == 200);
        await(
                "the change to be carried out",
                () ->
                        gateway.get(path + "/history", key)
                                .response()
                                .body()
                                .contains("its deployment was changed"));
    }

    /**
     * Asks for a text until the condition holds: that must go on all the time. Each question takes
     * a call's time, so this does not spin.
     */
    private void await(String what, Condition condition) throws IOException {
        Instant end = Instant.now().plus(LONG);
        while (!condition.holds()) {
            var answer = gateway.post("/api/v1/generate", Map.of("prompt", "x", "max_tokens", 2));
            if (answer.status() != 200) {
                throw new IllegalStateException(
                        "while waiting for " + what + ": " + answer.response().body());
            }
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException("waited " + LONG + " for " + what);
            }
        }
    }

    private Streamed open() {
        Map<String, Object> body = new HashMap<>();
        body.put("prompt", "Theorem t : forall n m : nat, n + m = m + n.");
        body.put("max_tokens", TOKENS);
        body.put("temperature", 0);
        body.put("stream", true);
        body.put("logit_bias", Map.of(FaultRun.endToken(), -100));
        return Streamed.open(stack, body, PIECES);
    }

    private String submit() {
        String lines =
                IntStream.range(0, ITEMS)
                        .mapToObj(i ->
                                "{\"id\":\"i-%d\",\"prompt\":\"forall n\",\"max_tokens\":8}"
                                        .formatted(i))
                        .collect(Collectors.joining("\n"));
        Gateway.Answer answer = gateway.submit("takeover", lines, key);
        if (answer.status() / 100 != 2) {
            throw new IllegalStateException("job: " + answer.response().body());
        }
        return answer.json().required("id").asString();
    }

    /** How many there are in that state; a scheduler that is away is asked again by who waits. */
    private long items(String job, String state) {
        Gateway.Answer answer = gateway.get("/api/v1/jobs/" + job, key);
        return answer.status() == 200
                ? answer.json().required("items").required(state).asLong()
                : -1;
    }

    private JsonNode only(String path, String field) {
        return gateway.get(path, key).json().required(field).get(0);
    }
}
