package assay.web.console.tenants;

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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Things as rows of a table, whose headings sort it; on a telephone each row is a card. The roles
 * are said aloud, for a style sheet that shows a table as something else takes them away.
 */
class Rows<T> extends Div {
    private static final long serialVersionUID = 1L;

    Rows(String label, ListView<T> view, @Nullable Selection<T> selection, List<T> things) {
        setClassName("table-box panel");
        Markup.scrolls(this, label);
        var columns = view.columns();
        var head = Markup.role(new NativeTableRow(), "row");
        if (selection != null) {
            head.add(Markup.with(scope(new NativeTableHeaderCell(selection.all())), "tick"));
        }
        for (int i = 0; i < columns.size(); i++) {
            head.add(heading(view, columns.get(i), i));
        }
        var body = Markup.role(new NativeTableBody(), "rowgroup");
        things.forEach(thing -> body.add(row(view, selection, columns, thing)));
        var table = new NativeTable(Markup.role(new NativeTableHeader(head), "rowgroup"));
        table.add(body);
        table.getElement().setAttribute("aria-label", label);
        table.setClassName("table cards");
        add(Markup.role(table, "table"));
    }

    private static <T> NativeTableRow row(
            ListView<T> view,
            @Nullable Selection<T> selection,
            List<ListView.Column<T>> columns,
            T thing) {
        var row = Markup.role(new NativeTableRow(), "row");
        if (selection != null) {
            var cell = Markup.role(new NativeTableCell(selection.tick(thing)), "cell");
            row.add(Markup.with(cell, "tick"));
        }
        row.add(first(columns.getFirst().cell().apply(thing)));
        for (var column : columns.subList(1, columns.size())) {
            var cell = Markup.role(new NativeTableCell(column.cell().apply(thing)), "cell");
            cell.getElement().setAttribute("data-label", view.text("column." + column.key()));
            cell.setClassName("acts", column.key().equals("actions"));
            row.add(cell);
        }
        return row;
    }

    private static NativeTableHeaderCell first(Component content) {
        var cell = Markup.role(new NativeTableHeaderCell(content), "rowheader");
        cell.getElement().setAttribute("scope", "row");
        return cell;
    }

    private static <T> NativeTableHeaderCell heading(
            ListView<T> view, ListView.Column<T> column, int index) {
        String words = view.text("column." + column.key());
        if (column.order() == null) {
            return scope(new NativeTableHeaderCell(words));
        }
        var sort = new NativeButton(words, click -> view.sort(index));
        sort.setClassName("sort");
        sort.getElement().setAttribute("type", "button");
        var cell = scope(new NativeTableHeaderCell(sort));
        cell.getElement().setAttribute("aria-sort", view.sorting(index));
        return cell;
    }

    private static NativeTableHeaderCell scope(NativeTableHeaderCell cell) {
        cell.getElement().setAttribute("scope", "col");
        return Markup.role(cell, "columnheader");
    }
}
