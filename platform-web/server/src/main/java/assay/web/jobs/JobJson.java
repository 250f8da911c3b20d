package assay.web.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Jobs and results as the API tells them. What there is nothing to say about is left out. */
final class JobJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private JobJson() {}

    static ObjectNode job(Job job) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", job.id().toString()).put("name", job.name());
        node.put("kind", job.kind().id()).put("state", job.state().id());
        put(node, "waiting_for", job.waitsFor() == null ? null : job.waitsFor().id());
        put(node, "model", job.model());
        node.put("owner", job.ownerName());
        node.put("priority", job.priority()).put("max_attempts", job.maxAttempts());
        put(node, "deadline", job.deadline());
        var counts = job.counts();
        node.putObject("items")
                .put("total", counts.total())
                .put("waiting", counts.waiting())
                .put("delayed", counts.delayed())
                .put("running", counts.running())
                .put("done", counts.done())
                .put("dead", counts.dead())
                .put("dropped", counts.dropped());
        node.put("tokens", counts.tokens());
        node.put("progress", counts.progress());
        node.put("items_per_second", job.itemsPerSecond());
        put(node, "eta", job.eta());
        put(node, "submitted_at", job.submittedAt());
        put(node, "started_at", job.startedAt());
        put(node, "finished_at", job.finishedAt());
        node.put("results", JobAudit.PATH + "/" + job.id() + "/results");
        return node;
    }

    static ObjectNode result(ItemResult result) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("index", result.index()).put("id", result.id());
        node.put("state", result.state().id()).put("attempts", result.attempts());
        if (result.output() != null) {
            node.set("result", JSON.readTree(result.output()));
        }
        if (result.errorCode() != null) {
            node.putObject("error")
                    .put("code", result.errorCode())
                    .put("detail", result.errorMessage());
        }
        put(node, "finished_at", result.finishedAt());
        return node;
    }

    private static void put(ObjectNode node, String name, @Nullable Object value) {
        if (value instanceof Instant time) {
            node.put(name, time.toString());
        } else if (value != null) {
            node.put(name, value.toString());
        }
    }
}
