package assay.web.console.overview;

import assay.scheduler.v1.CheckerView;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.GpuView;
import assay.scheduler.v1.NodeState;
import assay.scheduler.v1.NodeView;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import com.vaadin.flow.component.html.Article;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One machine: its state, its devices, its checkers. */
class NodeCard extends Article {
    private static final long serialVersionUID = 1L;

    private final H3 name = new H3();
    private final Div state = Markup.div("card-state");
    private final Span address = Markup.span("mono", "");
    private final TimeText seen;
    private final Keyed<DeviceView, DeviceRow> devices;
    private final Div checkers = Markup.div("checkers");
    private transient @Nullable NodeView shown;

    NodeCard(Figures figures) {
        setClassName("panel node");
        seen = new TimeText(0, figures.locale());
        devices =
                new Keyed<>(
                        "devices",
                        DeviceView::getId,
                        () -> new DeviceRow(figures),
                        DeviceRow::show);
        add(
                Markup.div("card-head", Markup.div("card-glyph", Glyph.NODE.draw()), name, state),
                Markup.div("card-facts", address, seen),
                devices,
                checkers);
    }

    void show(NodeView node) {
        var before = shown;
        shown = node;
        name.setText(node.getName());
        address.setText(node.getAddress());
        seen.set(node.getLastSeenUnixMillis());
        devices.show(node.getDevicesList());
        if (before == null || before.getState() != node.getState()) {
            state.removeAll();
            state.add(pill(node.getState()));
            setClassName("gone", node.getState() == NodeState.NODE_STATE_LOST);
        }
        if (before == null || !before.getCheckersList().equals(node.getCheckersList())) {
            checkers.removeAll();
            checkers.add(Markup.span("overline", getTranslation("node.checkers")));
            if (node.getCheckersCount() == 0) {
                checkers.add(Markup.paragraph("hint", getTranslation("node.checkers.none")));
            }
            node.getCheckersList().forEach(each -> checkers.add(checker(each)));
        }
    }

    static long ready(List<NodeView> nodes) {
        return nodes.stream().filter(each -> each.getState() == NodeState.NODE_STATE_READY).count();
    }

    private Pill pill(NodeState state) {
        return switch (state) {
            case NODE_STATE_READY -> new Pill(Pill.Tone.GOOD, getTranslation("node.state.ready"));
            case NODE_STATE_SUSPECT ->
                    new Pill(Pill.Tone.WARN, getTranslation("node.state.suspect"));
            case NODE_STATE_LOST -> new Pill(Pill.Tone.BAD, getTranslation("node.state.lost"));
            case NODE_STATE_UNSPECIFIED, UNRECOGNIZED ->
                    new Pill(Pill.Tone.QUIET, getTranslation("node.state.unknown"));
        };
    }

    private Div checker(CheckerView checker) {
        String system = getTranslation("system." + checker.getSystem());
        if (checker.getAvailable()) {
            return Markup.div(
                    "checker",
                    new Pill(
                            Pill.Tone.GOOD,
                            getTranslation("node.checker", system, checker.getVersion())));
        }
        return Markup.div(
                "checker",
                new Pill(Pill.Tone.WARN, getTranslation("node.checker.missing", system)),
                Markup.span("hint", getTranslation("node.checker.why")),
                Markup.with(new Code(checker.getReason()), "node-words"));
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
        private transient @Nullable DeviceView shown;
        private final Meter memory = new Meter(getTranslation("device.memory"));
        private final Meter use = new Meter(getTranslation("device.utilization"));

        DeviceRow(Figures figures) {
            this.figures = figures;
            setClassName("device");
            add(Markup.div("device-head", kind, name, state), fault, memory, use, facts);
        }

        void show(DeviceView device) {
            kind.setText(getTranslation("device.kind." + device.getKind()));
            name.setText(device.getName());
            name.setTitle(device.getName());
            double total = Math.max(1, device.getMemoryTotalBytes());
            memory.set(
                    device.getMemoryUsedBytes() / total,
                    getTranslation(
                            "device.memory.of",
                            figures.bytes(device.getMemoryUsedBytes()),
                            figures.bytes(device.getMemoryTotalBytes())));
            use.set(device.getUtilizationRatio(), figures.percent(device.getUtilizationRatio()));
            showState(device);
            facts.setVisible(device.hasGpu());
            facts.setText(device.hasGpu() ? facts(device.getGpu()) : "");
        }

        private void showState(DeviceView device) {
            var before = shown;
            shown = device;
            boolean broken = !device.getFault().isEmpty();
            fault.setVisible(broken);
            fault.setText(device.getFault() + ": " + device.getFaultDetail());
            if (before != null
                    && before.getFault().equals(device.getFault())
                    && before.getMemoryHigh() == device.getMemoryHigh()) {
                return;
            }
            state.removeAll();
            if (broken) {
                state.add(new Pill(Pill.Tone.BAD, getTranslation("device.broken")));
            }
            if (device.getMemoryHigh()) {
                state.add(new Pill(Pill.Tone.WARN, getTranslation("device.memory.high")));
            }
        }

        private String facts(GpuView gpu) {
            List<String> parts = new ArrayList<>();
            if (gpu.hasTemperatureCelsius() && gpu.hasPowerWatts()) {
                parts.add(
                        getTranslation(
                                "device.gpu.now",
                                gpu.getTemperatureCelsius(),
                                Math.round(gpu.getPowerWatts())));
            }
            long nvLinked =
                    gpu.getLinksList().stream()
                            .filter(link -> link.getPath().equals("nvlink"))
                            .count();
            if (gpu.getLinksCount() > 0) {
                parts.add(getTranslation("device.gpu.links", nvLinked, gpu.getLinksCount()));
            }
            parts.add(
                    getTranslation(
                            "device.gpu.driver",
                            gpu.getDriverVersion(),
                            gpu.getComputeCapability()));
            parts.add(gpu.getPciBusId());
            return String.join(" · ", parts);
        }
    }
}
