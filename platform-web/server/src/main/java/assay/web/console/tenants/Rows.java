package assay.web.console.tenants;

import assay.web.console.part.Markup;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableBody;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import java.util.List;

/** Things as rows of a table, whose headings sort it. */
class Rows<T> extends Div {
    private static final long serialVersionUID = 1L;

    Rows(String label, ListView<T> view, List<T> things) {
        setClassName("table-box panel");
        Markup.scrolls(this, label);
        var columns = view.columns();
        var head = new NativeTableRow();
        for (int i = 0; i < columns.size(); i++) {
            head.add(heading(view, columns.get(i), i));
        }
        var body = new NativeTableBody();
        for (T thing : things) {
            var row = new NativeTableRow();
            for (var column : columns) {
                var content = column.cell().apply(thing);
                if (row.getComponentCount() == 0) {
                    var first = new NativeTableHeaderCell(content);
                    first.getElement().setAttribute("scope", "row");
                    row.add(first);
                } else {
                    row.add(new NativeTableCell(content));
                }
            }
            body.add(row);
        }
        var table = new NativeTable(new NativeTableHeader(head));
        table.add(body);
        table.getElement().setAttribute("aria-label", label);
        table.setClassName("table");
        add(table);
    }

    private static <T> NativeTableHeaderCell heading(
            ListView<T> view, ListView.Column<T> column, int index) {
        String words = view.text("column." + column.key());
        if (column.order() == null) {
            var cell = new NativeTableHeaderCell(words);
            cell.getElement().setAttribute("scope", "col");
            return cell;
        }
        var sort = new NativeButton(words, click -> view.sort(index));
        sort.setClassName("sort");
        sort.getElement().setAttribute("type", "button");
        var cell = new NativeTableHeaderCell(sort);
        cell.getElement().setAttribute("scope", "col");
        cell.getElement().setAttribute("aria-sort", view.sorting(index));
        return cell;
    }
}
