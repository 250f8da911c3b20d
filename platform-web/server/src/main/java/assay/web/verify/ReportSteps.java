package assay.web.verify;

import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.Decided;
import assay.web.verify.Step.StatementChecked;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report's list of everything that happened. Stateless but for its language. */
final class ReportSteps {
    private final ReportTexts texts;

    ReportSteps(ReportTexts texts) {
        this.texts = texts;
    }

    Html render(Verification v) {
        if (v.steps().isEmpty()) {
            return Html.of("<p>{}</p>", texts.get("steps.none"));
        }
        List<Html> rows = new ArrayList<>();
        for (Step step : v.steps()) {
            rows.add(
                    switch (step) {
                        case StatementChecked s -> statement(v, s);
                        case CandidateGenerated s -> generated(v, s);
                        case CandidateChecked s -> checked(v, s);
                        case Decided s -> decided(v, s);
                    });
        }
        return Html.of("<ol class=\"steps\">{}</ol>", Html.join(rows));
    }

    private Html statement(Verification v, StatementChecked s) {
        String key = s.accepted() ? "step.statement.accepted" : "step.statement.rejected";
        Html about =
                s.accepted()
                        ? Html.of(
                                "<p class=\"note\">{}</p>",
                                texts.get("step.statement.accepted.about"))
                        : message(s.message());
        return row(
                s.accepted() ? "good" : "bad",
                texts.get(key),
                List.of(
                        at(v, s),
                        s.tool(),
                        texts.get("step.took", texts.seconds(s.durationMillis()))),
                about);
    }

    private Html generated(Verification v, CandidateGenerated s) {
        String how =
                s.temperature() == 0
                        ? texts.get("step.greedy")
                        : texts.get("step.temperature", s.temperature());
        Html note =
                s.note().isBlank()
                        ? Html.NONE
                        : Html.of(
                                "<p class=\"note\">{}: <code>{}</code></p>",
                                texts.get("step.note"),
                                s.note());
        Html text =
                s.text().isBlank() ? Html.NONE : Html.of("<pre class=\"wrap\">{}</pre>", s.text());
        return row(
                "quiet",
                texts.get("step." + StepJson.id(s.kind()), s.number()),
                List.of(
                        at(v, s),
                        how,
                        texts.get("step.tokens", s.tokens()),
                        texts.get("step.took", texts.seconds(s.durationMillis()))),
                Html.of("{}{}", note, text));
    }

    private Html checked(Verification v, CandidateChecked s) {
        String key =
                switch (s.phase()) {
                    case Phases.DUPLICATE -> "step.duplicate";
                    case Phases.ANSWER -> "step.unfit";
                    default -> s.accepted() ? "step.accepted" : "step.rejected";
                };
        List<String> meta = new ArrayList<>();
        meta.add(at(v, s));
        if (texts.has("phase." + s.phase())) {
            meta.add(texts.get("phase." + s.phase()));
        }
        if (s.line() > 0) {
            meta.add(texts.get("step.place", s.line(), s.column()));
        }
        if (!s.tool().isBlank()) {
            meta.add(s.tool());
            meta.add(texts.get("step.took", texts.seconds(s.durationMillis())));
        }
        String tone = s.accepted() ? "good" : s.tool().isBlank() ? "quiet" : "bad";
        // What no checker saw is told in the reader's language; a checker is quoted.
        Html about =
                texts.has(key + ".about")
                        ? Html.of("<p class=\"note\">{}</p>", texts.get(key + ".about"))
                        : message(s.message());
        return row(tone, texts.get(key, s.number()), meta, about);
    }

    private Html decided(Verification v, Decided s) {
        String tone =
                switch (s.verdict()) {
                    case PROVED -> "good";
                    case REFUTED -> "bad";
                    case UNDECIDED -> "mid";
                };
        String verdict = texts.get("verdict." + s.verdict().id());
        return row(tone, texts.get("step.decided", verdict), List.of(at(v, s)), Html.NONE);
    }

    private static Html message(String message) {
        return message.isBlank()
                ? Html.NONE
                : Html.of("<pre class=\"wrap message\">{}</pre>", message.strip());
    }

    private static Html row(String tone, String title, List<String> meta, Html more) {
        List<Html> spans =
                meta.stream()
                        .filter(text -> !text.isBlank())
                        .map(text -> Html.of("<span>{}</span>", text))
                        .toList();
        return Html.of(
                "<li class=\"tone-{}\"><h3>{}</h3><div class=\"meta\">{}</div>{}</li>\n",
                tone.toLowerCase(Locale.ROOT),
                title,
                Html.join(spans),
                more);
    }

    /** How long after the start. */
    private String at(Verification v, Step step) {
        return "+" + texts.between(v.createdAt(), step.at());
    }
}
