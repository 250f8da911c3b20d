package assay.web.console.verify;

import assay.web.console.part.CodeBlock;
import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.Stamp;
import assay.web.verify.Step;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Span;

/** One candidate of the model and what the checker said to it. */
class CandidateItem extends ListItem {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final transient Step.CandidateGenerated made;
    private final Div stampPlace = Markup.div("stamp-place", new Stamp(Stamp.Kind.RUNNING));
    private final Div pillPlace = Markup.div("pill-place");
    private final Div content = Markup.div("step-content");
    private final NativeDetails details = new NativeDetails();
    private boolean rejected;

    CandidateItem(Step.CandidateGenerated made, Figures figures) {
        this.made = made;
        this.figures = figures;
        setClassName("step");
        if (made.kind() == Step.CandidateKind.NEITHER) {
            stampPlace.removeAll();
            stampPlace.add(new Stamp(Stamp.Kind.UNDECIDED));
        }
        pillPlace.add(
                new Pill(
                        made.kind() == Step.CandidateKind.NEITHER
                                ? Pill.Tone.QUIET
                                : Pill.Tone.BUSY,
                        getTranslation(
                                made.kind() == Step.CandidateKind.NEITHER
                                        ? "step.nothing"
                                        : "step.checking")));
        details.setSummary(head());
        fill(0);
        details.setContent(content);
        details.setOpen(true);
        add(stampPlace, Markup.div("step-body", details));
    }

    /** The checker's answer; a rejected candidate stays open while it is the newest. */
    void answer(Step.CandidateChecked checked, boolean newest) {
        rejected = !checked.accepted();
        boolean asked = !checked.tool().isBlank();
        stampPlace.removeAll();
        stampPlace.add(new Stamp(stamp(checked)));
        pillPlace.removeAll();
        pillPlace.add(
                new Pill(
                        rejected ? asked ? Pill.Tone.BAD : Pill.Tone.QUIET : Pill.Tone.GOOD,
                        getTranslation(
                                rejected
                                        ? asked ? "step.rejected" : "step.skipped"
                                        : "step.accepted")));
        content.removeAll();
        fill(rejected ? checked.line() : 0);
        var answer =
                Markup.div(
                        rejected ? asked ? "answer answer-bad" : "answer" : "answer answer-good",
                        new Span(phase(checked)));
        if (asked) {
            answer.add(
                    Markup.span(
                            "step-meta",
                            getTranslation(
                                    "step.by",
                                    checked.tool(),
                                    figures.millis(checked.durationMillis()))));
        }
        content.add(answer);
        if (asked && !checked.message().isBlank()) {
            content.add(Markup.with(new Code(checked.message()), "message"));
        }
        details.setOpen(newest || !rejected);
    }

    /** What was never put to a checker is neither accepted nor refuted by it. */
    private static Stamp.Kind stamp(Step.CandidateChecked checked) {
        if (checked.accepted()) {
            return Stamp.Kind.PROVED;
        }
        return checked.tool().isBlank() ? Stamp.Kind.UNDECIDED : Stamp.Kind.REFUTED;
    }

    /** Makes room for the next one. */
    void fold() {
        if (rejected) {
            details.setOpen(false);
        }
    }

    private Div head() {
        String temperature =
                made.temperature() == 0
                        ? getTranslation("step.greedy")
                        : getTranslation("step.temperature", figures.number(made.temperature(), 2));
        return Markup.div(
                "step-head",
                Markup.span("step-title", getTranslation(titleKey(), made.number())),
                pillPlace,
                Markup.span(
                        "step-meta",
                        getTranslation(
                                "step.meta",
                                made.tokens(),
                                figures.millis(made.durationMillis()),
                                temperature)));
    }

    private void fill(int markedLine) {
        if (!made.note().isBlank()) {
            content.add(
                    Markup.div(
                            "note",
                            Markup.span("overline", getTranslation("step.note")),
                            new Span(made.note())));
        }
        if (!made.text().isBlank()) {
            content.add(new CodeBlock(getTranslation(kindKey()), made.text(), markedLine));
        }
    }

    private String titleKey() {
        return switch (made.kind()) {
            case PROOF -> "step.candidate.proof";
            case COUNTEREXAMPLE -> "step.candidate.counterexample";
            case NEITHER -> "step.candidate.neither";
        };
    }

    private String kindKey() {
        return switch (made.kind()) {
            case PROOF -> "code.script";
            case COUNTEREXAMPLE -> "code.counterexample";
            case NEITHER -> "code.answer";
        };
    }

    private String phase(Step.CandidateChecked checked) {
        String outcome = checked.accepted() ? "accepted" : "rejected";
        String where =
                switch (checked.phase()) {
                    case "lint", "compile", "assumptions", "kernel", "answer", "duplicate" ->
                            checked.phase();
                    default -> "other";
                };
        return getTranslation("phase." + where + "." + outcome, checked.line());
    }
}
