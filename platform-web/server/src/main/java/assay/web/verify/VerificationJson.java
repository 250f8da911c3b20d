package assay.web.verify;

import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.StatementChecked;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A verification as the API tells it. What there is nothing to say about is left out. Stateless.
 */
final class VerificationJson {
    static final String PATH = "/api/v1/verifications";

    private VerificationJson() {}

    /** The result, as far as there is one. */
    static ObjectNode result(StoredVerification stored) {
        var v = stored.verification();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", v.id().toString());
        node.put("scenario", v.scenario()).put("system", v.system());
        node.put("state", v.state().name().toLowerCase(Locale.ROOT));
        node.put("statement", v.statement());
        put(node, "preamble", v.preamble().isEmpty() ? null : v.preamble());
        node.put("samples", v.samples());
        put(node, "verdict", v.verdict() == null ? null : v.verdict().id());
        put(node, "proof", v.proof());
        put(node, "counterexample", v.counterexample());
        put(node, "reason", v.reason());
        put(node, "cause", v.cause() == null ? null : v.cause().id());
        error(node, stored.failure());
        var steps = node.putArray("steps");
        v.steps().forEach(step -> steps.add(StepJson.write(step)));
        if (v.source() != null) {
            node.put("source", v.source()).put("source_sha256", Sha256.hex(v.source()));
            var axioms = node.putArray("axioms");
            axioms(v).forEach(axioms::add);
        }
        String report = PATH + "/" + v.id() + "/report?format=";
        node.putObject("report").put("html", report + "html").put("json", report + "json");
        put(node, "model", v.model());
        put(node, "model_version", v.modelVersion());
        put(node, "tool", tool(v));
        node.put("created_at", v.createdAt().toString());
        if (v.finishedAt() != null) {
            node.put("finished_at", v.finishedAt().toString());
            node.put(
                    "duration_ms",
                    Math.max(0, Duration.between(v.createdAt(), v.finishedAt()).toMillis()));
        }
        return node;
    }

    /** The result with what makes it traceable. */
    static ObjectNode report(StoredVerification stored) {
        var tally = Tally.of(stored.verification());
        ObjectNode node = result(stored);
        node.put("statement_sha256", Sha256.hex(stored.verification().statement()));
        node.put("request_id", stored.requestId());
        node.put("candidates", tally.candidates()).put("duplicates", tally.duplicates());
        node.put("tokens", tally.tokens());
        return node;
    }

    private static void error(ObjectNode node, @Nullable Failure failure) {
        if (failure != null) {
            var error = node.putObject("error");
            error.put("code", failure.code().slug()).put("detail", failure.detail());
            if (failure.retryAfter() != null) {
                error.put("retry_after_ms", failure.retryAfter().toMillis());
            }
        }
    }

    /** What the accepted candidate rests on. */
    static List<String> axioms(Verification v) {
        return v.steps().stream()
                .filter(CandidateChecked.class::isInstance)
                .map(CandidateChecked.class::cast)
                .filter(CandidateChecked::accepted)
                .map(CandidateChecked::axioms)
                .findFirst()
                .orElse(List.of());
    }

    /** The checker that read the statement, with its version; null before. */
    static @Nullable String tool(Verification v) {
        return v.steps().stream()
                .filter(StatementChecked.class::isInstance)
                .map(step -> ((StatementChecked) step).tool())
                .filter(tool -> !tool.isBlank())
                .findFirst()
                .orElse(null);
    }

    private static void put(ObjectNode node, String name, @Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }
}
