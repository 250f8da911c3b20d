package assay.web.console.audit;

import assay.audit.AuditRow;
import assay.audit.search.AuditFound;
import assay.web.console.part.Markup;
import assay.web.console.search.FoundTable;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Records in rows. */
class RecordTable extends FoundTable<AuditFound> {
    private static final long serialVersionUID = 1L;

    private final transient AuditWords words;
    private final boolean tenants;

    /**
     * @param tenants whether records of several tenants are in it
     */
    RecordTable(AuditWords words, boolean tenants, Consumer<AuditFound> open) {
        super("audit", words.text("audit.list"), headings(words, tenants), open);
        this.words = words;
        this.tenants = tenants;
    }

    private static List<String> headings(AuditWords words, boolean tenants) {
        var columns =
                Stream.of("time", "outcome", "action", "actor", "object", "source")
                        .map(each -> words.text("audit.column." + each));
        return Stream.concat(
                        columns,
                        tenants ? Stream.of(words.text("audit.filter.tenant")) : Stream.empty())
                .toList();
    }

    @Override
    protected String id(AuditFound found) {
        return found.row().id().toString();
    }

    @Override
    protected String time(AuditFound found) {
        return words.time(found.row().at());
    }

    @Override
    protected void fill(NativeTableRow line, AuditFound found) {
        AuditRow row = found.row();
        var actor = AuditWords.json(row.actor());
        var object = AuditWords.json(row.object());
        var outcome = AuditWords.json(row.outcome());
        String reason = AuditWords.part(outcome, "reason");
        String type = AuditWords.part(object, "type");
        String model = AuditWords.part(object, "model");
        cell(
                line,
                "outcome",
                Markup.div(
                        "search-two",
                        words.outcome(AuditWords.part(outcome, "result")),
                        Markup.span("hint mono", reason)));
        cell(line, "action", Markup.span("mono", row.action()));
        cell(
                line,
                "actor",
                Markup.div(
                        "search-two",
                        new Span(AuditWords.part(actor, "name")),
                        Markup.span("hint", words.role(actor))));
        cell(
                line,
                "object",
                Markup.div(
                        "search-two",
                        Markup.span("audit-cut", AuditWords.part(object, "id")),
                        Markup.span("hint", model.isEmpty() ? type : type + " · " + model)));
        String source = row.sourceIp();
        cell(line, "source", Markup.span("mono", source == null ? "–" : source));
        if (tenants) {
            cell(line, "tenant", Markup.span("mono audit-cut", tenant(row)));
        }
    }

    private String tenant(AuditRow row) {
        return row.tenant().equals(AuditRow.PLATFORM)
                ? words.text("audit.tenant.platform")
                : row.tenant().toString();
    }
}
