package assay.web.console.audit;

import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.search.AuditFound;
import assay.web.console.part.CopyButton;
import assay.web.console.part.Markup;
import assay.web.trail.RecordJson;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.DescriptionList;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** One record, all of it: its twelve fields by name, its place in the chain, and its JSON. */
class RecordDialog extends Dialog {
    private static final long serialVersionUID = 1L;

    private final transient AuditWords words;
    private final DescriptionList fields = new DescriptionList();

    /**
     * @param filter is told what to look for instead
     */
    RecordDialog(Component owner, AuditFound found, Consumer<Map<String, String>> filter) {
        this.words = new AuditWords(owner);
        AuditRow row = found.row();
        setHeaderTitle(row.action());
        setWidth("44rem");
        setMaxWidth("96vw");
        fields.setClassName("search-fields");
        twelve(row);
        add(fields, chain(found), links(row, filter), json(found));
        getFooter().add(new Button(words.text("audit.record.close"), click -> close()));
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
    }

    private void twelve(AuditRow row) {
        JsonNode actor = AuditWords.json(row.actor());
        JsonNode object = AuditWords.json(row.object());
        JsonNode request = AuditWords.json(row.request());
        JsonNode outcome = AuditWords.json(row.outcome());
        JsonNode correlation = AuditWords.json(row.correlation());
        field(
                "when",
                new Span(words.time(row.at())),
                Markup.span("mono hint", row.at().toString()));
        field("tenant", mono(row.tenant().toString()));
        field("actor", new Span(actor(actor)), mono(AuditWords.part(actor, "id")));
        field("source", mono(orDash(row.sourceIp())));
        field("client", new Span(orDash(row.userAgent())));
        field("action", mono(row.action()));
        field(
                "object",
                new Span(joined(object, "type", "model", "version")),
                mono(AuditWords.part(object, "id")));
        field("request", mono(joined(request, "method", "path")));
        field(
                "outcome",
                words.outcome(AuditWords.part(outcome, "result")),
                mono(joined(outcome, "status", "reason")));
        field("duration", new Span(duration(Duration.ofNanos(row.durationNanos()))));
        field(
                "correlation",
                mono(AuditWords.part(correlation, "request")),
                mono(AuditWords.part(correlation, "trace")));
        field("details", details(AuditWords.json(row.details())));
    }

    private static String orDash(@org.jspecify.annotations.Nullable String text) {
        return text == null || text.isEmpty() ? "–" : text;
    }

    private String duration(Duration duration) {
        return duration.toMillis() < 10
                ? words.figures().number(duration.toNanos() / 1000.0, 0) + "\u00a0µs"
                : words.figures().millis(duration.toMillis());
    }

    private static String joined(JsonNode object, String... names) {
        return Stream.of(names)
                .map(each -> AuditWords.part(object, each))
                .filter(each -> !each.isEmpty())
                .reduce((one, other) -> one + " · " + other)
                .orElse("–");
    }

    private String actor(JsonNode actor) {
        return Stream.of(
                        AuditWords.part(actor, "name"),
                        words.role(actor),
                        AuditWords.part(actor, "kind"))
                .filter(each -> !each.isEmpty())
                .collect(Collectors.joining(" · "));
    }

    private static Span mono(String text) {
        return Markup.span("mono", text);
    }

    private static Component details(JsonNode details) {
        var lines = Markup.div("audit-details");
        for (Map.Entry<String, JsonNode> each : details.properties()) {
            JsonNode value = each.getValue();
            lines.add(
                    Markup.div(
                            "audit-detail",
                            Markup.span("hint mono", each.getKey()),
                            mono(value.isContainer() ? value.toString() : value.asString())));
        }
        if (details.isEmpty()) {
            lines.add(new Span("–"));
        }
        return lines;
    }

    private void field(String name, Component... values) {
        fields.add(
                new DescriptionList.Term(words.text("audit.field." + name)),
                new DescriptionList.Description(Markup.div("search-two", values)));
    }

    private Div chain(AuditFound found) {
        AuditLink link = found.link();
        if (link == null) {
            return Markup.div(
                    "callout",
                    Markup.div("", Markup.span("", words.text("audit.record.unsealed"))));
        }
        return Markup.div(
                "audit-chain panel",
                Markup.span(
                        "callout-title",
                        words.text("audit.record.position", words.count(link.sequence()))),
                Markup.span("hint", words.text("audit.record.hash")),
                mono(link.hash()),
                Markup.span("hint", words.text("audit.record.content-hash")),
                mono(link.contentHash()));
    }

    private Div links(AuditRow row, Consumer<Map<String, String>> filter) {
        var links = Markup.div("buttons");
        JsonNode object = AuditWords.json(row.object());
        for (List<String> each :
                List.of(
                        List.of("actor", AuditWords.part(AuditWords.json(row.actor()), "id")),
                        List.of(
                                "request",
                                AuditWords.part(AuditWords.json(row.correlation()), "request")),
                        List.of("object", AuditWords.part(object, "id")))) {
            if (!each.get(1).isEmpty()) {
                links.add(
                        new Button(
                                words.text("audit.show." + each.getFirst()),
                                click -> {
                                    close();
                                    filter.accept(Map.of(each.getFirst(), each.get(1)));
                                }));
            }
        }
        return links;
    }

    private Component json(AuditFound found) {
        String text = RecordJson.pretty(found);
        var listing = new Pre(text);
        listing.setClassName("audit-json");
        Markup.scrolls(listing, words.text("audit.record.json"));
        var details = new NativeDetails(words.text("audit.record.json"), listing);
        return Markup.div(
                "audit-json-box",
                details,
                CopyButton.ofText(text, words.text("audit.record.copy")));
    }
}
