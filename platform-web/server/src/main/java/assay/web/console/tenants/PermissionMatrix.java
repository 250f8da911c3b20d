package assay.web.console.tenants;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Permission;
import assay.web.tenants.TenantRoles;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableBody;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeader;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.util.List;

/** Permissions as rows, roles as columns: who may what, at a glance. */
class PermissionMatrix extends Div {
    private static final long serialVersionUID = 1L;

    PermissionMatrix(Component place, List<TenantRoles.Entry> roles) {
        setClassName("table-box panel matrix");
        Markup.scrolls(this, place.getTranslation("roles.matrix"));
        var head = new NativeTableRow(column(place.getTranslation("roles.column.permission")));
        roles.forEach(each -> head.add(column(RoleWords.name(place, each.name()))));
        var body = new NativeTableBody();
        for (Permission permission : Permission.values()) {
            var name =
                    new NativeTableHeaderCell(
                            new Span(place.getTranslation("permission." + permission.id())),
                            Markup.span("mono", permission.id()));
            name.getElement().setAttribute("scope", "row");
            var row = new NativeTableRow(name);
            for (var role : roles) {
                boolean held = role.permissions().contains(permission);
                var cell = new NativeTableCell();
                if (held) {
                    cell.add(
                            Glyph.CHECK.draw(), Markup.readOut(place.getTranslation("roles.held")));
                } else {
                    cell.add(Markup.readOut(place.getTranslation("roles.not-held")));
                }
                row.add(cell);
            }
            body.add(row);
        }
        var table = new NativeTable(new NativeTableHeader(head));
        table.add(body);
        table.getElement().setAttribute("aria-label", place.getTranslation("roles.matrix"));
        table.setClassName("table");
        add(table);
    }

    private static NativeTableHeaderCell column(String words) {
        var cell = new NativeTableHeaderCell(words);
        cell.getElement().setAttribute("scope", "col");
        return cell;
    }
}
