package assay.web.console.jobs;

import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.jobs.ItemResult;
import assay.web.jobs.Job;
import assay.web.jobs.Jobs;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import java.util.List;

/** The first items of a job that failed for good, each with its error as it was told. */
class FailureList extends Div {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 20;

    private final UnorderedList list = new UnorderedList();
    private long shownFor = -1;

    FailureList() {
        setClassName("panel job-failures");
        add(new H2(getTranslation("jobs.failures")), list);
        setVisible(false);
    }

    /**
     * Asks for the failures when there are others than were shown last.
     *
     * @throws assay.web.WebException as {@link Jobs#failures}
     */
    void show(Jobs jobs, Caller caller, Job job) {
        long dead = job.counts().dead();
        setVisible(dead > 0);
        if (dead == shownFor || dead == 0) {
            shownFor = dead;
            return;
        }
        List<ItemResult> first = jobs.failures(caller, job.id(), SHOWN);
        list.removeAll();
        first.forEach(each -> list.add(item(each)));
        if (dead > first.size()) {
            list.add(
                    new ListItem(
                            Markup.paragraph("hint", getTranslation("jobs.failures.more", dead))));
        }
        shownFor = dead;
    }

    private ListItem item(ItemResult result) {
        var item = new ListItem();
        item.add(
                Markup.with(new Code(result.id()), "job-item"),
                Markup.span("job-error", String.valueOf(result.errorCode())),
                new Span(String.valueOf(result.errorMessage())),
                Markup.span("hint", getTranslation("jobs.attempts", result.attempts())));
        return item;
    }
}
