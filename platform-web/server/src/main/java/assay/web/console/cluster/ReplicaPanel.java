package assay.web.console.cluster;

import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.insight.Replica;
import assay.web.insight.Replica.Stage;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One running copy of a model, drawn as the way that a token takes through its stages. */
public class ReplicaPanel extends Article {
    private static final long serialVersionUID = 1L;

    /** More cells are too narrow to be told apart. */
    private static final int MOST_CELLS = 40;

    /** More stages do not stand side by side. */
    private static final int MOST_IN_A_ROW = 5;

    private final transient Figures figures;
    private final Anchor model = new Anchor();
    private final Span facts = Markup.span("hint", "");
    private final Div state = Markup.div("card-state");
    private final Span reason = Markup.span("replica-reason", "");
    private final OrderedList pipeline = new OrderedList();
    private final Div returns = Markup.div("returns", new Span(getTranslation("replica.returns")));
    private final Span running = Markup.span("replica-count", "");
    private final Span waiting = Markup.span("replica-count", "");
    private final Span tokens = Markup.span("replica-count", "");
    private final Anchor why = new Anchor();
    private final Meter cache = new Meter(getTranslation("replica.cache"));
    private transient @Nullable Replica shown;

    public ReplicaPanel(Figures figures) {
        this.figures = figures;
        setClassName("panel replica");
        pipeline.setClassName("pipeline");
        add(
                Markup.div("card-head", Markup.div("replica-name", new H3(model), facts), state),
                reason,
                Markup.div("pipeline-box", pipeline, returns),
                Markup.div("replica-foot", running, waiting, tokens, why, cache));
    }

    public void show(Replica replica) {
        var before = shown;
        shown = replica;
        if (before == null || before.state() != replica.state()) {
            state.removeAll();
            state.add(StatePill.of(this, replica.state()));
        }
        model.setText(replica.deployment());
        model.setHref("deployments/" + replica.deployment());
        why.setText(getTranslation("replica.why"));
        why.setHref("replicas/" + replica.id());
        facts.setText(
                getTranslation(
                        "replica.facts",
                        replica.model(),
                        replica.version(),
                        EventList.shortId(replica.id()),
                        Long.toString(replica.epoch())));
        ReasonText.show(reason, replica.reason());
        if (before == null || !before.stages().equals(replica.stages())) {
            showStages(replica.stages());
        }
        running.setText(getTranslation("replica.running", replica.requestsRunning()));
        waiting.setText(getTranslation("replica.waiting", replica.requestsWaiting()));
        tokens.setText(getTranslation("replica.tokens", replica.generationTokensTotal()));
        cache.set(replica.kvCacheUsageRatio(), figures.percent(replica.kvCacheUsageRatio()));
    }

    public static long serving(List<Replica> replicas) {
        return replicas.stream().filter(each -> each.state() == Replica.State.SERVING).count();
    }

    private void showStages(List<Stage> stages) {
        pipeline.removeAll();
        pipeline.setClassName("pipeline-many", stages.size() > MOST_IN_A_ROW);
        int layers = stages.stream().mapToInt(Stage::endLayer).max().orElse(0);
        stages.forEach(each -> pipeline.add(stage(each, stages.size(), layers)));
        returns.setVisible(stages.size() > 1);
    }

    private ListItem stage(Stage stage, int count, int layers) {
        var item = new ListItem();
        item.setClassName("stage stage-" + stage.index() % 4);
        item.add(
                Markup.div(
                        "stage-head",
                        Markup.span(
                                "stage-name", getTranslation(name(stage, count), number(stage))),
                        StatePill.ofStage(this, stage.state())),
                Markup.div(
                        "stage-node",
                        Markup.with(
                                new Anchor("nodes/" + stage.nodeId(), stage.nodeName()),
                                "stage-node-name"),
                        Markup.span("mono hint", stage.deviceId())),
                layers(stage, layers),
                Markup.div(
                        "stage-facts",
                        new Span(
                                getTranslation(
                                        "stage.layers", stage.firstLayer(), stage.endLayer() - 1)),
                        new Span(figures.bytes(stage.bytes()))));
        if (stage.state().equals("fetching")) {
            var progress = new Meter(getTranslation("stage.fetched"));
            progress.set(
                    stage.progressRatio(),
                    stage.totalBytes() > 0
                            ? getTranslation(
                                    "device.memory.of",
                                    figures.bytes(stage.fetchedBytes()),
                                    figures.bytes(stage.totalBytes()))
                            : figures.percent(stage.progressRatio()));
            item.add(progress);
        }
        return item;
    }

    private static int number(Stage stage) {
        return stage.index() + 1;
    }

    private static String name(Stage stage, int count) {
        if (count == 1) {
            return "stage.only";
        }
        return stage.index() == 0
                ? "stage.head"
                : stage.index() == count - 1 ? "stage.tail" : "stage.middle";
    }

    /** All layers of the model as cells; those of this stage are filled. Many are one bar. */
    private static Div layers(Stage stage, int layers) {
        var strip = Markup.div("layers");
        strip.getElement().setAttribute("aria-hidden", "true");
        if (layers > MOST_CELLS) {
            var own = Markup.div("layer own");
            own.getStyle().set("margin-inline-start", percent(stage.firstLayer(), layers));
            own.getStyle().set("flex", "none");
            own.getStyle()
                    .set("inline-size", percent(stage.endLayer() - stage.firstLayer(), layers));
            strip.addClassName("layers-many");
            strip.add(own);
            return strip;
        }
        for (int layer = 0; layer < layers; layer++) {
            boolean own = layer >= stage.firstLayer() && layer < stage.endLayer();
            strip.add(Markup.span(own ? "layer own" : "layer", ""));
        }
        return strip;
    }

    private static String percent(int part, int whole) {
        return String.format(Locale.ROOT, "%.2f%%", 100.0 * part / whole);
    }
}
