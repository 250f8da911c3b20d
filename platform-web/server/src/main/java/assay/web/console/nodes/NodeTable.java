package assay.web.console.nodes;

import assay.web.console.cluster.DeviceWords;
import assay.web.console.cluster.StatePill;
import assay.web.console.part.Chart;
import assay.web.console.part.Figures;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.insight.Device;
import assay.web.insight.Node;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Nodes as rows; each row keeps its place and its focus while its figures change. */
class NodeTable extends Div {
    private static final long serialVersionUID = 1L;

    private final Keyed<Node, Row> rows;

    NodeTable(Figures figures) {
        setClassName("table-box panel");
        Markup.scrolls(this, getTranslation("nodes.title"));
        rows = new Keyed<>("tbody", "", Node::id, () -> new Row(figures), Row::show);
        var head = new NativeTableRow();
        for (String key :
                List.of(
                        "nodes.column.name",
                        "nodes.column.state",
                        "nodes.column.devices",
                        "nodes.column.utilization",
                        "nodes.column.memory",
                        "nodes.column.bandwidth",
                        "nodes.column.network",
                        "nodes.column.temperature",
                        "nodes.column.stages")) {
            var cell = new NativeTableHeaderCell(getTranslation(key));
            cell.getElement().setAttribute("scope", "col");
            head.add(cell);
        }
        var table = new NativeTable(new NativeTableHeader(head));
        table.getElement().setAttribute("aria-label", getTranslation("nodes.title"));
        table.setClassName("table");
        table.getElement().appendChild(rows.getElement());
        add(table);
    }

    void show(List<Node> nodes) {
        rows.show(nodes);
    }

    /** One node. */
    private static final class Row extends NativeTableRow {
        private static final long serialVersionUID = 1L;

        private final transient Figures figures;
        private final Anchor name = new Anchor();
        private final Span address = Markup.span("mono hint", "");
        private final Div state = Markup.div("pills");
        private final Span devices = Markup.span("cell-devices", "");
        private final Meter use = new Meter(getTranslation("device.utilization"));
        private final Meter memory = new Meter(getTranslation("device.memory"));
        private final Span bandwidth = new Span();
        private final Span receive = new Span();
        private final Span transmit = new Span();
        private final Span temperature = new Span();
        private final Span stages = new Span();
        private transient @Nullable Node shown;

        Row(Figures figures) {
            this.figures = figures;
            var first = new NativeTableHeaderCell(name, address);
            first.getElement().setAttribute("scope", "row");
            add(first);
            for (Component each :
                    new Component[] {
                        state,
                        devices,
                        Markup.div("cell-meter", use),
                        Markup.div("cell-meter", memory),
                        bandwidth,
                        Markup.div("cell-network", receive, transmit),
                        temperature,
                        stages
                    }) {
                add(new NativeTableCell(each));
            }
        }

        void show(Node node) {
            var before = shown;
            shown = node;
            if (before == null
                    || before.state() != node.state()
                    || before.duty() != node.duty()
                    || before.drained() != node.drained()) {
                StatePill.show(state, node);
            }
            name.setText(node.name());
            name.setHref("nodes/" + node.id());
            address.setText(node.address());
            devices.setText(DeviceWords.summary(node.devices()));
            double busy = mean(node, Device::utilizationRatio).orElse(0);
            use.set(busy, figures.percent(busy));
            long total = node.devices().stream().mapToLong(Device::memoryTotalBytes).sum();
            long used = node.devices().stream().mapToLong(Device::memoryUsedBytes).sum();
            memory.set(
                    total == 0 ? 0 : used / (double) total,
                    getTranslation("device.memory.of", figures.bytes(used), figures.bytes(total)));
            bandwidth.setText(
                    Chart.Unit.PERCENT.format(
                            figures, mean(node, NodeTable::bandwidth).orElse(Double.NaN)));
            var network = node.network();
            receive.setText(
                    "↓ " + rate(network == null ? Double.NaN : network.receiveBytesPerSecond()));
            transmit.setText(
                    "↑ " + rate(network == null ? Double.NaN : network.transmitBytesPerSecond()));
            temperature.setText(
                    Chart.Unit.CELSIUS.format(figures, hottest(node).orElse(Double.NaN)));
            stages.setText(figures.number(node.stages(), 0));
        }

        private String rate(double bytesPerSecond) {
            return Chart.Unit.BYTES_PER_SECOND.format(figures, bytesPerSecond);
        }
    }

    private static @Nullable Double bandwidth(Device device) {
        var gpu = device.gpu();
        return gpu == null ? null : gpu.memoryBandwidthRatio();
    }

    private static OptionalDouble hottest(Node node) {
        return node.devices().stream()
                .map(Device::gpu)
                .filter(Objects::nonNull)
                .map(Device.Gpu::temperatureCelsius)
                .filter(Objects::nonNull)
                .mapToDouble(Integer::doubleValue)
                .max();
    }

    private static OptionalDouble mean(Node node, Function<Device, @Nullable Double> figure) {
        return node.devices().stream()
                .map(figure)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .average();
    }
}
