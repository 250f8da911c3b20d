package assay.web.console.overview;

import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.ReplicaView;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.console.part.RateChart;
import assay.web.insight.ClusterPicture;
import assay.web.insight.ClusterPicture.RatePoint;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import java.util.Comparator;
import java.util.List;

/** Everything that is known of the cluster, updated in place. */
class ClusterBoard extends Div {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final FigureStrip strip;
    private final RateChart chart = new RateChart();
    private final Div replicas = Markup.div("replicas");
    private final Div nodes = Markup.div("nodes");
    private final Keyed<ReplicaView, ReplicaPanel> replicaPanels;
    private final Keyed<NodeView, NodeCard> nodeCards;

    ClusterBoard(Figures figures) {
        this.figures = figures;
        setClassName("board");
        strip = new FigureStrip(figures);
        replicaPanels =
                new Keyed<>(
                        "replica-list",
                        ReplicaView::getId,
                        () -> new ReplicaPanel(figures),
                        ReplicaPanel::show);
        nodeCards =
                new Keyed<>(
                        "node-grid", NodeView::getId, () -> new NodeCard(figures), NodeCard::show);
        add(
                strip,
                Markup.section(
                        "panel throughput",
                        getTranslation("overview.throughput.title"),
                        legend(),
                        chart),
                Markup.section("group", getTranslation("overview.replicas.title"), replicas),
                Markup.section("group", getTranslation("overview.nodes.title"), nodes));
    }

    void show(ClusterPicture picture) {
        var snapshot = picture.snapshot();
        strip.show(picture);
        showRates(picture.rates());
        swap(replicas, snapshot.getReplicasCount() == 0, this::noReplicas, replicaPanels);
        replicaPanels.show(snapshot.getReplicasList());
        swap(nodes, snapshot.getNodesCount() == 0, this::noNodes, nodeCards);
        nodeCards.show(
                snapshot.getNodesList().stream()
                        .sorted(
                                Comparator.comparing(NodeView::getName)
                                        .thenComparing(NodeView::getId))
                        .toList());
    }

    private Div legend() {
        return Markup.div(
                "legend",
                Markup.span("legend-generated", getTranslation("chart.generated")),
                Markup.span("legend-prompt", getTranslation("chart.prompt")),
                Markup.span("legend-unit", getTranslation("chart.unit")));
    }

    private void showRates(List<RatePoint> rates) {
        double now = rates.isEmpty() ? 0 : rates.getLast().generationTokensPerSecond();
        double most =
                rates.stream().mapToDouble(RatePoint::generationTokensPerSecond).max().orElse(0);
        chart.show(
                rates.stream()
                        .map(each ->
                                new RateChart.Point(
                                        each.unixMillis(),
                                        each.generationTokensPerSecond(),
                                        each.promptTokensPerSecond()))
                        .toList(),
                getTranslation("chart.in-words", figures.rate(now), figures.rate(most)));
    }

    private static void swap(
            Div place,
            boolean empty,
            com.vaadin.flow.function.SerializableSupplier<EmptyState> instead,
            Div content) {
        boolean showsEmpty = place.getChildren().anyMatch(EmptyState.class::isInstance);
        if (empty && !showsEmpty) {
            place.removeAll();
            place.add(instead.get());
        } else if (!empty && content.getParent().isEmpty()) {
            place.removeAll();
            place.add(content);
        }
    }

    private EmptyState noReplicas() {
        return new EmptyState(
                Glyph.CHIP,
                getTranslation("overview.replicas.none.title"),
                getTranslation("overview.replicas.none.text"));
    }

    private EmptyState noNodes() {
        return new EmptyState(
                Glyph.NODE,
                getTranslation("overview.nodes.none.title"),
                getTranslation("overview.nodes.none.text"),
                Markup.with(new Code("./assay up --agents 2"), "command"));
    }
}
