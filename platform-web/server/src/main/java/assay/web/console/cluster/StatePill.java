package assay.web.console.cluster;

import assay.web.console.part.Pill;
import assay.web.insight.Node;
import assay.web.insight.Replica;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;

/** The states of nodes, replicas and stages as pills: each has one tone, everywhere. */
public final class StatePill {
    private StatePill() {}

    /**
     * @param place whose language it is in
     */
    public static Pill of(Component place, Node.State state) {
        return switch (state) {
            case READY -> pill(place, Pill.Tone.GOOD, "node.state.ready");
            case SUSPECT -> pill(place, Pill.Tone.WARN, "node.state.suspect");
            case LOST -> pill(place, Pill.Tone.BAD, "node.state.lost");
            case UNKNOWN -> pill(place, Pill.Tone.QUIET, "node.state.unknown");
        };
    }

    /** State and, where it is not open, duty of a node. */
    public static void show(Div place, Node node) {
        place.removeAll();
        place.add(of(place, node.state()));
        switch (node.duty()) {
            case OPEN -> {}
            case CORDONED -> place.add(pill(place, Pill.Tone.WARN, "node.duty.cordoned"));
            case DRAINING ->
                    place.add(
                            node.drained()
                                    ? pill(place, Pill.Tone.QUIET, "node.duty.drained")
                                    : pill(place, Pill.Tone.BUSY, "node.duty.draining"));
        }
    }

    public static Pill of(Component place, Replica.State state) {
        return switch (state) {
            case SERVING -> pill(place, Pill.Tone.GOOD, "replica.state.serving");
            case LOADING -> pill(place, Pill.Tone.BUSY, "replica.state.loading");
            case PROBING -> pill(place, Pill.Tone.BUSY, "replica.state.probing");
            case RECOVERING -> pill(place, Pill.Tone.BUSY, "replica.state.recovering");
            case WAITING -> pill(place, Pill.Tone.WARN, "replica.state.waiting");
            case DRAINING -> pill(place, Pill.Tone.QUIET, "replica.state.draining");
            case BROKEN -> pill(place, Pill.Tone.BAD, "replica.state.broken");
            case UNKNOWN -> pill(place, Pill.Tone.QUIET, "replica.state.unknown");
        };
    }

    /**
     * @param stage a stage's state: "assigned", "fetching"…
     */
    public static Pill ofStage(Component place, String stage) {
        return switch (stage) {
            case "loaded" -> pill(place, Pill.Tone.GOOD, "stage.state.loaded");
            case "fetching" -> pill(place, Pill.Tone.BUSY, "stage.state.fetching");
            case "loading" -> pill(place, Pill.Tone.BUSY, "stage.state.loading");
            case "failed" -> pill(place, Pill.Tone.BAD, "stage.state.failed");
            case "lost" -> pill(place, Pill.Tone.BAD, "stage.state.lost");
            case "assigned" -> pill(place, Pill.Tone.QUIET, "stage.state.assigned");
            default -> new Pill(Pill.Tone.QUIET, stage);
        };
    }

    private static Pill pill(Component place, Pill.Tone tone, String key) {
        return new Pill(tone, place.getTranslation(key));
    }
}
