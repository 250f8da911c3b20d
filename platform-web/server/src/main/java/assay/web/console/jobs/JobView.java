package assay.web.console.jobs;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.MovingView;
import assay.web.console.Visitor;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.identity.Caller;
import assay.web.jobs.Job;
import assay.web.jobs.JobResults;
import assay.web.jobs.JobState;
import assay.web.jobs.Jobs;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouterLink;
import com.vaadin.flow.server.streams.DownloadEvent;
import com.vaadin.flow.server.streams.DownloadHandler;
import jakarta.annotation.security.PermitAll;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One job: how far it is, what failed, and what can be done about it. */
@Route(value = "jobs/:id", layout = ConsoleFrame.class)
@PermitAll
public class JobView extends MovingView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient Jobs jobs;
    private final transient Caller caller;
    private final transient InstantSource clock;
    private final Div body = Markup.div("job-body");
    private final Span spoken = Markup.readOut("");
    private final Div trouble = Markup.div("jobs-problem");
    private final H1 title = new H1();
    private final Div state = Markup.div("job-state");
    private final Span about = new Span();
    private final Div waiting = Markup.div("callout callout-info");
    private final Button pause = new Button();
    private final Button resume = new Button();
    private final Button cancel = new Button();
    private final Button retry = new Button();
    private transient @Nullable JobWords words;
    private @Nullable Meter meter;
    private @Nullable JobFigures strip;
    private @Nullable FailureList failures;
    private @Nullable UUID id;
    private boolean missing;

    JobView(Jobs jobs, Visitor visitor, InstantSource clock) {
        super("job-view", "jobs.title");
        this.jobs = jobs;
        this.caller = visitor.caller();
        this.clock = clock;
        Markup.role(spoken, "status");
        pause.addClickListener(click -> steer(jobs::pause));
        resume.addClickListener(click -> steer(jobs::resume));
        retry.addClickListener(click -> steer((call, job) -> jobs.retry(call, job, List.of())));
        cancel.addClickListener(click -> confirmCancel());
    }

    /** Something that is done with the job. */
    private interface Deed {
        Job run(Jobs.Call call, UUID id);
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        id = event.getRouteParameters().get("id").map(JobView::parse).orElse(null);
        missing = id == null;
        refresh();
    }

    @Override
    protected void build() {
        words = new JobWords(this, clock);
        var back = new RouterLink(getTranslation("jobs.back"), JobsView.class);
        back.setClassName("job-back");
        pause.setText(getTranslation("jobs.pause"));
        resume.setText(getTranslation("jobs.resume"));
        cancel.setText(getTranslation("jobs.cancel"));
        retry.setText(getTranslation("jobs.retry"));
        var download = new Anchor((DownloadHandler) this::download, "");
        download.add(Glyph.DOWNLOAD.draw(), new Span(getTranslation("jobs.download")));
        download.setClassName("button");
        meter = new Meter(getTranslation("jobs.progress.name"));
        strip = new JobFigures();
        failures = new FailureList();
        body.removeAll();
        body.add(
                Markup.div("panel job-progress", meter, waiting),
                strip,
                Markup.div("job-actions", pause, resume, retry, cancel, download),
                trouble,
                failures);
        add(
                back,
                Markup.with(new Header(Markup.div("view-title", title, about), state), "view-head"),
                body,
                spoken);
        refresh();
    }

    @Override
    protected void refresh() {
        UUID open = id;
        if (words == null) {
            return;
        }
        if (open == null || missing) {
            showMissing();
            return;
        }
        try {
            show(jobs.find(caller, open));
        } catch (WebException e) {
            if (e.code() == assay.web.ErrorCode.NOT_FOUND) {
                missing = true;
                showMissing();
            } else {
                complain(e);
            }
        }
    }

    private void show(Job job) {
        JobWords in = words;
        if (in == null || meter == null || strip == null || failures == null) {
            return;
        }
        title.setText(job.name());
        about.setText(getTranslation("jobs.about", in.kind(job), job.ownerName()));
        state.removeAll();
        state.add(in.state(job));
        String pace = in.pace(job);
        String progress = in.progress(job);
        meter.set(job.counts().progress(), pace.isEmpty() ? progress : progress + " · " + pace);
        String reason = in.waiting(job);
        waiting.setVisible(reason != null);
        waiting.removeAll();
        if (reason != null) {
            waiting.add(Glyph.HALF.draw(), new Span(reason));
        }
        strip.show(job.counts(), in);
        pause.setVisible(job.state() == JobState.ACTIVE);
        resume.setVisible(job.state() == JobState.PAUSED);
        cancel.setVisible(!job.state().over());
        retry.setVisible(job.counts().dead() > 0 && job.state() != JobState.CANCELLED);
        failures.show(jobs, caller, job);
        say(getTranslation("jobs.state." + job.state().id()));
    }

    /** Says it again only when it changed: a screen reader would read each repetition. */
    private void say(String words) {
        if (!words.equals(spoken.getText())) {
            spoken.setText(words);
        }
    }

    private void showMissing() {
        title.setText(getTranslation("jobs.missing.title"));
        body.removeAll();
        body.add(
                new EmptyState(
                        Glyph.QUESTION,
                        getTranslation("jobs.missing.title"),
                        getTranslation("jobs.missing.text")));
    }

    private void steer(Deed deed) {
        UUID open = id;
        if (open == null) {
            return;
        }
        trouble.removeAll();
        try {
            show(deed.run(call(), open));
        } catch (WebException e) {
            complain(e);
        }
    }

    private void confirmCancel() {
        var ask = new ConfirmDialog();
        ask.setHeader(getTranslation("jobs.cancel.title"));
        ask.setText(getTranslation("jobs.cancel.text"));
        ask.setConfirmText(getTranslation("jobs.cancel.yes"));
        ask.setConfirmButtonTheme("error primary");
        ask.setCancelText(getTranslation("jobs.cancel.no"));
        ask.setCancelable(true);
        ask.addConfirmListener(confirmed -> steer(jobs::cancel));
        ask.open();
    }

    private void complain(WebException refusal) {
        trouble.removeAll();
        trouble.add(new JobTrouble(refusal));
    }

    /** On the thread of the download. */
    private void download(DownloadEvent event) throws IOException {
        UUID open = id;
        if (open != null) {
            event.setFileName(open + ".ndjson");
            event.setContentType(JobResults.CONTENT_TYPE);
            new JobResults(jobs).write(call(), open, Set.of(), event.getOutputStream());
        }
    }

    private Jobs.Call call() {
        return new Jobs.Call(caller, UUID.randomUUID().toString());
    }

    /** What is no id names nothing. */
    private static @Nullable UUID parse(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
