package assay.web.console.deployments;

import assay.web.console.part.Markup;
import assay.web.deployments.DeploymentSpec;
import assay.web.deployments.DeploymentSpec.Activations;
import assay.web.deployments.DeploymentSpec.Replacement;
import assay.web.deployments.DeploymentSpec.Rules;
import assay.web.deployments.DeploymentSpec.Weights;
import assay.web.models.RegisteredModel;
import com.vaadin.flow.component.AbstractField;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a deployment asks for, field by field. */
class DeploymentForm extends Div {
    private static final long serialVersionUID = 1L;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final int MOST_REPLICAS = 1000;
    private static final int MOST_PRIORITY = 1000;
    private static final int MOST_SEQUENCES = 100_000;

    private final TextField name = new TextField();
    private final Select<RegisteredModel> model = new Select<>();
    private final IntegerField replicas;
    private final IntegerField stages;
    private final IntegerField kvTokens;
    private final IntegerField sequences;
    private final IntegerField priority;
    private final Select<Weights> weights;
    private final Select<Activations> activations;
    private final Select<Replacement> replacement;
    private final RulesFields rules;
    private final ScalingFields scaling;

    /**
     * @param start what is changed; null for a new one
     * @param named whether its name stands already
     */
    DeploymentForm(
            List<RegisteredModel> versions,
            @Nullable DeploymentSpec start,
            boolean named,
            Runnable changed) {
        setClassName("panel deploy-form");
        describe(versions, named);
        var first = start == null ? usual(versions.getFirst()) : start;
        replicas = whole("replicas", 1, MOST_REPLICAS, first.replicas());
        stages = whole("stages", 0, MOST_REPLICAS, first.stages());
        kvTokens = whole("kv", 0, Integer.MAX_VALUE, first.kvTokens());
        sequences = whole("sequences", 0, MOST_SEQUENCES, first.maxSequences());
        priority = whole("priority", -MOST_PRIORITY, MOST_PRIORITY, first.priority());
        weights = Fields.choice(this, "weights", Weights.values(), first.weights());
        activations = Fields.choice(this, "activations", Activations.values(), first.activations());
        replacement = Fields.choice(this, "replacement", Replacement.values(), first.replacement());
        rules = new RulesFields(first.rules(), changed);
        scaling = new ScalingFields(first.scaling(), changed);
        name.setValue(first.name());
        versions.stream()
                .filter(each ->
                        each.name().equals(first.model()) && each.version().equals(first.version()))
                .findFirst()
                .ifPresent(model::setValue);
        for (AbstractField<?, ?> each :
                List.<AbstractField<?, ?>>of(
                        name, replicas, stages, kvTokens, sequences, priority)) {
            each.addValueChangeListener(change -> changed.run());
        }
        model.addValueChangeListener(change -> changed.run());
        weights.addValueChangeListener(change -> changed.run());
        activations.addValueChangeListener(change -> changed.run());
        replacement.addValueChangeListener(change -> changed.run());
        add(
                group("deploy.what", name, model, replicas, priority),
                group("deploy.size", stages, kvTokens, sequences, weights, activations),
                group("deploy.scaling", scaling),
                group("deploy.rules", rules),
                group("deploy.update", Markup.div("wide", replacement)));
    }

    /** What was entered; nothing of it is checked but its form. */
    DeploymentSpec draft() {
        var chosen = model.getValue();
        return new DeploymentSpec(
                name.getValue().strip(),
                chosen == null ? "" : chosen.name(),
                chosen == null ? "" : chosen.version(),
                Fields.value(replicas, 1),
                Fields.value(stages, 0),
                Fields.value(kvTokens, 0),
                Fields.value(sequences, 0),
                weights.getValue(),
                activations.getValue(),
                Fields.value(priority, 0),
                rules.rules(),
                scaling.scaling(),
                replacement.getValue());
    }

    /** Marks what can not be sent at all; the rest is the scheduler's to judge. */
    boolean check() {
        boolean named = NAME.matcher(name.getValue().strip()).matches();
        name.setErrorMessage(getTranslation("form.name.wrong"));
        name.setInvalid(!named);
        boolean chosen = model.getValue() != null;
        model.setErrorMessage(getTranslation("form.model.wrong"));
        model.setInvalid(!chosen);
        boolean whole = true;
        for (IntegerField each : List.of(replicas, stages, kvTokens, sequences, priority)) {
            whole &= Fields.check(each);
        }
        boolean ruled = rules.check();
        boolean scaled = scaling.check();
        return named && chosen && whole && ruled && scaled;
    }

    private void describe(List<RegisteredModel> versions, boolean named) {
        name.setLabel(getTranslation("form.name"));
        name.setHelperText(getTranslation("form.name.help"));
        name.setReadOnly(named);
        name.setManualValidation(true);
        model.setLabel(getTranslation("form.model"));
        model.setItems(versions);
        model.setManualValidation(true);
        model.setItemLabelGenerator(each ->
                each == null
                        ? ""
                        : getTranslation("deploy.chip.model", each.name(), each.version()));
    }

    private IntegerField whole(String name, int least, int most, int value) {
        return Fields.whole(this, name, least, most, value);
    }

    private Component group(String key, Component... fields) {
        var group = Markup.role(Markup.div("form-group"), "group");
        group.getElement().setAttribute("aria-label", getTranslation(key));
        group.add(Markup.span("form-group-title", getTranslation(key)));
        group.add(Markup.div("form-fields", fields));
        return group;
    }

    private static DeploymentSpec usual(RegisteredModel model) {
        return new DeploymentSpec(
                "",
                model.name(),
                model.version(),
                1,
                0,
                0,
                0,
                Weights.STORED,
                Activations.F32,
                0,
                Rules.NONE,
                null,
                Replacement.SURGE);
    }
}
