package assay.web.console.deployments;

import assay.web.console.cluster.NameValues;
import assay.web.console.cluster.ReasonText;
import assay.web.console.part.Figures;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.deployments.Deployment;
import assay.web.deployments.DeploymentSpec;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a deployment asks for, as chips, and how much of it there is. */
class DeploymentFacts extends Div {
    private static final long serialVersionUID = 1L;

    private final transient Figures figures;
    private final Div state = Markup.div("pills");
    private final Div chips = Markup.div("chips");
    private final Span reason = Markup.span("replica-reason", "");
    private transient @Nullable Deployment shown;

    DeploymentFacts(Figures figures) {
        this.figures = figures;
        setClassName("deployment-facts");
        add(state, chips, reason);
    }

    void show(Deployment deployment) {
        if (deployment.equals(shown)) {
            return;
        }
        shown = deployment;
        state.removeAll();
        state.add(pill(deployment));
        ReasonText.show(reason, deployment.reason());
        chips.removeAll();
        var spec = deployment.spec();
        chip(getTranslation("deploy.chip.model", spec.model(), spec.version()));
        if (spec.weights() != DeploymentSpec.Weights.STORED) {
            chip(getTranslation("form.weights." + id(spec.weights())));
        }
        chip(
                spec.stages() == 0
                        ? getTranslation("deploy.chip.stages.free")
                        : getTranslation("deploy.chip.stages", spec.stages()));
        if (spec.kvTokens() > 0) {
            chip(getTranslation("deploy.chip.kv", figures.number(spec.kvTokens(), 0)));
        }
        if (spec.priority() != 0) {
            chip(getTranslation("deploy.chip.priority", Integer.toString(spec.priority())));
        }
        var scaling = spec.scaling();
        if (scaling != null) {
            chip(
                    getTranslation(
                            "deploy.chip.scaling", scaling.minReplicas(), scaling.maxReplicas()));
        }
        rules(spec.rules());
    }

    private Pill pill(Deployment deployment) {
        int wanted = deployment.wantedReplicas();
        int serving = deployment.servingReplicas();
        if (wanted == 0) {
            return new Pill(Pill.Tone.QUIET, getTranslation("deploy.resting"));
        }
        String words = getTranslation("deploy.serving", serving, wanted);
        return new Pill(
                serving >= wanted
                        ? Pill.Tone.GOOD
                        : deployment.reason().isEmpty() ? Pill.Tone.BUSY : Pill.Tone.WARN,
                words);
    }

    private void rules(DeploymentSpec.Rules rules) {
        if (!rules.requiredLabels().isEmpty()) {
            chip(NameValues.text(rules.requiredLabels()));
        }
        if (!rules.deviceTypes().isEmpty()) {
            chip(String.join(", ", rules.deviceTypes()));
        }
        if (!rules.toleratedTaints().isEmpty()) {
            chip(
                    getTranslation(
                            "deploy.chip.tolerates", String.join(", ", rules.toleratedTaints())));
        }
        if (rules.exclusiveNodes()) {
            chip(getTranslation("deploy.chip.exclusive"));
        }
        if (rules.apart() == DeploymentSpec.Apart.REQUIRED) {
            chip(getTranslation("deploy.chip.apart." + id(rules.apartScope())));
        }
    }

    private void chip(String text) {
        chips.add(Markup.span("chip", text));
    }

    static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
