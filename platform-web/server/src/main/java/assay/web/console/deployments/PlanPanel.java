package assay.web.console.deployments;

import assay.web.console.cluster.EventList;
import assay.web.console.cluster.NodeMap;
import assay.web.console.cluster.NodeMap.Block;
import assay.web.console.cluster.NodeMap.Box;
import assay.web.console.cluster.NodeMap.Lane;
import assay.web.console.cluster.ReasonText;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.deployments.Plan;
import assay.web.deployments.Plan.PlannedStage;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableBody;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where one new replica would go, before anything moves; or why it would not, and what would fit.
 */
class PlanPanel extends Div {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;

    PlanPanel(Plan plan, Figures figures) {
        this.figures = figures;
        setClassName("plan");
        switch (plan) {
            case Plan.Placed placed -> showPlaced(placed);
            case Plan.Waiting waiting -> showWaiting(waiting);
            case Plan.Refused refused -> showRefused(refused);
        }
    }

    private void showPlaced(Plan.Placed placed) {
        add(
                callout(
                        "callout-info",
                        Glyph.CHECK,
                        getTranslation("plan.placed.title"),
                        getTranslation("plan.placed.text", placed.stages().size())));
        var facts = Markup.div("plan-facts");
        facts.add(fact("plan.step", seconds(placed.stepSeconds())));
        facts.add(fact("plan.hop", seconds(placed.hopSeconds())));
        facts.add(fact("plan.kv-room", figures.number((double) placed.kvRoomTokens(), 0)));
        facts.add(
                fact(
                        "plan.bytes",
                        figures.bytes(
                                placed.stages().stream().mapToLong(PlannedStage::bytes).sum())));
        add(facts);
        if (!placed.victims().isEmpty()) {
            add(victims(placed.victims()));
        }
        var map = new NodeMap(figures);
        map.show(boxes(placed.stages()));
        add(map, table(placed.stages()));
    }

    private void showWaiting(Plan.Waiting waiting) {
        add(
                callout(
                        "callout-warn",
                        Glyph.WARNING,
                        getTranslation("plan.waiting.title"),
                        waiting.missingBytes() > 0
                                ? getTranslation(
                                        "plan.waiting.missing",
                                        figures.bytes(waiting.missingBytes()))
                                : getTranslation("plan.waiting.text")));
        add(wouldFit(waiting.wouldFit()));
        if (!waiting.counts().isEmpty()) {
            var counts = Markup.div("chips");
            waiting.counts()
                    .forEach((filter, count) ->
                            counts.add(
                                    Markup.span(
                                            "chip",
                                            getTranslation("plan.count", name(filter), count))));
            add(counts);
        }
        var list = new UnorderedList();
        list.setClassName("rejections");
        waiting.rejections().forEach(each -> list.add(rejection(each)));
        if (!waiting.rejections().isEmpty()) {
            add(Markup.span("form-group-title", getTranslation("plan.rejections")), list);
        }
    }

    private void showRefused(Plan.Refused refused) {
        var detail = Markup.span("callout-detail", refused.detail());
        detail.getElement().setAttribute("lang", "en");
        add(
                callout(
                        "callout-bad",
                        Glyph.CROSS,
                        getTranslation("plan.refused.title"),
                        getTranslation("plan.refused.text"),
                        detail));
    }

    private Div wouldFit(Plan.WouldFit fit) {
        List<String> ways = new ArrayList<>();
        if (fit.kvTokens() > 0) {
            ways.add(getTranslation("plan.fit.kv", figures.number(fit.kvTokens(), 0)));
        }
        if (fit.maxSequences() > 0) {
            ways.add(getTranslation("plan.fit.sequences", fit.maxSequences()));
        }
        if (fit.deviceBytes() > 0) {
            ways.add(getTranslation("plan.fit.device", figures.bytes(fit.deviceBytes())));
        }
        var list = new UnorderedList();
        ways.forEach(each -> list.add(new ListItem(each)));
        var place =
                Markup.div(
                        "would-fit",
                        Markup.span("form-group-title", getTranslation("plan.fit")),
                        list);
        place.setVisible(!ways.isEmpty());
        return place;
    }

    private ListItem rejection(Plan.Rejection rejection) {
        var where = Markup.span("rejection-where", rejection.nodeName());
        if (!rejection.deviceId().isEmpty()) {
            where.add(Markup.span("mono hint", " " + rejection.deviceId()));
        }
        var item = new ListItem(where, words(rejection));
        item.setClassName("rejection");
        return item;
    }

