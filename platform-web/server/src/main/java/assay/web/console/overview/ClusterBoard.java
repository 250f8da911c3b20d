package assay.web.console.overview;

import assay.web.console.cluster.ReplicaPanel;
import assay.web.console.part.Chart;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.insight.ClusterPicture;
import assay.web.insight.ClusterPicture.RatePoint;
import assay.web.insight.Node;
import assay.web.insight.Replica;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import java.time.Duration;
import java.util.List;

/** Everything that is known of the cluster, updated in place. */
class ClusterBoard extends Div {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final FigureStrip strip;
    private final Chart chart;
    private final Div replicas = Markup.div("replicas");
    private final Div nodes = Markup.div("nodes");
    private final Keyed<Replica, ReplicaPanel> replicaPanels;
    private final Keyed<Node, NodeCard> nodeCards;

    ClusterBoard(Figures figures) {
        this.figures = figures;
        setClassName("board");
        strip = new FigureStrip(figures);
        chart = chart();
        replicaPanels =
                new Keyed<>(
                        "replica-list",
                        Replica::id,
                        () -> new ReplicaPanel(figures),
                        ReplicaPanel::show);
        nodeCards = new Keyed<>("node-grid", Node::id, () -> new NodeCard(figures), NodeCard::show);
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
        strip.show(picture);
        showRates(picture.rates());
        swap(replicas, picture.replicas().isEmpty(), this::noReplicas, replicaPanels);
        replicaPanels.show(picture.replicas());
        swap(nodes, picture.nodes().isEmpty(), this::noNodes, nodeCards);
        nodeCards.show(picture.nodes());
    }

    private Div legend() {
        return Markup.div(
                "legend",
                Markup.span("legend-line legend-0", getTranslation("chart.generated")),
                Markup.span("legend-line legend-1", getTranslation("chart.prompt")),
                Markup.span("legend-unit", getTranslation("chart.unit")));
    }

    private void showRates(List<RatePoint> rates) {
        double now = rates.isEmpty() ? 0 : rates.getLast().generationTokensPerSecond();
        double most =
                rates.stream().mapToDouble(RatePoint::generationTokensPerSecond).max().orElse(0);
        chart.show(
                rates.stream()
                        .map(each ->
                                new Chart.Moment(
                                        each.unixMillis(),
                                        List.of(
                                                each.generationTokensPerSecond(),
                                                each.promptTokensPerSecond())))
                        .toList(),
                getTranslation("chart.in-words", figures.rate(now), figures.rate(most)));
    }

    private Chart chart() {
        var rates =
                new Chart(
                        Chart.Unit.RATE,
                        List.of(getTranslation("chart.generated"), getTranslation("chart.prompt")),
                        Duration.ofMinutes(2),
                        0,
                        List.of(
                                getTranslation("chart.two-minutes"),
                                getTranslation("chart.one-minute"),
                                getTranslation("chart.now")));
        rates.suffix(getTranslation("chart.unit"));
        return rates;
    }

    private static void swap(
            Div place,
            boolean empty,
            com.vaadin.flow.function.SerializableSupplier<EmptyState> instead,
            Component content) {
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
