package assay.web.console.tenants;

import assay.web.console.part.Markup;
import assay.web.identity.Permission;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.CheckboxGroup;
import com.vaadin.flow.component.html.Div;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Permissions to be ticked; those that the visitor does not hold can only be taken away. */
class PermissionChoice extends Div {
    private static final long serialVersionUID = 1L;

    private final CheckboxGroup<Permission> group = new CheckboxGroup<>();

    PermissionChoice(
            Component place, String label, Set<Permission> chosen, Predicate<Permission> held) {
        setClassName("permission-choice");
        group.setLabel(label);
        List<Permission> offered =
                Arrays.stream(Permission.values())
                        .filter(each -> held.test(each) || chosen.contains(each))
                        .toList();
        group.setItems(offered);
        group.setItemLabelGenerator(
                each -> place.getTranslation("permission." + each.id()) + " · " + each.id());
        group.setValue(chosen);
        add(group, Markup.paragraph("hint", place.getTranslation("roles.field-held.help")));
    }

    Set<Permission> chosen() {
        Set<Permission> chosen = EnumSet.noneOf(Permission.class);
        chosen.addAll(group.getValue());
        return chosen;
    }
}
