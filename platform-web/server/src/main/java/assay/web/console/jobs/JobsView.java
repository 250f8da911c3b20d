package assay.web.console.jobs;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.MovingView;
import assay.web.console.Visitor;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.jobs.Job;
import assay.web.jobs.JobLimits;
import assay.web.jobs.Jobs;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteParam;
import com.vaadin.flow.router.RouteParameters;
import jakarta.annotation.security.PermitAll;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The jobs that the visitor may see. */
@Route(value = "jobs", layout = ConsoleFrame.class)
@Menu(title = "nav.jobs", order = 6, icon = "JOBS")
@PermitAll
public class JobsView extends MovingView {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 50;

    private final transient Jobs jobs;
    private final transient Caller caller;
    private final transient JobLimits limits;
    private final transient InstantSource clock;
    private final Div body = Markup.div("jobs-list");
    private final Details submit = new Details();
    private transient @Nullable Keyed<Job, JobCard> cards;
    private transient @Nullable JobWords words;

    JobsView(Jobs jobs, Visitor visitor, JobLimits limits, InstantSource clock) {
        super("jobs", "jobs.title");
        this.jobs = jobs;
        this.caller = visitor.caller();
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    protected void build() {
        words = new JobWords(this, clock);
        cards = null;
        body.removeAll();
        submit.removeAll();
        submit.setSummaryText(getTranslation("jobs.new"));
        submit.addClassName("jobs-new");
        submit.add(new JobForm(jobs, caller, limits, this::submitted));
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("jobs.title")),
                                        Markup.paragraph("", getTranslation("jobs.lead")))),
                        "view-head"),
                submit,
                body);
        refresh();
    }

    @Override
    protected void refresh() {
        JobWords spoken = words;
        if (spoken == null) {
            return;
        }
        try {
            show(jobs.list(caller, Set.of(), SHOWN, null), spoken);
        } catch (WebException e) {
            cards = null;
            body.removeAll();
            body.add(new JobTrouble(e));
        }
    }

    private void show(Jobs.Page<Job> page, JobWords spoken) {
        if (page.entries().isEmpty()) {
            cards = null;
            body.removeAll();
            body.add(
                    new EmptyState(
                            Glyph.JOBS,
                            getTranslation("jobs.empty.title"),
                            getTranslation("jobs.empty.text")));
            return;
        }
        Keyed<Job, JobCard> list = cards;
        if (list == null) {
            list =
                    new Keyed<>(
                            "jobs-cards",
                            job -> job.id().toString(),
                            () -> new JobCard(spoken.figures().locale()),
                            (card, job) -> card.show(job, spoken));
            cards = list;
            body.removeAll();
            body.add(list);
        }
        list.show(page.entries());
        if (page.next() != null) {
            body.add(Markup.paragraph("hint", getTranslation("jobs.more", SHOWN)));
        }
    }

    private void submitted(Job job) {
        getUI().ifPresent(ui ->
                ui.navigate(
                        JobView.class,
                        new RouteParameters(new RouteParam("id", job.id().toString()))));
    }
}
