package assay.web.console.deployments;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.ClusterView;
import assay.web.console.cluster.EventList;
import assay.web.console.cluster.ReplicaPanel;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.insight.ClusterHistory;
import assay.web.insight.ClusterHistory.Subject;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Replica;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import org.jspecify.annotations.Nullable;

/** One replica: why is it here, why did it move. It need not be there any more. */
@Route(value = "replicas/:id", layout = ConsoleFrame.class)
@PermitAll
public class ReplicaView extends ClusterView {
    private static final long serialVersionUID = 1L;

    private final transient ClusterHistory history;
    private String id = "";
    private final Anchor back = new Anchor();
    private final Div now = Markup.div("");
    private @Nullable ReplicaPanel panel;
    private @Nullable EventList events;
    private transient @Nullable Replica shown;

    ReplicaView(ClusterInsight insight, ClusterHistory history, Visitor visitor) {
        super("replica-detail", "replica.title", insight, visitor.caller());
        this.history = history;
        back.setClassName("back");
    }

    @Override
    protected void entered(BeforeEnterEvent event) {
        id = event.getRouteParameters().get("id").orElse("");
    }

    @Override
    protected Component title() {
        back.setText(getTranslation("deployments.title"));
        back.setHref("deployments");
        return Markup.div(
                "view-title",
                back,
                new H1(getTranslation("history.replica", EventList.shortId(id))),
                Markup.paragraph("", getTranslation("replica.lead")));
    }

    @Override
    protected void fill(Div body) {
        shown = null;
        now.removeAll();
        panel = null;
        var list = new EventList(history, caller(), new Subject.OfReplica(id));
        events = list;
        body.add(
                Markup.div(
                        "board",
                        now,
                        Markup.section("group", getTranslation("history.events"), list)));
    }

    @Override
    protected void show(ClusterPicture picture) {
        var replica = picture.replica(id).orElse(null);
        if (replica == null) {
            if (now.getChildren().noneMatch(EmptyState.class::isInstance)) {
                now.removeAll();
                panel = null;
                now.add(
                        new EmptyState(
                                Glyph.QUESTION,
                                getTranslation("replica.gone.title"),
                                getTranslation("replica.gone.text")));
            }
        } else {
            var here = panel;
            if (here == null) {
                here = new ReplicaPanel(new Figures(getLocale()));
                panel = here;
                now.removeAll();
                now.add(here);
            }
            here.show(replica);
            back.setText(replica.deployment());
            back.setHref("deployments/" + replica.deployment());
        }
        var before = shown;
        shown = replica;
        boolean moved =
                before != null
                        && (replica == null
                                || before.epoch() != replica.epoch()
                                || before.state() != replica.state());
        if (moved && events != null) {
            events.reload();
        }
    }

    @Override
    protected String inWords(ClusterPicture picture) {
        return picture.replica(id)
                .map(replica ->
                        getTranslation(
                                "replica.spoken",
                                getTranslation(
                                        "replica.state." + DeploymentFacts.id(replica.state())),
                                Long.toString(replica.epoch())))
                .orElseGet(() -> getTranslation("replica.gone.title"));
    }
}
