package assay.web.console.audit;

import assay.audit.AuditRow;
import assay.audit.search.AuditFound;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableBody;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** Records in rows, the newest first; the time of each is a button that opens it. */
class RecordTable extends Div {
    private static final long serialVersionUID = 1L;
    private static final List<String> COLUMNS =
            List.of("time", "outcome", "action", "actor", "object", "source");

    /** What comes in by itself is bounded: the oldest go. */
    private static final int MOST_LIVE = 500;

    private final AuditWords words = new AuditWords(this);
    private final transient Consumer<AuditFound> open;
    private final NativeTableBody rows = new NativeTableBody();
    private final Set<UUID> shown = new HashSet<>();
    private final boolean tenants;

    /**
     * @param tenants whether records of several tenants are in it
     */
    RecordTable(boolean tenants, Consumer<AuditFound> open) {
        this.open = open;
        this.tenants = tenants;
        setClassName("table-box panel audit-table");
        Markup.scrolls(this, words.text("audit.list"));
        var head = new NativeTableRow();
        COLUMNS.forEach(each -> head.add(heading(words.text("audit.column." + each))));
        if (tenants) {
            head.add(heading(words.text("audit.filter.tenant")));
        }
        var table = new NativeTable(new NativeTableHeader(head), rows);
        table.setClassName("table");
        table.getElement().setAttribute("aria-label", words.text("audit.list"));
        add(table);
    }

    private static NativeTableHeaderCell heading(String text) {
        var cell = new NativeTableHeaderCell(text);
        cell.getElement().setAttribute("scope", "col");
        return cell;
    }

    void add(List<AuditFound> older) {
        older.stream()
                .filter(each -> shown.add(each.row().id()))
                .forEach(each -> rows.add(row(each)));
    }

    /** Puts those on top that are not there yet; how many they were. */
    int addNewer(List<AuditFound> newest) {
        int at = 0;
        for (AuditFound each : newest) {
            if (shown.add(each.row().id())) {
                var row = row(each);
                row.addClassName("audit-new");
                rows.addComponentAtIndex(at, row);
                at++;
            }
        }
        while (rows.getComponentCount() > MOST_LIVE) {
            rows.remove(rows.getComponentAt(rows.getComponentCount() - 1));
        }
        return at;
    }

    int size() {
        return rows.getComponentCount();
    }

    private NativeTableRow row(AuditFound found) {
        AuditRow row = found.row();
        var actor = AuditWords.json(row.actor());
        var object = AuditWords.json(row.object());
        var outcome = AuditWords.json(row.outcome());
        var time = new NativeButton(words.time(row.at()), click -> open.accept(found));
        time.setClassName("quiet audit-open");
        time.getElement().setAttribute("type", "button");
        var first = new NativeTableHeaderCell(time);
        first.getElement().setAttribute("scope", "row");
        var line = new NativeTableRow(first);
        String reason = AuditWords.part(outcome, "reason");
        String type = AuditWords.part(object, "type");
        String model = AuditWords.part(object, "model");
        cell(
                line,
                "outcome",
                Markup.div(
                        "audit-two",
                        words.outcome(AuditWords.part(outcome, "result")),
                        Markup.span("hint mono", reason)));
        cell(line, "action", Markup.span("mono", row.action()));
        cell(
                line,
                "actor",
                Markup.div(
                        "audit-two",
                        new Span(AuditWords.part(actor, "name")),
                        Markup.span("hint", words.role(actor))));
        cell(
                line,
                "object",
                Markup.div(
                        "audit-two",
                        Markup.span("audit-cut", AuditWords.part(object, "id")),
                        Markup.span("hint", model.isEmpty() ? type : type + " · " + model)));
        String source = row.sourceIp();
        cell(line, "source", Markup.span("mono", source == null ? "–" : source));
        if (tenants) {
            cell(line, "tenant", Markup.span("mono audit-cut", tenant(row)));
        }
        return line;
    }

    private String tenant(AuditRow row) {
        return row.tenant().equals(AuditRow.PLATFORM)
                ? words.text("audit.tenant.platform")
                : row.tenant().toString();
    }

    private void cell(NativeTableRow line, String column, Component content) {
        var cell = new NativeTableCell(content);
        cell.setClassName("audit-" + column);
        line.add(cell);
    }
}
