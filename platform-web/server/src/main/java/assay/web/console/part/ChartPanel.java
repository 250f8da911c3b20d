package assay.web.console.part;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableBody;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A chart of the last ten minutes with its title, its figure of now, and the same minute by minute
 * in a table that is filled while it is open.
 */
public class ChartPanel extends Div {
    private static final long serialVersionUID = 1L;
    private static final Duration SPAN = Duration.ofMinutes(10);
    private static final long MINUTE = 60_000;

    private final transient Figures figures;
    private final Chart.Unit unit;
    private final String title;
    private final Chart chart;
    private final Span now = Markup.span("chart-now", "");
    private final Span unknown = Markup.span("hint chart-unknown", "");
    private final NativeDetails details = new NativeDetails();
    private final NativeTableBody rows = new NativeTableBody();
    private transient List<Chart.Moment> shown = List.of();

    /**
     * @param names of the figures; one alone needs no legend
     * @param top where the scale ends; 0 to follow the figures
     */
    public ChartPanel(
            Figures figures, String title, Chart.Unit unit, double top, List<String> names) {
        this.figures = figures;
        this.unit = unit;
        this.title = title;
        setClassName("chart-panel");
        chart =
                new Chart(
                        unit,
                        names,
                        SPAN,
                        top,
                        List.of(
                                getTranslation("chart.ten-minutes"),
                                getTranslation("chart.five-minutes"),
                                getTranslation("chart.now")));
        var head = Markup.div("chart-head", new H3(title), now);
        add(head);
        if (names.size() > 1) {
            add(legend(names));
        }
        unknown.setText(getTranslation("chart.unknown"));
        unknown.setVisible(false);
        details.setSummaryText(getTranslation("chart.table"));
        details.setClassName("chart-table");
        details.setContent(Markup.role(Markup.div("table-box", table(names)), "presentation"));
        details.addToggleListener(toggle -> fill());
        add(chart, unknown, details);
    }

    /**
     * @param moments oldest first
     */
    public void show(List<Chart.Moment> moments) {
        shown = List.copyOf(moments);
        boolean known =
                moments.stream()
                        .anyMatch(each -> each.figures().stream().anyMatch(it -> !it.isNaN()));
        unknown.setVisible(!known && !moments.isEmpty());
        var last = moments.isEmpty() ? List.<Double>of() : moments.getLast().figures();
        String inWords =
                String.join(" · ", last.stream().map(each -> unit.format(figures, each)).toList());
        now.setText(inWords);
        double most =
                moments.stream()
                        .flatMap(each -> each.figures().stream().limit(1))
                        .filter(each -> !each.isNaN())
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(Double.NaN);
        chart.show(
                moments,
                getTranslation("chart.ten-words", title, inWords, unit.format(figures, most)));
        if (details.isOpen()) {
            fill();
        }
    }

    private Div legend(List<String> names) {
        var legend = Markup.div("legend");
        for (int i = 0; i < names.size(); i++) {
            legend.add(Markup.span("legend-line legend-" + i, names.get(i)));
        }
        return legend;
    }

    private NativeTable table(List<String> names) {
        var head = new NativeTableRow();
        head.add(column(getTranslation("chart.time")));
        names.forEach(name -> head.add(column(name)));
        var table = new NativeTable(new NativeTableHeader(head), rows);
        table.getElement().setAttribute("aria-label", title);
        return table;
    }

    private static NativeTableHeaderCell column(String text) {
        var cell = new NativeTableHeaderCell(text);
        cell.getElement().setAttribute("scope", "col");
        return cell;
    }

    /** The newest moment of each minute, the newest minute first. */
    private void fill() {
        rows.removeAll();
        if (!details.isOpen() || shown.isEmpty()) {
            return;
        }
        long end = shown.getLast().unixMillis();
        long minute = -1;
        for (Chart.Moment each : shown.reversed()) {
            long ago = (end - each.unixMillis()) / MINUTE;
            if (ago != minute) {
                minute = ago;
                rows.add(row(ago, each));
            }
        }
    }

    private NativeTableRow row(long minutesAgo, Chart.Moment moment) {
        var first =
                new NativeTableHeaderCell(
                        minutesAgo == 0
                                ? getTranslation("chart.now")
                                : getTranslation("chart.minutes-ago", minutesAgo));
        first.getElement().setAttribute("scope", "row");
        var row = new NativeTableRow(first);
        List<String> cells = new ArrayList<>();
        moment.figures().forEach(each -> cells.add(unit.format(figures, each)));
        cells.forEach(text -> row.add(new com.vaadin.flow.component.html.NativeTableCell(text)));
        return row;
    }
}
