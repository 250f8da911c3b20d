package assay.web.console.verify;

import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Stamp;
import assay.web.verify.Step;
import assay.web.verify.Verification;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import java.util.HashMap;
import java.util.Map;

/** The steps in the order they came; each is added once and then only completed. */
class Timeline extends Div {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final OrderedList list = new OrderedList();
    private final Span waiting = Markup.span("waiting-text", "");
    private final Div waitingLine = Markup.div("waiting", Markup.span("spinner", ""), waiting);
    private final Map<Integer, CandidateItem> candidates = new HashMap<>();
    private int shown;

    Timeline(Figures figures) {
        this.figures = figures;
        setClassName("timeline");
        list.setClassName("steps");
        add(list, waitingLine);
    }

    void show(Verification verification) {
        var steps = verification.steps();
        for (; shown < steps.size(); shown++) {
            add(steps.get(shown), shown == steps.size() - 1);
        }
        boolean running = verification.state() == Verification.State.RUNNING;
        waitingLine.setVisible(running);
        if (running) {
            waiting.setText(nextInWords(verification));
        }
    }

    /** What is being done now, for the eye and for the ear. */
    String nextInWords(Verification verification) {
        var steps = verification.steps();
        int all = verification.samples();
        int tried = verification.tally().candidates(); // a repeated draw takes no try
        if (steps.isEmpty()) {
            return getTranslation("waiting.statement");
        }
        return switch (steps.getLast()) {
            case Step.StatementChecked _ -> getTranslation("waiting.candidate", 1, all);
            case Step.CandidateGenerated _ ->
                    getTranslation("waiting.check", Math.clamp(tried, 1, all), all);
            case Step.CandidateChecked done ->
                    done.accepted()
                            ? getTranslation("waiting.verdict")
                            : getTranslation("waiting.candidate", Math.min(all, tried + 1), all);
            case Step.Decided _ -> getTranslation("waiting.verdict");
        };
    }

    private void add(Step step, boolean newest) {
        switch (step) {
            case Step.StatementChecked checked -> list.add(statement(checked));
            case Step.CandidateGenerated made -> {
                candidates.values().forEach(CandidateItem::fold);
                var item = new CandidateItem(made, figures);
                candidates.put(made.number(), item);
                list.add(item);
            }
            case Step.CandidateChecked checked -> {
                var item = candidates.get(checked.number());
                if (item != null) {
                    item.answer(checked, newest);
                }
            }
            case Step.Decided _ -> {
                // The verdict stands above all steps, in its own panel.
            }
        }
    }

    private ListItem statement(Step.StatementChecked checked) {
        var item = new ListItem();
        item.setClassName("step");
        item.add(
                new Stamp(checked.accepted() ? Stamp.Kind.PROVED : Stamp.Kind.REFUTED),
                Markup.div(
                        "step-body",
                        Markup.div(
                                "step-head",
                                Markup.span(
                                        "step-title",
                                        getTranslation(
                                                checked.accepted()
                                                        ? "step.statement.accepted"
                                                        : "step.statement.rejected")),
                                Markup.span(
                                        "step-meta",
                                        getTranslation(
                                                "step.by",
                                                checked.tool(),
                                                figures.millis(checked.durationMillis()))))));
        if (!checked.accepted()) {
            item.getChildren()
                    .filter(each -> each.hasClassName("step-body"))
                    .forEach(body ->
                            ((Div) body).add(Markup.with(new Code(checked.message()), "message")));
        }
        return item;
    }
}
