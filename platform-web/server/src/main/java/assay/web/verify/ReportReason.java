package assay.web.verify;

import assay.web.verify.Step.StatementChecked;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no verdict and what may be done about it: sentences in the reader's language around
 * the checker's own words. Stateless but for its language.
 */
final class ReportReason {
    private final ReportTexts texts;

    ReportReason(ReportTexts texts) {
        this.texts = texts;
    }

    /** What is known of it; a checker's message stands as the checker wrote it. */
    Html why(Verification v) {
        List<Html> parts = new ArrayList<>();
        var cause = v.cause();
        if (cause != null && !(cause instanceof NoVerdict.Exhausted)) {
            parts.add(Html.of("<p>{}</p>", sentence(cause)));
        }
        var refused = refusedStatement(v);
        if (refused != null) {
            parts.add(quote(refused.message()));
        }
        if (v.tally().candidates() > 0) {
            parts.add(tried(v));
            v.lastAnswer()
                    .ifPresent(message -> {
                        parts.add(Html.of("<p class=\"about\">{}</p>", texts.get("reason.last")));
                        parts.add(quote(message));
                    });
        }
        return parts.isEmpty()
                ? Html.of("<p>{}</p>", texts.get("reason.unknown"))
                : Html.join(parts);
    }

    /** What to try. */
    Html next(Verification v) {
        List<Html> rows =
                keys(v).stream().map(key -> Html.of("<li>{}</li>", texts.get(key))).toList();
        return Html.of("<ul class=\"plain\">{}</ul>", Html.join(rows));
    }

    private String sentence(NoVerdict cause) {
        return switch (cause) {
            case NoVerdict.OutOfTime c -> texts.get("cause.out-of-time", c.bound().toSeconds());
            case NoVerdict.Failed c -> texts.get("cause." + c.code().slug());
            case NoVerdict.Exhausted _, NoVerdict.NoChecker _, NoVerdict.Cancelled _ ->
                    texts.get("cause." + cause.id());
        };
    }

    private static List<String> keys(Verification v) {
        if (refusedStatement(v) != null) {
            return List.of("next.statement");
        }
        return switch (v.cause()) {
            case NoVerdict.NoChecker _ -> List.of("next.install", "next.again");
            case NoVerdict.OutOfTime _ -> List.of("next.again", "next.split");
            case NoVerdict.Exhausted _ -> List.of("next.samples", "next.split", "next.shape");
            case NoVerdict.Cancelled _, NoVerdict.Failed _ -> List.of("next.again");
            case null -> List.of("next.again");
        };
    }

    private Html tried(Verification v) {
        var tally = v.tally();
        return Html.of(
                "<p>{}</p>",
                texts.get(
                        "reason.tried",
                        tally.candidates(),
                        tally.proofs(),
                        tally.counterexamples(),
                        tally.neither(),
                        tally.duplicates(),
                        Objects.requireNonNullElse(
                                VerificationJson.tool(v), texts.get("checker"))));
    }

    private static Html quote(String words) {
        return words.isBlank() ? Html.NONE : Html.of("<pre class=\"wrap\">{}</pre>", words.strip());
    }

    private static @Nullable StatementChecked refusedStatement(Verification v) {
        return !v.steps().isEmpty()
                        && v.steps().getFirst() instanceof StatementChecked read
                        && !read.accepted()
                ? read
                : null;
    }
}
