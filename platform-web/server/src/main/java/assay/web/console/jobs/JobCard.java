package assay.web.console.jobs;

import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.console.part.TimeText;
import assay.web.jobs.Job;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.RouteParam;
import com.vaadin.flow.router.RouteParameters;
import com.vaadin.flow.router.RouterLink;
import java.util.Locale;

/** A job in the list: what it is, how far it is. */
class JobCard extends Article {
    private static final long serialVersionUID = 1L;

    private final RouterLink name = new RouterLink();
    private final Div state = Markup.div("job-state");
    private final Meter meter;
    private final Span pace = Markup.span("job-pace", "");
    private final Span about = new Span();
    private final TimeText submitted;

    JobCard(Locale locale) {
        setClassName("panel job");
        name.setClassName("job-name");
        meter = new Meter(getTranslation("jobs.progress.name"));
        submitted = new TimeText(0, locale);
        add(
                Markup.div("job-head", name, state),
                meter,
                Markup.div("job-foot", about, submitted, pace));
    }

    void show(Job job, JobWords words) {
        name.setText(job.name());
        name.setRoute(
                JobView.class, new RouteParameters(new RouteParam("id", job.id().toString())));
        state.removeAll();
        state.add(words.state(job));
        meter.set(job.counts().progress(), words.progress(job));
        about.setText(getTranslation("jobs.about", words.kind(job), job.ownerName()));
        submitted.set(job.submittedAt().toEpochMilli());
        String waiting = words.waiting(job);
        pace.setText(waiting == null ? words.pace(job) : waiting);
    }
}
