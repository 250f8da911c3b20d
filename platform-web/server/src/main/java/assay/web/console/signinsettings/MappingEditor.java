package assay.web.console.signinsettings;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.RoleMapping;
import assay.web.identity.federation.IdentityProviders.RoleChoice;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which group gives which role: an ordered list of rules, and the role of everybody else. */
class MappingEditor extends Div {
    private static final long serialVersionUID = 1L;

    private static final Set<String> BUILT_IN = Set.of("admin", "developer", "guest");

    private final transient List<RoleChoice> roles;
    private final Div rows = Markup.div("mapping-rows");
    private final Select<String> otherwise = new Select<>();

    private static final class Row extends Div {
        private static final long serialVersionUID = 1L;

        private final TextField group = new TextField();
        private final Select<String> role = new Select<>();
    }

    MappingEditor(RoleMapping mapping, List<RoleChoice> roles) {
        this.roles = List.copyOf(roles);
        setClassName("mapping");
        mapping.rules().forEach(rule -> addRow(rule.group(), rule.role()));
        otherwise.setLabel(getTranslation("mapping.otherwise"));
        otherwise.setHelperText(getTranslation("mapping.otherwise.help"));
        otherwise.setEmptySelectionAllowed(true);
        otherwise.setEmptySelectionCaption(getTranslation("mapping.nobody"));
        describe(otherwise, mapping.defaultRole());
        otherwise.setValue(mapping.defaultRole());
        var more = new Button(getTranslation("mapping.add"), Glyph.PLUS.draw());
        more.addClickListener(click -> addRow("", "developer").group.focus());
        add(
                Markup.span("mapping-label", getTranslation("mapping.title")),
                Markup.paragraph("hint", getTranslation("mapping.help")),
                rows,
                more,
                otherwise);
    }

    private Row addRow(String group, String role) {
        var row = new Row();
        row.setClassName("mapping-row");
        row.group.setLabel(getTranslation("mapping.group"));
        row.group.setValue(group);
        row.role.setLabel(getTranslation("mapping.role"));
        describe(row.role, role);
        row.role.setValue(role);
        var less = new Button(Glyph.CROSS.draw());
        less.setAriaLabel(getTranslation("mapping.remove", group));
        less.setTooltipText(getTranslation("mapping.remove", group));
        less.addClickListener(click -> rows.remove(row));
        row.add(row.group, row.role, less);
        rows.add(row);
        return row;
    }

    /** A role that was removed meanwhile is still shown, by its id. */
    private void describe(Select<String> select, @Nullable String chosen) {
        List<String> ids = new ArrayList<>(roles.stream().map(RoleChoice::id).toList());
        if (chosen != null && !ids.contains(chosen)) {
            ids.add(chosen);
        }
        select.setItems(ids);
        select.setItemLabelGenerator(this::name);
    }

    private String name(@Nullable String id) {
        if (id == null) {
            return getTranslation("mapping.nobody");
        }
        if (BUILT_IN.contains(id)) {
            return getTranslation("role." + id);
        }
        return roles.stream()
                .filter(each -> each.id().equals(id))
                .map(RoleChoice::name)
                .findFirst()
                .orElse(id);
    }

    /**
     * What was entered; rows without a group are left out.
     *
     * @throws assay.web.WebException INVALID_REQUEST
     */
    RoleMapping mapping() {
        List<RoleMapping.Rule> rules =
                rows.getChildren()
                        .map(Row.class::cast)
                        .filter(row -> !row.group.getValue().isBlank())
                        .map(row ->
                                new RoleMapping.Rule(
                                        row.group.getValue().strip(), row.role.getValue()))
                        .toList();
        return new RoleMapping(rules, otherwise.getValue());
    }
}
