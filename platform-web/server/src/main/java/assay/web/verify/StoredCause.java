package assay.web.verify;

import assay.web.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A missing verdict's cause as JSON, in the form that the database keeps. Stateless. */
final class StoredCause {
    private StoredCause() {}

    /** As the database keeps it. Names are only added. */
    static ObjectNode write(NoVerdict cause) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("kind", cause.id());
        switch (cause) {
            case NoVerdict.OutOfTime c -> node.put("bound_ms", c.bound().toMillis());
            case NoVerdict.NoChecker c -> node.put("system", c.system());
            case NoVerdict.Failed c -> node.put("code", c.code().name());
            case NoVerdict.Exhausted _, NoVerdict.Cancelled _ -> {
                // the name says it all
            }
        }
        return node;
    }

    /**
     * What was kept; null when nothing was.
     *
     * @throws IllegalStateException for a cause that this release does not know
     */
    static @Nullable NoVerdict read(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return null;
        }
        String kind = node.path("kind").asString();
        return switch (kind) {
            case "exhausted" -> new NoVerdict.Exhausted();
            case "out-of-time" ->
                    new NoVerdict.OutOfTime(Duration.ofMillis(node.path("bound_ms").asLong()));
            case "no-checker" -> new NoVerdict.NoChecker(node.path("system").asString());
            case "cancelled" -> new NoVerdict.Cancelled();
            case "failed" -> new NoVerdict.Failed(ErrorCode.valueOf(node.path("code").asString()));
            default -> throw new IllegalStateException("a stored verification ended by " + kind);
        };
    }
}
