package assay.web.console.quotas;

import assay.web.console.part.Chart;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.limits.UsageReport;
import assay.web.limits.UsageReport.By;
import assay.web.limits.UsageReport.Line;
import com.vaadin.flow.component.HtmlContainer;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableBody;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.server.streams.DownloadEvent;
import com.vaadin.flow.server.streams.DownloadHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was used in the last thirty days: as a chart, as a table, and to take away. */
class UsagePanel extends Div {
    private static final long serialVersionUID = 1L;
    private static final int DAYS = 30;

    private final transient UsageReport report;
    private final transient Caller caller;
    private final transient Figures figures;
    private final transient InstantSource clock;
    private final Chart chart;
    private final Select<By> by = new Select<>();
    private final Div table = Markup.div("table-box");

    UsagePanel(UsageReport report, Caller caller, Figures figures, InstantSource clock) {
        this.report = report;
        this.caller = caller;
        this.figures = figures;
        this.clock = clock;
        setClassName("panel usage");
        chart =
                new Chart(
                        Chart.Unit.RATE,
                        List.of(getTranslation("usage.input"), getTranslation("usage.output")),
                        Duration.ofDays(DAYS - 1),
                        0,
                        List.of(
                                getTranslation("usage.days-ago", DAYS - 1),
                                getTranslation("usage.days-ago", (DAYS - 1) / 2),
                                getTranslation("usage.today")));
        chart.gap(Duration.ofHours(36));
        by.setLabel(getTranslation("usage.by"));
        by.setItems(By.values());
        by.setItemLabelGenerator(each -> getTranslation("usage.by." + each.id()));
        by.setValue(By.USER);
        by.addValueChangeListener(change -> fill());
        var download = new Anchor((DownloadHandler) this::download, "");
        download.add(Glyph.DOWNLOAD.draw(), new Span(getTranslation("usage.download")));
        download.setClassName("button");
        var legend =
                Markup.div(
                        "legend",
                        Markup.span("legend-line legend-0", getTranslation("usage.input")),
                        Markup.span("legend-line legend-1", getTranslation("usage.output")));
        add(legend, chart, Markup.div("usage-choice", by, download), table);
        draw();
        fill();
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private List<Line> lines(By what) {
        return report.lines(caller, null, what, today().minusDays(DAYS - 1), today());
    }

    /** Days without use are days with none used. */
    private void draw() {
        Map<String, Line> known = new HashMap<>();
        lines(By.DAY).forEach(each -> known.put(each.id(), each));
        List<Chart.Moment> moments = new ArrayList<>();
        long tokens = 0;
        long requests = 0;
        for (int i = DAYS - 1; i >= 0; i--) {
            LocalDate day = today().minusDays(i);
            Line line = known.getOrDefault(day.toString(), new Line("", "", 0, 0, 0, 0));
            tokens += line.inputTokens() + line.outputTokens();
            requests += line.requests();
            moments.add(
                    new Chart.Moment(
                            day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli(),
                            List.of((double) line.inputTokens(), (double) line.outputTokens())));
        }
        chart.show(moments, getTranslation("usage.words", DAYS, number(tokens), number(requests)));
    }

    private void fill() {
        table.removeAll();
        By what = by.getValue();
        List<Line> lines = lines(what);
        if (lines.isEmpty()) {
            table.add(Markup.paragraph("hint", getTranslation("usage.none")));
            return;
        }
        var head = new NativeTableRow();
        head.add(column(getTranslation("usage.by." + what.id())));
        for (String key : List.of("requests", "denied", "input", "output")) {
            head.add(number(column(getTranslation("usage." + key))));
        }
        var rows = new NativeTableBody();
        for (Line line : lines) {
            var first = new NativeTableHeaderCell(name(what, line));
            first.getElement().setAttribute("scope", "row");
            var row = new NativeTableRow(first);
            row.add(
                    number(new NativeTableCell(number(line.requests()))),
                    number(new NativeTableCell(number(line.denied()))),
                    number(new NativeTableCell(number(line.inputTokens()))),
                    number(new NativeTableCell(number(line.outputTokens()))));
            rows.add(row);
        }
        var whole = new NativeTable(new NativeTableHeader(head), rows);
        whole.getElement().setAttribute("aria-label", getTranslation("usage.title"));
        whole.setClassName("table");
        table.add(whole);
        Markup.scrolls(table, getTranslation("usage.title"));
    }

    private String name(By what, Line line) {
        if (line.id().isEmpty()) {
            return getTranslation("usage.nobody." + what.id());
        }
        return line.name().isEmpty() ? line.id() : line.name();
    }

    private static NativeTableHeaderCell column(String text) {
        var cell = new NativeTableHeaderCell(text);
        cell.getElement().setAttribute("scope", "col");
        return cell;
    }

    private static <T extends HtmlContainer> T number(T cell) {
        return Markup.with(cell, "number");
    }

    private String number(long count) {
        return figures.number((double) count, 0);
    }

    private void download(DownloadEvent event) throws IOException {
        By what = by.getValue();
        event.setFileName("usage-by-" + what.id() + ".csv");
        event.setContentType("text/csv;charset=UTF-8");
        event.getOutputStream()
                .write(UsageReport.csv(what, lines(what)).getBytes(StandardCharsets.UTF_8));
    }
}
