package assay.web.console.overview;

import assay.web.console.cluster.DeviceWords;
import assay.web.console.cluster.StatePill;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import assay.web.insight.Device;
import assay.web.insight.Node;
import assay.web.insight.Node.Checker;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One machine: its state, its devices, its checkers. */
class NodeCard extends Article {
    private static final long serialVersionUID = 1L;

    private final Anchor name = new Anchor();
    private final Div state = Markup.div("card-state");
    private final Span address = Markup.span("mono", "");
    private final TimeText seen;
    private final Keyed<Device, DeviceRow> devices;
    private final Div checkers = Markup.div("checkers");
    private transient @Nullable Node shown;

    NodeCard(Figures figures) {
        setClassName("panel node");
        seen = new TimeText(0, figures.locale());
        devices = new Keyed<>("devices", Device::id, () -> new DeviceRow(figures), DeviceRow::show);
        add(
                Markup.div(
                        "card-head",
                        Markup.div("card-glyph", Glyph.NODE.draw()),
                        new H3(name),
                        state),
                Markup.div("card-facts", address, seen),
                devices,
                checkers);
    }

    void show(Node node) {
        var before = shown;
        shown = node;
        name.setText(node.name());
        name.setHref("nodes/" + node.id());
        address.setText(node.address());
        seen.set(node.lastSeenUnixMillis());
        devices.show(node.devices());
        if (before == null
                || before.state() != node.state()
                || before.duty() != node.duty()
                || before.drained() != node.drained()) {
            StatePill.show(state, node);
            setClassName("gone", node.state() == Node.State.LOST);
        }
        if (before == null || !before.checkers().equals(node.checkers())) {
            checkers.removeAll();
            checkers.add(Markup.span("overline", getTranslation("node.checkers")));
            if (node.checkers().isEmpty()) {
                checkers.add(Markup.paragraph("hint", getTranslation("node.checkers.none")));
            }
            node.checkers().forEach(each -> checkers.add(checker(each)));
        }
    }

    static long ready(List<Node> nodes) {
        return nodes.stream().filter(each -> each.state() == Node.State.READY).count();
    }

    private Div checker(Checker checker) {
        String system = getTranslation("system." + checker.system());
        if (checker.available()) {
            return Markup.div(
                    "checker",
                    new Pill(
                            Pill.Tone.GOOD,
                            getTranslation("node.checker", system, checker.version())));
        }
        return Markup.div(
                "checker",
                new Pill(Pill.Tone.WARN, getTranslation("node.checker.missing", system)),
                Markup.span("hint", getTranslation("node.checker.why")),
                Markup.with(new Code(checker.reason()), "node-words"));
    }

    /** One CPU or GPU of the node. */
    private static final class DeviceRow extends Div {
        private static final long serialVersionUID = 1L;

        private final transient Figures figures;
        private final Span kind = Markup.span("device-kind", "");
        private final Span name = Markup.span("device-name", "");
        private final Div state = Markup.div("device-state");
        private final Code fault = Markup.with(new Code(), "node-words");
        private final Span facts = Markup.span("hint", "");
        private transient @Nullable Device shown;
        private final Meter memory = new Meter(getTranslation("device.memory"));
        private final Meter use = new Meter(getTranslation("device.utilization"));

        DeviceRow(Figures figures) {
            this.figures = figures;
            setClassName("device");
            add(Markup.div("device-head", kind, name, state), fault, memory, use, facts);
        }

        void show(Device device) {
            kind.setText(DeviceWords.kind(this, device.kind()));
            name.setText(device.name());
            name.setTitle(device.name());
            double total = Math.max(1, device.memoryTotalBytes());
            memory.set(
                    device.memoryUsedBytes() / total,
                    getTranslation(
                            "device.memory.of",
                            figures.bytes(device.memoryUsedBytes()),
                            figures.bytes(device.memoryTotalBytes())));
            use.set(device.utilizationRatio(), figures.percent(device.utilizationRatio()));
            showState(device);
            var gpu = device.gpu();
            facts.setVisible(gpu != null);
            facts.setText(gpu == null ? "" : DeviceWords.facts(this, gpu));
        }

        private void showState(Device device) {
            var before = shown;
            shown = device;
            boolean broken = !device.fault().isEmpty();
            fault.setVisible(broken);
            fault.setText(device.fault() + ": " + device.faultDetail());
            if (before != null
                    && before.fault().equals(device.fault())
                    && before.memoryHigh() == device.memoryHigh()) {
                return;
            }
            state.removeAll();
            if (broken) {
                state.add(new Pill(Pill.Tone.BAD, getTranslation("device.broken")));
            }
            if (device.memoryHigh()) {
                state.add(new Pill(Pill.Tone.WARN, getTranslation("device.memory.high")));
            }
        }
    }
}
