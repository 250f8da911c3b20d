package assay.web.console.jobs;

import assay.web.console.part.Figures;
import assay.web.console.part.Pill;
import assay.web.jobs.Job;
import assay.web.jobs.JobState;
import com.vaadin.flow.component.Component;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job in the visitor's words. Confined to its view. */
final class JobWords {
    private final Component view;
    private final Figures figures;
    private final InstantSource clock;

    /**
     * @param view whose language is spoken
     */
    JobWords(Component view, InstantSource clock) {
        this.view = view;
        this.figures = new Figures(view.getUI().map(ui -> ui.getLocale()).orElseThrow());
        this.clock = clock;
    }

    Figures figures() {
        return figures;
    }

    Pill state(Job job) {
        return new Pill(tone(job), view.getTranslation("jobs.state." + job.state().id()));
    }

    private static Pill.Tone tone(Job job) {
        return switch (job.state()) {
            case ACTIVE -> job.counts().running() > 0 ? Pill.Tone.BUSY : Pill.Tone.QUIET;
            case PAUSED -> Pill.Tone.WARN;
            case FINISHED -> job.counts().dead() > 0 ? Pill.Tone.WARN : Pill.Tone.GOOD;
            case CANCELLED -> Pill.Tone.QUIET;
            case EXPIRED -> Pill.Tone.BAD;
        };
    }

    String kind(Job job) {
        return view.getTranslation("jobs.kind." + job.kind().id());
    }

    /** How far it is: "120 of 300 done, 3 failed". */
    String progress(Job job) {
        var counts = job.counts();
        String done =
                view.getTranslation("jobs.progress", number(counts.done()), number(counts.total()));
        return counts.dead() == 0
                ? done
                : view.getTranslation("jobs.progress.failed", done, number(counts.dead()));
    }

    /** How fast it goes and when it is over, as far as that can be told. */
    String pace(Job job) {
        List<String> parts = new ArrayList<>();
        if (job.itemsPerSecond() > 0) {
            parts.add(view.getTranslation("jobs.rate", figures.rate(job.itemsPerSecond())));
        }
        Instant eta = job.eta();
        if (eta != null && !job.state().over()) {
            parts.add(view.getTranslation("jobs.left", span(eta)));
        }
        return String.join(" · ", parts);
    }

    private String span(Instant until) {
        long seconds = Math.max(1, Duration.between(clock.instant(), until).toSeconds());
        if (seconds < 90) {
            return view.getTranslation("jobs.span.seconds", seconds);
        }
        if (seconds < 90 * 60) {
            return view.getTranslation("jobs.span.minutes", Math.round(seconds / 60.0));
        }
        return view.getTranslation("jobs.span.hours", figures.number(seconds / 3600.0, 1));
    }

    /** Why nothing of it is under way; null when that is told already, or nothing holds it up. */
    @Nullable String waiting(Job job) {
        var reason = job.waitsFor();
        boolean told = job.state() != JobState.ACTIVE || job.counts().running() > 0;
        return reason == null || told ? null : view.getTranslation("jobs.wait." + reason.id());
    }

    String number(long count) {
        return figures.number((double) count, 0);
    }
}
