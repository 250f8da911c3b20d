package assay.web.console.tenants;

import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenants.TenantKeys;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a key is called, what it may, with which models, from where and how long. */
class KeyForm extends Div {
    private static final long serialVersionUID = 1L;
    private static final int FOREVER = 0;
    private static final int AS_IT_IS = -1;

    private final TextField name = new TextField();
    private final TextField description = new TextField();
    private final PermissionChoice scopes;
    private final TextField models = new TextField();
    private final TextField networks = new TextField();
    private final Select<Integer> days = new Select<>();
    private final Checkbox tenants = new Checkbox();
    private final transient @Nullable Instant until;

    /**
     * @param key that is changed; null for a new one
     */
    KeyForm(Component place, Caller caller, TenantKeys.@Nullable Entry key) {
        setClassName("key-form");
        until = key == null ? null : key.expiresAt();
        name.setLabel(place.getTranslation("keys.field-name"));
        name.setMaxLength(100);
        description.setLabel(place.getTranslation("keys.field-description"));
        description.setMaxLength(500);
        scopes =
                new PermissionChoice(
                        place,
                        place.getTranslation("keys.field-scopes"),
                        key == null ? first(caller) : key.scopes(),
                        caller::may);
        models.setLabel(place.getTranslation("keys.field-models"));
        models.setHelperText(place.getTranslation("keys.field-models.help"));
        networks.setLabel(place.getTranslation("keys.field-networks"));
        networks.setHelperText(place.getTranslation("keys.field-networks.help"));
        days.setLabel(place.getTranslation("keys.field-days"));
        days.setItems(
                key == null
                        ? List.of(30, 90, 365, FOREVER)
                        : List.of(AS_IT_IS, 30, 90, 365, FOREVER));
        days.setItemLabelGenerator(each -> place.getTranslation("keys.days." + each));
        days.setValue(key == null ? 90 : AS_IT_IS);
        tenants.setLabel(place.getTranslation("keys.field-tenants"));
        tenants.setHelperText(place.getTranslation("keys.field-tenants.help"));
        tenants.setVisible(key == null && caller.may(Permission.KEY_MANAGE));
        if (key != null) {
            name.setValue(key.name());
            description.setValue(key.description());
            models.setValue(joined(key.models()));
            networks.setValue(joined(key.networks()));
            tenants.setValue(key.ownerId() == null);
        }
        add(name, description, scopes, days, tenants, Markup.div("form-pair", models, networks));
    }

    /** What most keys are for, as far as the visitor may it himself. */
    private static Set<Permission> first(Caller caller) {
        return caller.may(Permission.INFERENCE_INVOKE)
                ? Set.of(Permission.INFERENCE_INVOKE)
                : Set.of();
    }

    private static String joined(@Nullable List<String> texts) {
        return texts == null ? "" : String.join(", ", texts);
    }

    TenantKeys.Draft draft(Instant now) {
        int chosen = days.getValue();
        Instant expires =
                switch (chosen) {
                    case AS_IT_IS -> until;
                    case FOREVER -> null;
                    default -> now.plus(Duration.ofDays(chosen));
                };
        return new TenantKeys.Draft(
                name.getValue(),
                description.getValue(),
                scopes.chosen(),
                split(models.getValue()),
                split(networks.getValue()),
                expires,
                tenants.getValue());
    }

    private static @Nullable List<String> split(String text) {
        List<String> parts =
                Arrays.stream(text.split("[,;\\s]+", -1)).filter(each -> !each.isEmpty()).toList();
        return parts.isEmpty() ? null : parts;
    }
}
