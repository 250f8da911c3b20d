package assay.web.console.overview;

import assay.web.console.cluster.ReplicaPanel;
import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Replica;
import com.vaadin.flow.component.html.DescriptionList;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/** The few figures that answer "is it well?". */
class FigureStrip extends DescriptionList {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final Span nodes = new Span();
    private final Span replicas = new Span();
    private final Span requests = new Span();
    private final Span waiting = Markup.span("figure-note", "");
    private final Span rate = new Span();
    private final Span cache = new Span();

    FigureStrip(Figures figures) {
        this.figures = figures;
        setClassName("figures");
        figure("overview.figure.nodes", nodes, null);
        figure("overview.figure.replicas", replicas, null);
        figure("overview.figure.requests", requests, waiting);
        figure(
                "overview.figure.rate",
                rate,
                Markup.span("figure-note", getTranslation("chart.unit")));
        figure("overview.figure.cache", cache, null);
    }

    void show(ClusterPicture picture) {
        var all = picture.replicas();
        nodes.setText(
                getTranslation(
                        "overview.of", NodeCard.ready(picture.nodes()), picture.nodes().size()));
        replicas.setText(getTranslation("overview.of", ReplicaPanel.serving(all), all.size()));
        requests.setText(figures.number(all.stream().mapToInt(Replica::requestsRunning).sum(), 0));
        waiting.setText(
                getTranslation(
                        "overview.waiting", all.stream().mapToInt(Replica::requestsWaiting).sum()));
        var rates = picture.rates();
        rate.setText(
                figures.rate(rates.isEmpty() ? 0 : rates.getLast().generationTokensPerSecond()));
        cache.setText(
                figures.percent(
                        all.stream().mapToDouble(Replica::kvCacheUsageRatio).max().orElse(0)));
    }

    private void figure(String key, Span value, @org.jspecify.annotations.Nullable Span note) {
        var term = new Term(getTranslation(key));
        var description = new Description();
        value.setClassName("figure-value");
        description.add(value);
        if (note != null) {
            description.add(note);
        }
        var pair = new Div(term, description);
        pair.setClassName("figure");
        getElement().appendChild(pair.getElement());
    }
}
