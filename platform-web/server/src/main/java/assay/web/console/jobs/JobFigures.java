package assay.web.console.jobs;

import assay.web.jobs.Job;
import com.vaadin.flow.component.html.DescriptionList;
import com.vaadin.flow.component.html.DescriptionList.Description;
import com.vaadin.flow.component.html.DescriptionList.Term;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/** A job's items by their state, as figures. */
class JobFigures extends DescriptionList {
    private static final long serialVersionUID = 1L;

    private final Span done = figure("jobs.figure.done");
    private final Span running = figure("jobs.figure.running");
    private final Span waiting = figure("jobs.figure.waiting");
    private final Span failed = figure("jobs.figure.failed");
    private final Span tokens = figure("jobs.figure.tokens");

    JobFigures() {
        setClassName("figures");
    }

    void show(Job.Counts counts, JobWords words) {
        done.setText(words.number(counts.done()));
        running.setText(words.number(counts.running()));
        waiting.setText(words.number(counts.waiting() + counts.delayed()));
        failed.setText(words.number(counts.dead() + counts.dropped()));
        tokens.setText(words.number(counts.tokens()));
    }

    private Span figure(String key) {
        var value = new Span();
        value.setClassName("figure-value");
        var description = new Description();
        description.add(value);
        var pair = new Div(new Term(getTranslation(key)), description);
        pair.setClassName("figure");
        getElement().appendChild(pair.getElement());
        return value;
    }
}
