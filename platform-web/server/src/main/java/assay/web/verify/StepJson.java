package assay.web.verify;

import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.CandidateKind;
import assay.web.verify.Step.Decided;
import assay.web.verify.Step.StatementChecked;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Steps as JSON, in the one form that the database keeps and the API gives. Names are only added.
 * Stateless.
 */
final class StepJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private StepJson() {}

    static ObjectNode write(Step step) {
        ObjectNode node = NODES.objectNode();
        switch (step) {
            case StatementChecked s -> {
                node.put("step", "statement_checked").put("at", s.at().toString());
                node.put("accepted", s.accepted()).put("message", s.message());
                node.put("tool", s.tool()).put("duration_ms", s.durationMillis());
            }
            case CandidateGenerated s -> {
                node.put("step", "candidate_generated").put("at", s.at().toString());
                node.put("number", s.number()).put("kind", id(s.kind()));
                node.put("text", s.text()).put("note", s.note());
                node.put("temperature", s.temperature()).put("tokens", s.tokens());
                node.put("duration_ms", s.durationMillis());
            }
            case CandidateChecked s -> {
                node.put("step", "candidate_checked").put("at", s.at().toString());
                node.put("number", s.number()).put("accepted", s.accepted());
                node.put("phase", s.phase()).put("message", s.message());
                node.put("line", s.line()).put("column", s.column());
                var axioms = node.putArray("axioms");
                s.axioms().forEach(axioms::add);
                node.put("tool", s.tool()).put("duration_ms", s.durationMillis());
            }
            case Decided s -> {
                node.put("step", "decided").put("at", s.at().toString());
                node.put("verdict", s.verdict().id()).put("reason", s.reason());
            }
        }
        return node;
    }

    /**
     * @throws IllegalStateException for a step that this release does not know
     */
    static Step read(JsonNode node) {
        var at = Instant.parse(text(node, "at"));
        String name = text(node, "step");
        return switch (name) {
            case "statement_checked" ->
                    new StatementChecked(
                            at,
                            node.path("accepted").asBoolean(),
                            text(node, "message"),
                            text(node, "tool"),
                            node.path("duration_ms").asLong());
            case "candidate_generated" ->
                    new CandidateGenerated(
                            at,
                            node.path("number").asInt(),
                            CandidateKind.valueOf(text(node, "kind").toUpperCase(Locale.ROOT)),
                            text(node, "text"),
                            text(node, "note"),
                            (float) node.path("temperature").asDouble(),
                            node.path("tokens").asInt(),
                            node.path("duration_ms").asLong());
            case "candidate_checked" ->
                    new CandidateChecked(
                            at,
                            node.path("number").asInt(),
                            node.path("accepted").asBoolean(),
                            text(node, "phase"),
                            text(node, "message"),
                            node.path("line").asInt(),
                            node.path("column").asInt(),
                            node.path("axioms").valueStream().map(JsonNode::asString).toList(),
                            text(node, "tool"),
                            node.path("duration_ms").asLong());
            case "decided" ->
                    new Decided(
                            at,
                            Verdict.valueOf(text(node, "verdict").toUpperCase(Locale.ROOT)),
                            Optional.ofNullable(node.get("reason"))
                                    .filter(reason -> !reason.isNull())
                                    .map(JsonNode::asString)
                                    .orElse(null));
            default -> throw new IllegalStateException("a stored step is of kind " + name);
        };
    }

    static String id(CandidateKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString();
    }
}
