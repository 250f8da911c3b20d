package assay.web.console.deployments;

import assay.web.console.part.Markup;
import assay.web.deployments.DeploymentSpec.Scaling;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.IntegerField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many replicas: by hand, or by a rule whose fields then show. */
class ScalingFields extends Div {
    private static final long serialVersionUID = 1L;
    private static final int MOST_REPLICAS = 1000;
    private static final int DAY_SECONDS = 86_400;
    private static final int DAY_MILLIS = 86_400_000;

    /** Offered to who turns the rule on. */
    private static final Scaling USUAL = new Scaling(1, 4, 2000, 0.9, 60, 600);

    private final Checkbox byRule = new Checkbox();
    private final Div fields = Markup.div("form-fields");
    private final IntegerField least;
    private final IntegerField most;
    private final IntegerField wait;
    private final IntegerField cache;
    private final IntegerField cooldown;
    private final IntegerField idle;

    ScalingFields(@Nullable Scaling start, Runnable changed) {
        setClassName("scaling");
        var first = start == null ? USUAL : start;
        byRule.setLabel(getTranslation("form.by-rule"));
        byRule.setHelperText(getTranslation("form.by-rule.help"));
        byRule.setValue(start != null);
        least = Fields.whole(this, "least", 0, MOST_REPLICAS, first.minReplicas());
        most = Fields.whole(this, "most", 1, MOST_REPLICAS, first.maxReplicas());
        wait = Fields.whole(this, "wait", 0, DAY_MILLIS, first.queueWaitMillis());
        cache =
                Fields.whole(
                        this, "cache", 0, 100, (int) Math.round(100 * first.kvCacheUsageRatio()));
        cooldown = Fields.whole(this, "cooldown", 0, DAY_SECONDS, first.cooldownSeconds());
        idle = Fields.whole(this, "idle", 0, DAY_SECONDS, first.idleSeconds());
        for (IntegerField each : all()) {
            each.addValueChangeListener(change -> changed.run());
            fields.add(each);
        }
        fields.setVisible(byRule.getValue());
        byRule.addValueChangeListener(change -> {
            fields.setVisible(change.getValue());
            changed.run();
        });
        add(byRule, fields);
    }

    @Nullable Scaling scaling() {
        if (!byRule.getValue()) {
            return null;
        }
        return new Scaling(
                Fields.value(least, 0),
                Fields.value(most, 1),
                Fields.value(wait, 0),
                Fields.value(cache, 0) / 100.0,
                Fields.value(cooldown, 0),
                Fields.value(idle, 0));
    }

    boolean check() {
        boolean good = true;
        if (byRule.getValue()) {
            for (IntegerField each : all()) {
                good &= Fields.check(each);
            }
            boolean ordered = Fields.value(least, 0) <= Fields.value(most, 1);
            if (!ordered) {
                most.setInvalid(true);
            }
            good &= ordered;
        }
        return good;
    }

    private List<IntegerField> all() {
        return List.of(least, most, wait, cache, cooldown, idle);
    }
}
