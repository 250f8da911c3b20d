package assay.web.console.deployments;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.IntegerField;
import java.util.List;

/** Fields with their texts by one name: label, help, and the names of choices. Stateless. */
final class Fields {
    private Fields() {}

    static IntegerField whole(Component place, String name, int least, int most, int value) {
        var field = new IntegerField(place.getTranslation("form." + name));
        field.setHelperText(place.getTranslation("form." + name + ".help"));
        field.setMin(least);
        field.setMax(most);
        field.setValue(value);
        field.setManualValidation(true);
        field.setErrorMessage(
                most == Integer.MAX_VALUE
                        ? place.getTranslation("form.number.least", least)
                        : place.getTranslation("form.number.wrong", least, most));
        return field;
    }

    static <E extends Enum<E>> Select<E> choice(
            Component place, String name, E[] values, E chosen) {
        var select = new Select<E>();
        select.setLabel(place.getTranslation("form." + name));
        select.setHelperText(place.getTranslation("form." + name + ".help"));
        select.setItems(List.of(values));
        select.setItemLabelGenerator(
                each -> place.getTranslation("form." + name + "." + DeploymentFacts.id(each)));
        select.setValue(chosen);
        return select;
    }

    static int value(IntegerField field, int otherwise) {
        Integer value = field.getValue();
        return value == null ? otherwise : value;
    }

    /** Marks it when it holds no number or one outside of its bounds. */
    static boolean check(IntegerField field) {
        Integer value = field.getValue();
        boolean good = value != null && value >= field.getMin() && value <= field.getMax();
        field.setInvalid(!good);
        return good;
    }
}
