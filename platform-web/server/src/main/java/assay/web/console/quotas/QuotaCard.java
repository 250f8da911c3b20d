package assay.web.console.quotas;

import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.limits.QuotaBook.Standing;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.Span;
import java.util.function.Consumer;

/** A limit in the list: whose it is, what is used of it, and what can be done with it. */
class QuotaCard extends Article {
    private static final long serialVersionUID = 1L;

    private final H3 name = new H3();
    private final Div state = Markup.div("job-state");
    private final Meter meter;
    private final Span about = new Span();
    private final transient Consumer<Standing> edit;
    private final transient Consumer<Standing> remove;
    private final Button change = new Button();
    private final Button drop = new Button();
    private transient Standing shown;

    /**
     * @param first what is shown first: one card stands for one limit
     * @param mayEdit whether the visitor may change it
     */
    QuotaCard(
            Standing first,
            QuotaWords words,
            boolean mayEdit,
            Consumer<Standing> edit,
            Consumer<Standing> remove) {
        this.shown = first;
        this.edit = edit;
        this.remove = remove;
        setClassName("panel job quota");
        name.setClassName("job-name");
        meter = new Meter(words.kind(first.quota().kind()));
        change.setText(getTranslation("quotas.change"));
        change.addClickListener(click -> this.edit.accept(shown));
        drop.setText(getTranslation("quotas.remove"));
        drop.addClickListener(click -> this.remove.accept(shown));
        add(Markup.div("job-head", name, state), meter);
        var foot = Markup.div("job-foot", about);
        if (mayEdit) {
            foot.add(change, drop);
        }
        add(foot);
        show(first, words);
    }

    void show(Standing standing, QuotaWords words) {
        shown = standing;
        String holder = words.holder(standing.quota(), standing.name());
        name.setText(holder);
        String kind = words.kind(standing.quota().kind());
        change.setAriaLabel(getTranslation("quotas.change.label", kind, holder));
        drop.setAriaLabel(getTranslation("quotas.remove.label", kind, holder));
        state.removeAll();
        state.add(words.state(standing));
        meter.set(standing.share(), words.used(standing));
        about.setText(getTranslation("quotas.soft", standing.quota().softPercent()));
    }
}
