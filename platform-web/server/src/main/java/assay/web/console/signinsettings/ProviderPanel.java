package assay.web.console.signinsettings;

import assay.web.WebException;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.federation.IdentityProvider;
import assay.web.identity.federation.IdentityProviders;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The services whose word lets people in. */
class ProviderPanel extends Div {
    private static final long serialVersionUID = 1L;

    private final transient IdentityProviders providers;
    private final transient Caller caller;
    private final Div list = Markup.div("provider-list");

    ProviderPanel(IdentityProviders providers, Caller caller) {
        this.providers = providers;
        this.caller = caller;
        var add = new Button(getTranslation("provider.add"), Glyph.PLUS.draw());
        add.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        add.addClickListener(click -> edit(Optional.empty()));
        Section section =
                Markup.section(
                        "panel",
                        getTranslation("provider.title"),
                        Markup.paragraph("hint", getTranslation("provider.lead")),
                        list,
                        add);
        add(section);
        refresh();
    }

    private void refresh() {
        list.removeAll();
        List<IdentityProvider> all;
        try {
            all = providers.list(caller);
        } catch (WebException e) {
            list.add(new Trouble(e));
            return;
        }
        if (all.isEmpty()) {
            list.add(
                    new EmptyState(
                            Glyph.LINK,
                            getTranslation("provider.empty.title"),
                            getTranslation("provider.empty.text")));
            return;
        }
        var items = new UnorderedList();
        items.setClassName("plain-list");
        all.forEach(each -> items.add(item(each)));
        list.add(items);
    }

    private ListItem item(IdentityProvider provider) {
        var spec = provider.spec();
        var state =
                Markup.span(
                        spec.enabled() ? "pill pill-good" : "pill",
                        getTranslation(spec.enabled() ? "provider.enabled" : "provider.disabled"));
        var edit = new Button(getTranslation("provider.edit"));
        edit.setAriaLabel(getTranslation("provider.edit.of", spec.name()));
        edit.addClickListener(click -> edit(Optional.of(provider)));
        var remove = new Button(getTranslation("provider.remove"));
        remove.setAriaLabel(getTranslation("provider.remove.of", spec.name()));
        remove.addThemeVariants(ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_ERROR);
        remove.addClickListener(click -> remove(provider));
        var heading = new H3(spec.name());
        return Markup.with(
                new ListItem(
                        Markup.div(
                                "setting-text",
                                Markup.div("setting-name", heading, state),
                                Markup.with(new Code(spec.issuer()), "setting-detail"),
                                new Span(
                                        getTranslation(
                                                "provider.rules", spec.mapping().rules().size()))),
                        Markup.div("setting-actions", edit, remove)),
                "setting");
    }

    private void edit(Optional<IdentityProvider> provider) {
        var form = new ProviderForm(providers, caller, provider, this::refresh);
        form.open();
    }

    /** Its name is to be typed: everybody who comes by it is shut out. */
    private void remove(IdentityProvider provider) {
        String name = provider.spec().name();
        var typed = new TextField(getTranslation("provider.remove.type", name));
        typed.setWidthFull();
        new Confirmation(
                        getTranslation("provider.remove.title", name),
                        getTranslation("provider.remove.text"),
                        getTranslation("provider.remove"),
                        () -> {
                            if (!typed.getValue().strip().equals(name)) {
                                throw WebException.invalid(
                                        "name", getTranslation("provider.remove.type", name));
                            }
                            providers.remove(
                                    caller,
                                    UUID.randomUUID().toString(),
                                    provider.id(),
                                    provider.version());
                            refresh();
                        },
                        typed)
                .open();
    }
}
