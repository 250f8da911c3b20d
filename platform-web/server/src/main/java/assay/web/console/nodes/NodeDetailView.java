package assay.web.console.nodes;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.ClusterView;
import assay.web.console.cluster.EventList;
import assay.web.console.cluster.NodeMap;
import assay.web.console.cluster.Places;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Permission;
import assay.web.insight.ClusterHistory;
import assay.web.insight.ClusterHistory.Subject;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Node;
import assay.web.nodes.NodeOperations;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One machine: its last ten minutes, what is on it, what operators want of it, its history. */
@Route(value = "nodes/:id", layout = ConsoleFrame.class)
@PermitAll
public class NodeDetailView extends ClusterView {
    private static final long serialVersionUID = 1L;

    private final transient NodeOperations operations;
    private final transient ClusterHistory history;
    private String id = "";
    private final H1 heading = new H1();
    private final Div lead = Markup.div("node-lead");
    private final Div found = Markup.div("board");
    private final Div missing = Markup.div("");
    private @Nullable NodeFacts facts;
    private @Nullable NodeDuties duties;
    private @Nullable NodeCharts charts;
    private @Nullable NodeMap map;
    private @Nullable EventList events;

    NodeDetailView(
            ClusterInsight insight,
            NodeOperations operations,
            ClusterHistory history,
            Visitor visitor) {
        super("node-detail", "nodes.title", insight, visitor.caller());
        this.operations = operations;
        this.history = history;
    }

    @Override
    protected void entered(BeforeEnterEvent event) {
        id = event.getRouteParameters().get("id").orElse("");
    }

    @Override
    protected Component title() {
        var back = new Anchor("nodes", getTranslation("nodes.title"));
        back.setClassName("back");
        return Markup.div("view-title", back, heading, lead);
    }

    @Override
    protected void fill(Div body) {
        var figures = new Figures(getLocale());
        var node = node();
        found.removeAll();
        missing.removeAll();
        missing.add(
                new EmptyState(
                        Glyph.QUESTION,
                        getTranslation("nodes.missing.title"),
                        getTranslation("nodes.missing.text")));
        facts = new NodeFacts(figures);
        charts = new NodeCharts(figures);
        map = new NodeMap(figures);
        events = new EventList(history, caller(), new Subject.OfNode(id));
        boolean may = caller().may(Permission.NODE_MANAGE);
        duties = may ? new NodeDuties(operations, caller(), this::changed) : null;
        lead.removeAll();
        lead.add(facts);
        if (duties != null) {
            found.add(duties);
        }
        found.add(
                section("nodes.charts", charts),
                section("nodes.on-it", map),
                section("history.events", events));
        if (node.isPresent() && may) {
            found.addComponentAtIndex(
                    3, new NodeMarks(operations, caller(), node.get(), this::changed));
        }
        body.add(found, missing);
    }

    @Override
    protected void show(ClusterPicture picture) {
        var node = picture.node(id).orElse(null);
        found.setVisible(node != null);
        missing.setVisible(node == null);
        lead.setVisible(node != null);
        heading.setText(node == null ? getTranslation("nodes.missing.title") : node.name());
        if (node == null || facts == null || charts == null || map == null) {
            return;
        }
        facts.show(node);
        if (duties != null) {
            duties.show(node);
        }
        charts.show(node, insight().trend(caller(), id));
        map.show(Places.of(picture, node));
    }

    @Override
    protected String inWords(ClusterPicture picture) {
        return picture.node(id)
                .map(node ->
                        getTranslation(
                                "nodes.one.spoken",
                                node.name(),
                                getTranslation(
                                        "node.state."
                                                + node.state()
                                                        .name()
                                                        .toLowerCase(java.util.Locale.ROOT)),
                                node.stages()))
                .orElse("");
    }

    private Optional<Node> node() {
        return insight().now(caller()).node(id);
    }

    private void changed() {
        if (events != null) {
            events.reload();
        }
    }

    private Section section(String key, Component content) {
        return Markup.section("group", getTranslation(key), content);
    }
}
