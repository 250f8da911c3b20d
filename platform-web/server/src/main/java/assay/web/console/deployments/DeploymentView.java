package assay.web.console.deployments;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.ClusterView;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.EventList;
import assay.web.console.cluster.NodeMap;
import assay.web.console.cluster.Places;
import assay.web.console.cluster.ReplicaPanel;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.deployments.Deployments;
import assay.web.identity.Permission;
import assay.web.insight.ClusterHistory;
import assay.web.insight.ClusterHistory.Subject;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Replica;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One deployment: its replicas as the way of a token, over the nodes, and its history. */
@Route(value = "deployments/:name", layout = ConsoleFrame.class)
@PermitAll
public class DeploymentView extends ClusterView {
    private static final long serialVersionUID = 1L;

    private final transient Deployments deployments;
    private final transient ClusterHistory history;
    private final transient Known known;
    private String name = "";
    private final H1 heading = new H1();
    private final Div lead = Markup.div("node-lead");
    private final Div trouble = Markup.div("");
    private final Div found = Markup.div("board");
    private final Div missing = Markup.div("");
    private final Div none = Markup.div("");
    private final Anchor change = new Anchor();
    private transient @Nullable DeploymentFacts facts;
    private transient @Nullable Keyed<Replica, ReplicaPanel> panels;
    private transient @Nullable NodeMap map;

    DeploymentView(
            ClusterInsight insight,
            Deployments deployments,
            ClusterHistory history,
            Visitor visitor) {
        super("deployment-detail", "deployments.title", insight, visitor.caller());
        this.deployments = deployments;
        this.history = history;
        this.known = new Known(deployments, caller());
    }

    @Override
    protected void entered(BeforeEnterEvent event) {
        name = event.getRouteParameters().get("name").orElse("");
    }

    @Override
    protected Component title() {
        var back = new Anchor("deployments", getTranslation("deployments.title"));
        back.setClassName("back");
        return Markup.div("view-title", back, heading, lead);
    }

    @Override
    protected void fill(Div body) {
        known.expire();
        var figures = new Figures(getLocale());
        var shownFacts = new DeploymentFacts(figures);
        facts = shownFacts;
        var shownPanels =
                new Keyed<Replica, ReplicaPanel>(
                        "replica-list",
                        Replica::id,
                        () -> new ReplicaPanel(figures),
                        ReplicaPanel::show);
        panels = shownPanels;
        var shownMap = new NodeMap(figures);
        map = shownMap;
        lead.removeAll();
        lead.add(shownFacts);
        missing.removeAll();
        missing.add(
                new EmptyState(
                        Glyph.QUESTION,
                        getTranslation("deployments.missing.title"),
                        getTranslation("deployments.missing.text")));
        none.removeAll();
        none.add(Markup.paragraph("hint", getTranslation("deploy.no-replica")));
        found.removeAll();
        if (caller().may(Permission.DEPLOYMENT_MANAGE)) {
            found.add(buttons());
        }
        found.add(
                Markup.section(
                        "group", getTranslation("overview.replicas.title"), shownPanels, none),
                Markup.section("group", getTranslation("deployments.map"), shownMap),
                Markup.section(
                        "group",
                        getTranslation("history.events"),
                        new EventList(history, caller(), new Subject.OfDeployment(name))));
        body.add(trouble, found, missing);
    }

    private Div buttons() {
        change.setText(getTranslation("deployments.change"));
        change.setHref("deploy/" + name);
        change.setClassName("button");
        var remove = new NativeButton(getTranslation("deployments.remove"), click -> remove());
        remove.setClassName("button");
        remove.getElement().setAttribute("type", "button");
        return Markup.div("buttons", change, remove);
    }

    private void remove() {
        new Confirmation(
                        getTranslation("deployments.remove.ask", name),
                        getTranslation("deployments.remove.text"),
                        getTranslation("deployments.remove"),
                        () -> {
                            deployments.remove(caller(), UUID.randomUUID().toString(), name);
                            UI.getCurrent().navigate(DeploymentsView.class);
                        })
                .open();
    }

    @Override
    protected void show(ClusterPicture picture) {
        known.refresh(picture);
        DeploymentsView.showTrouble(trouble, known);
        var deployment = known.named(name);
        var own = DeploymentCard.of(picture, name);
        // One that was removed still has replicas for a while.
        boolean here = deployment != null || !own.isEmpty();
        found.setVisible(here);
        missing.setVisible(!here && known.trouble() == null);
        heading.setText(name);
        lead.setVisible(deployment != null);
        if (facts == null || panels == null || map == null) {
            return;
        }
        if (deployment != null) {
            facts.show(deployment);
        }
        panels.show(own);
        none.setVisible(own.isEmpty());
        map.show(Places.of(picture, own));
    }

    @Override
    protected String inWords(ClusterPicture picture) {
        var own = DeploymentCard.of(picture, name);
        return getTranslation(
                "deployments.one.spoken", name, ReplicaPanel.serving(own), own.size());
    }
}
