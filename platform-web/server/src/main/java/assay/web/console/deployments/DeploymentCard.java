package assay.web.console.deployments;

import assay.web.console.cluster.EventList;
import assay.web.console.cluster.NodeMap;
import assay.web.console.cluster.Places;
import assay.web.console.cluster.ReasonText;
import assay.web.console.cluster.StatePill;
import assay.web.console.part.Figures;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.deployments.Deployment;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Replica;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Span;
import java.util.List;

/** A deployment: what it asks for, its replicas, and their stages over the nodes. */
class DeploymentCard extends Article {
    private static final long serialVersionUID = 1L;

    private final Anchor name = new Anchor();
    private final DeploymentFacts facts;
    private final Keyed<Replica, Line> replicas;
    private final NodeMap map;
    private final Span none = Markup.span("hint", "");

    DeploymentCard(Figures figures) {
        setClassName("panel deployment");
        facts = new DeploymentFacts(figures);
        map = new NodeMap(figures);
        replicas = new Keyed<>("replica-lines", Replica::id, Line::new, Line::show);
        none.setText(getTranslation("deploy.no-replica"));
        add(Markup.div("card-head", new H2(name)), facts, replicas, map, none);
    }

    void show(Deployment deployment, ClusterPicture picture) {
        name.setText(deployment.spec().name());
        name.setHref("deployments/" + deployment.spec().name());
        facts.show(deployment);
        List<Replica> own = of(picture, deployment.spec().name());
        replicas.show(own);
        map.show(Places.of(picture, own));
        none.setVisible(own.isEmpty());
    }

    static List<Replica> of(ClusterPicture picture, String deployment) {
        return picture.replicas().stream()
                .filter(each -> each.deployment().equals(deployment))
                .toList();
    }

    /** One replica in one line. */
    private static final class Line extends Div {
        private static final long serialVersionUID = 1L;

        private final Anchor name = new Anchor();
        private final Div state = Markup.div("pills");
        private final Span requests = Markup.span("hint", "");
        private final Span reason = Markup.span("replica-reason", "");

        Line() {
            setClassName("replica-line");
            add(state, name, requests, reason);
        }

        void show(Replica replica) {
            state.removeAll();
            state.add(StatePill.of(state, replica.state()));
            name.setText(getTranslation("history.replica", EventList.shortId(replica.id())));
            name.setHref("replicas/" + replica.id());
            requests.setText(
                    getTranslation(
                            "deploy.requests",
                            replica.requestsRunning(),
                            replica.requestsWaiting()));
            ReasonText.show(reason, replica.reason());
        }
    }
}
