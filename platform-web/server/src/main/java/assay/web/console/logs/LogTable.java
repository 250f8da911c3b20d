package assay.web.console.logs;

import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.logs.LogLine;
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
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Lines in rows, the newest first; the time of each is a button that opens it. */
class LogTable extends Div {
    private static final long serialVersionUID = 1L;
    private static final List<String> COLUMNS = List.of("time", "level", "source", "message");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

    /** What comes in by itself is bounded: the oldest go. */
    private static final int MOST_LIVE = 500;

    private static final int SHOWN_CHARS = 400;

    private final transient Consumer<LogLine> open;
    private final NativeTableBody rows = new NativeTableBody();
    private final Set<String> shown = new HashSet<>();

    LogTable(Consumer<LogLine> open) {
        this.open = open;
        setClassName("table-box panel logs-table");
        Markup.scrolls(this, getTranslation("logs.list"));
        var head = new NativeTableRow();
        for (String each : COLUMNS) {
            var cell = new NativeTableHeaderCell(getTranslation("logs.column." + each));
            cell.getElement().setAttribute("scope", "col");
            head.add(cell);
        }
        var table = new NativeTable(new NativeTableHeader(head), rows);
        table.setClassName("table");
        table.getElement().setAttribute("aria-label", getTranslation("logs.list"));
        add(table);
    }

    void add(List<LogLine> older) {
        older.stream().filter(each -> shown.add(each.id())).forEach(each -> rows.add(row(each)));
    }

    /** Puts those on top that are not there yet; how many they were. */
    int addNewer(List<LogLine> newest) {
        int at = 0;
        for (LogLine each : newest) {
            if (shown.add(each.id())) {
                rows.addComponentAtIndex(at, row(each));
                at++;
            }
        }
        while (rows.getComponentCount() > MOST_LIVE) {
            rows.remove(rows.getComponentAt(rows.getComponentCount() - 1));
        }
        return at;
    }

    private NativeTableRow row(LogLine line) {
        var time = new NativeButton(time(line.at()), click -> open.accept(line));
        time.setClassName("quiet audit-open");
        time.getElement().setAttribute("type", "button");
        var first = new NativeTableHeaderCell(time);
        first.getElement().setAttribute("scope", "row");
        var row = new NativeTableRow(first);
        row.add(cell("level", line.level().isEmpty() ? new Span() : level(line.level())));
        row.add(
                cell(
                        "source",
                        Markup.div(
                                "audit-two",
                                new Span(line.node()),
                                Markup.span("hint", line.process()))));
        var message = Markup.div("audit-two", Markup.span("mono logs-text", cut(line.message())));
        if (!line.code().isEmpty()) {
            message.add(Markup.span("hint mono", line.code()));
        }
        row.add(cell("message", message));
        return row;
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    static Pill level(String level) {
        return new Pill(
                switch (level.toUpperCase(java.util.Locale.ROOT)) {
                    case "ERROR", "FATAL" -> Pill.Tone.BAD;
                    case "WARN" -> Pill.Tone.WARN;
                    default -> Pill.Tone.QUIET;
                },
                level);
    }

    private static String cut(String text) {
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
    }

    private static NativeTableCell cell(String column, Component content) {
        var cell = new NativeTableCell(content);
        cell.setClassName("logs-" + column);
        return cell;
    }
}
