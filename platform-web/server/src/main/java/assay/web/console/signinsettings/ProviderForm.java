package assay.web.console.signinsettings;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.CopyButton;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.RoleMapping;
import assay.web.identity.federation.Discovered;
import assay.web.identity.federation.IdentityProvider;
import assay.web.identity.federation.IdentityProviders;
import assay.web.identity.federation.ProviderSpec;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Adds a provider or changes one; its address can be tried out before anything is saved. */
class ProviderForm extends Dialog {
    private static final long serialVersionUID = 1L;

    private final transient IdentityProviders providers;
    private final transient Caller caller;
    private final transient Optional<IdentityProvider> before;
    private final transient Runnable onSaved;
    private final TextField name = new TextField();
    private final TextField issuer = new TextField();
    private final TextField client = new TextField();
    private final PasswordField secret = new PasswordField();
    private final TextField scopes = new TextField();
    private final TextField claim = new TextField();
    private final Checkbox inner = new Checkbox();
    private final Checkbox enabled = new Checkbox();
    private final MappingEditor mapping;
    private final Div outcome = Markup.div("provider-outcome");

    ProviderForm(
            IdentityProviders providers,
            Caller caller,
            Optional<IdentityProvider> before,
            Runnable onSaved) {
        this.providers = providers;
        this.caller = caller;
        this.before = before;
        this.onSaved = onSaved;
        this.mapping =
                new MappingEditor(
                        before.map(each -> each.spec().mapping()).orElse(RoleMapping.NONE),
                        providers.roles(caller));
        setHeaderTitle(
                before.map(each -> getTranslation("provider.edit.of", each.spec().name()))
                        .orElseGet(() -> getTranslation("provider.add")));
        addClassName("provider-form");
        setModality(com.vaadin.flow.component.ModalityMode.STRICT);
        describe();
        var test = new Button(getTranslation("provider.test"), click -> test());
        var body =
                Markup.div(
                        "provider-fields",
                        name,
                        issuer,
                        test,
                        client,
                        secret,
                        scopes,
                        claim,
                        mapping,
                        enabled);
        if (caller.may(Permission.SETTINGS_MANAGE)) {
            body.add(inner);
        }
        before.ifPresent(each -> body.add(redirect(each)));
        body.add(outcome);
        add(body);
        var cancel = new Button(getTranslation("confirm.cancel"), click -> close());
        var save = new Button(getTranslation("provider.save"), click -> save());
        save.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        getFooter().add(cancel, save);
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
    }

    private void describe() {
        label(name, "name", before.map(each -> each.spec().name()).orElse(""));
        label(issuer, "issuer", before.map(each -> each.spec().issuer()).orElse(""));
        label(client, "client", before.map(each -> each.spec().clientId()).orElse(""));
        label(
                scopes,
                "scopes",
                before.map(each -> String.join(" ", each.spec().scopes()))
                        .orElse("openid profile email"));
        label(claim, "claim", before.map(each -> each.spec().groupsClaim()).orElse("groups"));
        secret.setLabel(getTranslation("provider.secret"));
        secret.setHelperText(
                getTranslation(
                        before.isPresent() ? "provider.secret.keep" : "provider.secret.help"));
        secret.getElement().setAttribute("autocomplete", "off");
        inner.setLabel(getTranslation("provider.inner"));
        inner.setHelperText(getTranslation("provider.inner.help"));
        inner.setValue(before.map(each -> each.spec().innerNetwork()).orElse(false));
        enabled.setLabel(getTranslation("provider.enabled.label"));
        enabled.setValue(before.map(each -> each.spec().enabled()).orElse(true));
    }

    private void label(TextField field, String key, String value) {
        field.setLabel(getTranslation("provider." + key));
        field.setHelperText(getTranslation("provider." + key + ".help"));
        field.setValue(value);
        field.setWidthFull();
    }

    /** What the provider must be told. */
    private Div redirect(IdentityProvider provider) {
        String path = "/sign-in/from/" + provider.id();
        return Markup.div(
                "provider-redirect",
                Markup.span("mapping-label", getTranslation("provider.redirect")),
                Markup.paragraph("hint", getTranslation("provider.redirect.help")),
                new Code(path),
                CopyButton.ofPath(path, getTranslation("provider.redirect.copy")));
    }

    private void test() {
        outcome.removeAll();
        try {
            Discovered found = providers.test(caller, issuer.getValue(), inner.getValue());
            outcome.add(good(getTranslation("provider.test.good"), found.authorizationEndpoint()));
        } catch (WebException e) {
            outcome.add(new Trouble(e));
        }
    }

    private static Div good(String title, String detail) {
        var text =
                Markup.div(
                        "",
                        Markup.span("callout-title", title),
                        Markup.with(new Span(detail), "callout-detail"));
        return Markup.role(Markup.div("callout callout-info", Glyph.CHECK.draw(), text), "status");
    }

    private void save() {
        outcome.removeAll();
        try {
            IdentityProvider saved = write();
            onSaved.run();
            close();
            if (before.isEmpty()) {
                // The provider has to be told the address that only now is known.
                new ProviderForm(providers, caller, Optional.of(saved), onSaved).open();
            }
        } catch (WebException e) {
            outcome.add(new Trouble(e));
        }
    }

    private IdentityProvider write() {
        String id = UUID.randomUUID().toString();
        @Nullable String entered =
                secret.getValue().isEmpty() && before.isPresent() ? null : secret.getValue();
        var spec =
                new ProviderSpec(
                        name.getValue(),
                        issuer.getValue(),
                        client.getValue(),
                        entered,
                        Arrays.stream(scopes.getValue().strip().split("\\s+", -1))
                                .filter(each -> !each.isEmpty())
                                .toList(),
                        claim.getValue(),
                        mapping.mapping(),
                        inner.getValue(),
                        enabled.getValue());
        return before.map(each -> providers.update(caller, id, each.id(), each.version(), spec))
                .orElseGet(() -> providers.create(caller, id, spec));
    }
}
