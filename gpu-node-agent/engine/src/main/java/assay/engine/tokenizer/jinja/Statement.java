package assay.engine.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a template, parsed. Immutable. */
sealed interface Statement {
    record Text(String text) implements Statement {}

    record Output(Expression value) implements Statement {}

    record If(Expression condition, List<Statement> then, List<Statement> otherwise)
            implements Statement {}

    record For(
            List<String> targets,
            Expression over,
            @Nullable Expression filter,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    /** One target may be {@code namespace.attribute}; several unpack a list. */
    record Set(List<String> targets, Expression value) implements Statement {}

    record SetBlock(String target, List<Statement> body) implements Statement {}

    record Macro(
            String name,
            List<String> parameters,
            List<@Nullable Expression> defaults,
            List<Statement> body)
            implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}
}
