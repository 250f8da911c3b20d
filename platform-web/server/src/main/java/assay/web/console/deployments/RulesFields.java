package assay.web.console.deployments;

import assay.web.console.cluster.NameValues;
import assay.web.console.part.Markup;
import assay.web.deployments.DeploymentSpec.Apart;
import assay.web.deployments.DeploymentSpec.ApartScope;
import assay.web.deployments.DeploymentSpec.Rules;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;
import java.util.Map;

/** Where replicas may be. */
class RulesFields extends Div {
    private static final long serialVersionUID = 1L;
    private static final int MOST_GPUS = 1_000_000;

    private final TextField labels;
    private final TextField taints;
    private final TextField devices;
    private final Checkbox exclusive = new Checkbox();
    private final Select<Apart> apart;
    private final Select<ApartScope> scope;
    private final TextField tenant;
    private final IntegerField quota;

    RulesFields(Rules start, Runnable changed) {
        setClassName("form-fields");
        labels = text("labels", NameValues.text(start.requiredLabels()));
        taints = text("taints", String.join(", ", start.toleratedTaints()));
        devices = text("devices", String.join(", ", start.deviceTypes()));
        exclusive.setLabel(getTranslation("form.exclusive"));
        exclusive.setHelperText(getTranslation("form.exclusive.help"));
        exclusive.setValue(start.exclusiveNodes());
        apart = Fields.choice(this, "apart", Apart.values(), start.apart());
        scope = Fields.choice(this, "scope", ApartScope.values(), start.apartScope());
        tenant = text("tenant", start.tenant());
        quota = Fields.whole(this, "quota", 0, MOST_GPUS, start.tenantGpuQuota());
        for (TextField each : List.of(labels, taints, devices, tenant)) {
            each.addValueChangeListener(change -> changed.run());
        }
        exclusive.addValueChangeListener(change -> changed.run());
        apart.addValueChangeListener(change -> changed.run());
        scope.addValueChangeListener(change -> changed.run());
        quota.addValueChangeListener(change -> changed.run());
        add(labels, taints, devices, apart, scope, tenant, quota, Markup.div("wide", exclusive));
    }

    Rules rules() {
        return new Rules(
                NameValues.parse(labels.getValue()).orElse(Map.of()),
                NameValues.list(taints.getValue()),
                NameValues.list(devices.getValue()),
                exclusive.getValue(),
                apart.getValue(),
                scope.getValue(),
                tenant.getValue().strip(),
                Fields.value(quota, 0));
    }

    boolean check() {
        boolean paired = NameValues.parse(labels.getValue()).isPresent();
        labels.setErrorMessage(getTranslation("marks.labels.wrong"));
        labels.setInvalid(!paired);
        boolean counted = Fields.check(quota);
        return paired && counted;
    }

    private TextField text(String name, String value) {
        var field = new TextField(getTranslation("form." + name));
        field.setHelperText(getTranslation("form." + name + ".help"));
        field.setValue(value);
        field.setManualValidation(true);
        return field;
    }
}
