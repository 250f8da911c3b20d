package assay.web.console.nodes;

import assay.web.console.cluster.StatePill;
import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import assay.web.insight.Node;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import org.jspecify.annotations.Nullable;

/** What a node is, in one line: state, address, agent, labels, taints, checkers. */
class NodeFacts extends Div {
    private static final long serialVersionUID = 1L;

    private final Div state = Markup.div("pills");
    private final Span address = Markup.span("mono", "");
    private final Span agent = new Span();
    private final TimeText seen;
    private final Div marks = Markup.div("chips");
    private transient @Nullable Node shown;

    NodeFacts(Figures figures) {
        setClassName("node-facts");
        seen = new TimeText(0, figures.locale());
        add(state, address, agent, seen, marks);
    }

    void show(Node node) {
        var before = shown;
        shown = node;
        StatePill.show(state, node);
        address.setText(node.address());
        agent.setText(getTranslation("nodes.agent", node.agentVersion()));
        seen.set(node.lastSeenUnixMillis());
        if (before != null
                && before.labels().equals(node.labels())
                && before.taints().equals(node.taints())
                && before.checkers().equals(node.checkers())) {
            return;
        }
        marks.removeAll();
        node.labels().forEach((name, value) -> marks.add(Markup.span("chip", name + "=" + value)));
        node.taints()
                .forEach(taint ->
                        marks.add(
                                Markup.span(
                                        "chip chip-taint", getTranslation("nodes.taint", taint))));
        for (Node.Checker each : node.checkers()) {
            String system = getTranslation("system." + each.system());
            var pill =
                    each.available()
                            ? new Pill(
                                    Pill.Tone.GOOD,
                                    getTranslation("node.checker", system, each.version()))
                            : new Pill(
                                    Pill.Tone.WARN, getTranslation("node.checker.missing", system));
            pill.setTitle(each.reason());
            marks.add(pill);
        }
        marks.setVisible(marks.getChildren().findAny().isPresent());
    }
}
