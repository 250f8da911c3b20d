package assay.web.console.cluster;

import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H4;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import java.util.List;
import java.util.Locale;

/**
 * Stages drawn over the nodes: each node a box, each of its devices a bar as long as its memory,
 * each stage a block in it; below the bar the same in words.
 */
public class NodeMap extends UnorderedList {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private transient List<Box> shown = List.of();

    /** A node with those of its devices that matter. */
    public record Box(String nodeId, String nodeName, List<Lane> lanes) {
        public Box {
            lanes = List.copyOf(lanes);
        }
    }

    /**
     * A device.
     *
     * @param othersBytes that others use or have booked
     */
    public record Lane(
            String deviceId,
            String deviceName,
            long totalBytes,
            long othersBytes,
            List<Block> blocks) {
        public Lane {
            blocks = List.copyOf(blocks);
        }

        long freeBytes() {
            long booked = blocks.stream().mapToLong(Block::bytes).sum();
            return Math.max(0, totalBytes - othersBytes - booked);
        }
    }

    /**
     * A stage.
     *
     * @param replicaId empty for one that is only planned
     * @param endLayer the first that it does not hold
     * @param state "assigned", "fetching"…; empty for one that is only planned
     * @param progressRatio 0..1 of fetching
     */
    public record Block(
            String replicaId,
            int index,
            int firstLayer,
            int endLayer,
            long bytes,
            String state,
            double progressRatio) {}

    public NodeMap(Figures figures) {
        this.figures = figures;
        setClassName("map");
    }

    public void show(List<Box> boxes) {
        if (boxes.equals(shown)) {
            return;
        }
        shown = List.copyOf(boxes);
        removeAll();
        boxes.forEach(each -> add(item(each)));
    }

    private ListItem item(Box box) {
        var name = new Anchor("nodes/" + box.nodeId(), box.nodeName());
        var item = new ListItem(Markup.with(new H4(name), "map-name"));
        item.setClassName("map-node");
        box.lanes().forEach(each -> item.add(lane(each)));
        return item;
    }

    private Div lane(Lane lane) {
        var name = Markup.span("map-device-name", lane.deviceName());
        name.setTitle(lane.deviceName());
        var words = new UnorderedList();
        words.setClassName("map-words");
        lane.blocks().forEach(each -> words.add(words(each)));
        return Markup.div(
                "map-device",
                Markup.div(
                        "map-device-head",
                        Markup.span("map-device-id", lane.deviceId()),
                        name,
                        Markup.span(
                                "hint",
                                getTranslation(
                                        "map.free",
                                        figures.bytes(lane.freeBytes()),
                                        figures.bytes(lane.totalBytes())))),
                bar(lane),
                words);
    }

    /** For the eye only: the words below say the same. */
    private Div bar(Lane lane) {
        var bar = Markup.div("map-bar");
        bar.getElement().setAttribute("aria-hidden", "true");
        for (Block each : lane.blocks()) {
            var block = Markup.div("map-block stage-" + each.index() % 4 + " " + look(each));
            if (each.state().equals("fetching")) {
                var progress = Markup.div("map-progress");
                progress.getStyle().set("inline-size", percent(1 - each.progressRatio()));
                block.add(progress);
            }
            block.add(new Span(Integer.toString(each.index() + 1)));
            size(block, each.bytes(), lane.totalBytes());
            bar.add(block);
        }
        if (lane.othersBytes() > 0) {
            var others = Markup.div("map-block map-others");
            size(others, lane.othersBytes(), lane.totalBytes());
            bar.add(others);
        }
        return bar;
    }

    private static String look(Block block) {
        return switch (block.state()) {
            case "" -> "map-planned";
            case "loaded" -> "map-loaded";
            case "failed", "lost" -> "map-gone";
            default -> "map-coming";
        };
    }

    private ListItem words(Block block) {
        String text =
                getTranslation(
                        "map.block",
                        block.index() + 1,
                        block.firstLayer(),
                        block.endLayer() - 1,
                        figures.bytes(block.bytes()));
        var item = new ListItem();
        item.add(Markup.span("map-key stage-" + block.index() % 4, ""));
        item.add(
                block.replicaId().isEmpty()
                        ? new Span(text)
                        : new Anchor("replicas/" + block.replicaId(), text));
        if (!block.state().isEmpty()) {
            item.add(StatePill.ofStage(this, block.state()));
        }
        if (block.state().equals("fetching")) {
            item.add(Markup.span("hint", figures.percent(block.progressRatio())));
        }
        return item;
    }

    private static void size(Component block, long bytes, long totalBytes) {
        double share = totalBytes <= 0 ? 0 : bytes / (double) totalBytes;
        block.getElement().getStyle().set("inline-size", percent(Math.clamp(share, 0.012, 1)));
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * Math.clamp(ratio, 0, 1));
    }
}