    private Span words(Plan.Rejection rejection) {
        String id = id(rejection.filter());
        if (!ReasonText.isFilter(id)) {
            var words = new Span(rejection.inWords());
            words.getElement().setAttribute("lang", "en");
            return words;
        }
        return new Span(
                id.equals("memory-short")
                        ? getTranslation(
                                "filter.memory-short.by",
                                figures.bytes(rejection.freeBytes()),
                                figures.bytes(rejection.missingBytes()))
                        : getTranslation("filter." + id, rejection.detail()));
    }

    /** A filter alone, without its detail. */
    private String name(String filter) {
        String id = id(filter);
        return ReasonText.isFilter(id) ? getTranslation("filter." + id, "").strip() : filter;
    }

    private static String id(String filter) {
        return filter.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private Div victims(List<Plan.Victim> victims) {
        var list = new UnorderedList();
        victims.forEach(each ->
                list.add(
                        new ListItem(
                                getTranslation(
                                        "plan.victim",
                                        each.deployment(),
                                        EventList.shortId(each.replicaId()),
                                        Integer.toString(each.priority())))));
        return callout(
                "callout-warn",
                Glyph.WARNING,
                getTranslation("plan.victims.title"),
                getTranslation("plan.victims.text"),
                list);
    }

    /** The devices with what would be on them; the rest of their memory is what others have. */
    private static List<Box> boxes(List<PlannedStage> stages) {
        Map<String, Map<String, List<PlannedStage>>> byNode = new LinkedHashMap<>();
        for (PlannedStage each : stages) {
            byNode.computeIfAbsent(each.nodeId(), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(each.deviceId(), _ -> new ArrayList<>())
                    .add(each);
        }
        List<Box> boxes = new ArrayList<>();
        byNode.forEach((nodeId, devices) -> {
            List<Lane> lanes = new ArrayList<>();
            String nodeName = nodeId;
            for (var on : devices.values()) {
                nodeName = on.getFirst().nodeName();
                lanes.add(lane(on));
            }
            boxes.add(new Box(nodeId, nodeName, lanes));
        });
        return boxes;
    }

    private static Lane lane(List<PlannedStage> stages) {
        var first = stages.getFirst();
        return new Lane(
                first.deviceId(),
                first.deviceName(),
                first.deviceFreeBytes(),
                0,
                stages.stream()
                        .map(each ->
                                new Block(
                                        "",
                                        each.index(),
                                        each.firstLayer(),
                                        each.endLayer(),
                                        each.bytes(),
                                        "",
                                        0))
                        .toList());
    }

    private Div table(List<PlannedStage> stages) {
        var head = new NativeTableRow();
        for (String key :
                List.of(
                        "plan.column.stage",
                        "plan.column.place",
                        "plan.column.layers",
                        "plan.column.weights",
                        "plan.column.kv",
                        "plan.column.workspace",
                        "plan.column.step",
                        "plan.column.room")) {
            var cell = new NativeTableHeaderCell(getTranslation(key));
            cell.getElement().setAttribute("scope", "col");
            head.add(cell);
        }
        var body = new NativeTableBody();
        for (PlannedStage each : stages) {
            var first = new NativeTableHeaderCell(Integer.toString(each.index() + 1));
            first.getElement().setAttribute("scope", "row");
            body.add(
                    new NativeTableRow(
                            first,
                            new NativeTableCell(each.nodeName() + " / " + each.deviceId()),
                            new NativeTableCell(each.firstLayer() + "–" + (each.endLayer() - 1)),
                            new NativeTableCell(figures.bytes(each.weightBytes())),
                            new NativeTableCell(figures.bytes(each.kvBytes())),
                            new NativeTableCell(figures.bytes(each.workspaceBytes())),
                            new NativeTableCell(seconds(each.stepSeconds())),
                            new NativeTableCell(figures.number((double) each.kvRoomTokens(), 0))));
        }
        var table = new NativeTable(new NativeTableHeader(head), body);
        table.setClassName("table");
        table.getElement().setAttribute("aria-label", getTranslation("plan.stages"));
        return Markup.scrolls(Markup.div("table-box", table), getTranslation("plan.stages"));
    }

    private Div fact(String key, String value) {
        return Markup.div(
                "plan-fact",
                Markup.span("hint", getTranslation(key)),
                Markup.span("plan-value", value));
    }

    private String seconds(double seconds) {
        return seconds <= 0
                ? getTranslation("plan.unknown")
                : seconds < 0.001
                        ? figures.number(seconds * 1e6, 0) + "\u00a0µs"
                        : figures.number(seconds * 1000, seconds < 0.1 ? 1 : 0) + "\u00a0ms";
    }

    private static Div callout(
            String css, Glyph glyph, String title, String text, Component... more) {
        var words = Markup.div("", Markup.span("callout-title", title), new Span(text));
        words.add(more);
        return Markup.div("callout " + css, glyph.draw(), words);
    }
}
