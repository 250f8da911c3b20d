package assay.web.console.nodes;

import assay.web.console.cluster.DeviceWords;
import assay.web.console.part.Chart;
import assay.web.console.part.Chart.Moment;
import assay.web.console.part.ChartPanel;
import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.insight.Device;
import assay.web.insight.Node;
import assay.web.insight.NodeTrend;
import assay.web.insight.NodeTrend.DeviceSample;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The last ten minutes of one device, to be chosen where there are several, and of the network. */
class NodeCharts extends Div {
    private static final long serialVersionUID = 1L;

    private final Div choice = Markup.role(Markup.div("segments device-choice"), "group");
    private final Div panels = Markup.div("charts");
    private final transient Figures figures;
    private final ChartPanel use;
    private final ChartPanel network;
    private final ChartPanel temperature;
    private final ChartPanel bandwidth;
    private @Nullable ChartPanel memory;
    private long memoryTotalBytes = -1;
    private String chosen = "";
    private List<String> offered = List.of();
    private transient @Nullable Runnable again;

    NodeCharts(Figures figures) {
        this.figures = figures;
        setClassName("node-charts");
        choice.getElement().setAttribute("aria-label", getTranslation("nodes.device"));
        use = panel("device.utilization", Chart.Unit.PERCENT, 1, "device.utilization");
        bandwidth = panel("nodes.bandwidth", Chart.Unit.PERCENT, 1, "nodes.bandwidth");
        temperature = panel("nodes.temperature", Chart.Unit.CELSIUS, 100, "nodes.temperature");
        network =
                panel(
                        "nodes.network",
                        Chart.Unit.BYTES_PER_SECOND,
                        0,
                        "nodes.network.in",
                        "nodes.network.out");
        add(choice, panels);
    }

    private ChartPanel panel(String key, Chart.Unit unit, double top, String... names) {
        return new ChartPanel(
                figures,
                getTranslation(key),
                unit,
                top,
                List.of(names).stream().map(this::getTranslation).toList());
    }

    void show(Node node, NodeTrend trend) {
        offer(node);
        var device =
                node.devices().stream()
                        .filter(each -> each.id().equals(chosen))
                        .findFirst()
                        .orElse(null);
        arrange(device);
        again = () -> show(node, trend);
        var samples = trend.devices().getOrDefault(chosen, List.of());
        use.show(moments(samples, DeviceSample::utilizationRatio));
        if (memory != null) {
            memory.show(moments(samples, DeviceSample::memoryUsedBytes));
        }
        bandwidth.show(moments(samples, DeviceSample::memoryBandwidthRatio));
        temperature.show(moments(samples, DeviceSample::temperatureCelsius));
        network.show(
                trend.network().stream()
                        .map(each ->
                                new Moment(
                                        each.unixMillis(),
                                        List.of(
                                                each.receiveBytesPerSecond(),
                                                each.transmitBytesPerSecond())))
                        .toList());
    }

    /** The scale of memory ends where the device's memory does, so that chart is the device's. */
    private void arrange(@Nullable Device device) {
        long total = device == null ? 0 : device.memoryTotalBytes();
        if (memory != null && total == memoryTotalBytes) {
            return;
        }
        memoryTotalBytes = total;
        var fresh = panel("device.memory", Chart.Unit.BYTES, (double) total, "device.memory");
        memory = fresh;
        panels.removeAll();
        panels.add(use, fresh, bandwidth, network, temperature);
    }

    private void offer(Node node) {
        List<String> now = node.devices().stream().map(Device::id).toList();
        if (now.equals(offered)) {
            return;
        }
        offered = now;
        if (!now.contains(chosen)) {
            chosen = now.isEmpty() ? "" : now.getFirst();
        }
        choice.removeAll();
        choice.setVisible(now.size() > 1);
        for (Device each : node.devices()) {
            var button =
                    new NativeButton(
                            each.id().equals(each.kind())
                                    ? DeviceWords.kind(this, each.kind())
                                    : shortName(each.id()));
            button.setClassName("segment");
            button.setTitle(each.name());
            button.getElement().setAttribute("type", "button");
            button.addClickListener(click -> choose(each.id()));
            choice.add(button);
        }
        press();
    }

    private void choose(String device) {
        chosen = device;
        press();
        if (again != null) {
            again.run();
        }
    }

    private void press() {
        var ids = offered.iterator();
        choice.getChildren()
                .forEach(each ->
                        each.getElement()
                                .setAttribute(
                                        "aria-pressed",
                                        Boolean.toString(ids.next().equals(chosen))));
    }

    /** "GPU-8f3a…" is told from the others by its first characters. */
    private static String shortName(String id) {
        return id.length() <= 12 ? id : id.substring(0, 12) + "…";
    }

    private static List<Moment> moments(
            List<DeviceSample> samples, ToDoubleFunction<DeviceSample> figure) {
        return samples.stream()
                .map(each -> new Moment(each.unixMillis(), List.of(figure.applyAsDouble(each))))
                .toList();
    }
}
