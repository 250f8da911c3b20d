package assay.web.console.verify;

import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Stamp;
import assay.web.console.part.TimeText;
import assay.web.verify.Verification;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Nav;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.router.RouteParam;
import com.vaadin.flow.router.RouteParameters;
import com.vaadin.flow.router.RouterLink;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The visitor's last verifications, each a link to it. */
class HistoryList extends Nav {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final UnorderedList list = new UnorderedList();

    HistoryList(Figures figures) {
        this.figures = figures;
        setClassName("panel history");
        getElement().setAttribute("aria-label", getTranslation("history.title"));
        add(new H2(getTranslation("history.title")), list);
    }

    void show(List<Verification> recent, @Nullable UUID open) {
        list.removeAll();
        if (recent.isEmpty()) {
            list.add(new ListItem(Markup.paragraph("hint", getTranslation("history.none"))));
        }
        recent.forEach(each -> list.add(item(each, each.id().equals(open))));
    }

    private ListItem item(Verification verification, boolean open) {
        var kind = VerdictPanel.kind(verification);
        var link = new RouterLink();
        link.setRoute(
                VerifyView.class,
                new RouteParameters(new RouteParam("id", verification.id().toString())));
        link.add(
                new Stamp(kind),
                Markup.div(
                        "history-text",
                        Markup.with(new Code(verification.statement()), "history-statement"),
                        Markup.div(
                                "history-meta",
                                new Span(getTranslation("verdict." + kind.id() + ".title")),
                                new TimeText(
                                        verification.createdAt().toEpochMilli(),
                                        figures.locale()))));
        if (open) {
            link.getElement().setAttribute("aria-current", "page");
        }
        return new ListItem(link);
    }
}
