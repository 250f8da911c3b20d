package assay.web.console.overview;

import assay.scheduler.v1.ReplicaState;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.StageView;
import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.console.part.Pill;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One running copy of a model, drawn as the way that a token takes through its stages. */
class ReplicaPanel extends Article {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final H3 model = new H3();
    private final Span facts = Markup.span("hint", "");
    private final Div state = Markup.div("card-state");
    private final Span reason = Markup.span("replica-reason", "");
    private final OrderedList pipeline = new OrderedList();
    private final Div returns = Markup.div("returns", new Span(getTranslation("replica.returns")));
    private final Span running = Markup.span("replica-count", "");
    private final Span waiting = Markup.span("replica-count", "");
    private final Span tokens = Markup.span("replica-count", "");
    private final Meter cache = new Meter(getTranslation("replica.cache"));
    private transient @Nullable ReplicaView shown;

    ReplicaPanel(Figures figures) {
        this.figures = figures;
        setClassName("panel replica");
        pipeline.setClassName("pipeline");
        add(
                Markup.div("card-head", Markup.div("replica-name", model, facts), state),
                reason,
                Markup.div("pipeline-box", pipeline, returns),
                Markup.div("replica-foot", running, waiting, tokens, cache));
    }

    void show(ReplicaView replica) {
        var before = shown;
        shown = replica;
        if (before == null || before.getState() != replica.getState()) {
            state.removeAll();
            state.add(pill(replica.getState()));
        }
        model.setText(replica.getModel());
        facts.setText(
                getTranslation(
                        "replica.facts", replica.getVersion(), Long.toString(replica.getEpoch())));
        reason.setText(replica.getReason());
        reason.setVisible(!replica.getReason().isBlank());
        if (before == null || !before.getStagesList().equals(replica.getStagesList())) {
            showStages(replica.getStagesList());
        }
        running.setText(getTranslation("replica.running", replica.getRequestsRunning()));
        waiting.setText(getTranslation("replica.waiting", replica.getRequestsWaiting()));
        tokens.setText(getTranslation("replica.tokens", replica.getGenerationTokensTotal()));
        cache.set(replica.getKvCacheUsageRatio(), figures.percent(replica.getKvCacheUsageRatio()));
    }

    static long serving(List<ReplicaView> replicas) {
        return replicas.stream()
                .filter(each -> each.getState() == ReplicaState.REPLICA_STATE_SERVING)
                .count();
    }

    private Pill pill(ReplicaState state) {
        return switch (state) {
            case REPLICA_STATE_SERVING ->
                    new Pill(Pill.Tone.GOOD, getTranslation("replica.state.serving"));
            case REPLICA_STATE_LOADING ->
                    new Pill(Pill.Tone.BUSY, getTranslation("replica.state.loading"));
            case REPLICA_STATE_PROBING ->
                    new Pill(Pill.Tone.BUSY, getTranslation("replica.state.probing"));
            case REPLICA_STATE_WAITING ->
                    new Pill(Pill.Tone.WARN, getTranslation("replica.state.waiting"));
            case REPLICA_STATE_BROKEN ->
                    new Pill(Pill.Tone.BAD, getTranslation("replica.state.broken"));
            case REPLICA_STATE_RECOVERING ->
                    new Pill(Pill.Tone.WARN, getTranslation("replica.state.recovering"));
            case REPLICA_STATE_DRAINING ->
                    new Pill(Pill.Tone.QUIET, getTranslation("replica.state.draining"));
            case REPLICA_STATE_UNSPECIFIED, UNRECOGNIZED ->
                    new Pill(Pill.Tone.QUIET, getTranslation("replica.state.unknown"));
        };
    }

    private void showStages(List<StageView> stages) {
        pipeline.removeAll();
        int layers = stages.stream().mapToInt(StageView::getEndLayer).max().orElse(0);
        stages.forEach(each -> pipeline.add(stage(each, stages.size(), layers)));
        returns.setVisible(stages.size() > 1);
    }

    private ListItem stage(StageView stage, int count, int layers) {
        var item = new ListItem();
        item.setClassName("stage stage-" + stage.getIndex() % 4);
        item.add(
                Markup.div(
                        "stage-head",
                        Markup.span(
                                "stage-name", getTranslation(name(stage, count), number(stage))),
                        stagePill(stage.getState())),
                Markup.div(
                        "stage-node",
                        Markup.span("stage-node-name", stage.getNodeName()),
                        Markup.span("mono hint", stage.getDeviceId())),
                layers(stage, layers),
                Markup.div(
                        "stage-facts",
                        new Span(
                                getTranslation(
                                        "stage.layers",
                                        stage.getFirstLayer(),
                                        stage.getEndLayer() - 1)),
                        new Span(figures.bytes(stage.getWeightBytes()))));
        if (stage.getState().equals("fetching")) {
            var progress = new Meter(getTranslation("stage.fetched"));
            progress.set(stage.getProgressRatio(), figures.percent(stage.getProgressRatio()));
            item.add(progress);
        }
        return item;
    }

    private static int number(StageView stage) {
        return stage.getIndex() + 1;
    }

    private static String name(StageView stage, int count) {
        if (count == 1) {
            return "stage.only";
        }
        return stage.getIndex() == 0
                ? "stage.head"
                : stage.getIndex() == count - 1 ? "stage.tail" : "stage.middle";
    }

    /** All layers of the model as cells; those of this stage are filled. */
    private static Div layers(StageView stage, int layers) {
        var strip = Markup.div("layers");
        strip.getElement().setAttribute("aria-hidden", "true");
        for (int layer = 0; layer < layers; layer++) {
            boolean own = layer >= stage.getFirstLayer() && layer < stage.getEndLayer();
            strip.add(Markup.span(own ? "layer own" : "layer", ""));
        }
        return strip;
    }

    private Pill stagePill(String state) {
        Pill.Tone tone =
                switch (state) {
                    case "loaded" -> Pill.Tone.GOOD;
                    case "assigned" -> Pill.Tone.QUIET;
                    case "fetching", "loading" -> Pill.Tone.BUSY;
                    case "failed", "lost" -> Pill.Tone.BAD;
                    default -> Pill.Tone.QUIET;
                };
        return new Pill(tone, getTranslation("stage.state." + state));
    }
}
