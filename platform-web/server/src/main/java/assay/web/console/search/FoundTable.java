package assay.web.console.search;

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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What was found in rows, the newest first; the time of each is a button that opens it.
 *
 * @param <R> what is found
 */
public abstract class FoundTable<R> extends Div {
    private static final long serialVersionUID = 1L;

    /** What comes in by itself is bounded: the oldest go. */
    private static final int MOST_LIVE = 500;

    private final String css;
    private final transient Consumer<R> open;
    private final NativeTableBody rows = new NativeTableBody();
    private final Set<String> shown = new HashSet<>();

    /**
     * @param css what its own classes begin with, as {@code audit}
     * @param name of the table, as it is read out
     * @param headings the first is that of the time
     */
    protected FoundTable(String css, String name, List<String> headings, Consumer<R> open) {
        this.css = css;
        this.open = open;
        setClassName("table-box panel " + css + "-table");
        Markup.scrolls(this, name);
        var head = new NativeTableRow();
        for (String each : headings) {
            var cell = new NativeTableHeaderCell(each);
            cell.getElement().setAttribute("scope", "col");
            head.add(cell);
        }
        var table = new NativeTable(new NativeTableHeader(head), rows);
        table.setClassName("table");
        table.getElement().setAttribute("aria-label", name);
        add(table);
    }

    /** What no other has. */
    protected abstract String id(R found);

    protected abstract String time(R found);

    /** Adds the cells after that of the time. */
    protected abstract void fill(NativeTableRow row, R found);

    protected final void cell(NativeTableRow row, String column, Component content) {
        var cell = new NativeTableCell(content);
        cell.setClassName(css + "-" + column);
        row.add(cell);
    }

    void add(List<R> older) {
        older.stream().filter(each -> shown.add(id(each))).forEach(each -> rows.add(row(each)));
    }

    /** Puts those on top that are not there yet; how many they were. */
    int addNewer(List<R> newest) {
        int at = 0;
        for (R each : newest) {
            if (shown.add(id(each))) {
                var row = row(each);
                row.addClassName("search-new");
                rows.addComponentAtIndex(at, row);
                at++;
            }
        }
        while (rows.getComponentCount() > MOST_LIVE) {
            rows.remove(rows.getComponentAt(rows.getComponentCount() - 1));
        }
        return at;
    }

    private NativeTableRow row(R found) {
        var time = new NativeButton(time(found), click -> open.accept(found));
        time.setClassName("quiet search-open");
        time.getElement().setAttribute("type", "button");
        var first = new NativeTableHeaderCell(time);
        first.getElement().setAttribute("scope", "row");
        var row = new NativeTableRow(first);
        fill(row, found);
        return row;
    }
}
