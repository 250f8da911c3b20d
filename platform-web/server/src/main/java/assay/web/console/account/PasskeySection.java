package assay.web.console.account;

import assay.web.console.cluster.Confirmation;
import assay.web.console.part.Markup;
import assay.web.console.part.PasskeyButton;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.identity.passkey.Passkeys;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.annotation.Order;

/** The person's passkeys: registered, named and removed. */
@org.springframework.stereotype.Component
@Order(10)
class PasskeySection implements AccountSection {
    private final ObjectProvider<Passkeys> passkeys;

    PasskeySection(ObjectProvider<Passkeys> passkeys) {
        this.passkeys = passkeys;
    }

    @Override
    public Component create(Caller caller) {
        return new Panel(passkeys.getObject(), caller);
    }

    private static final class Panel extends Div {
        private static final long serialVersionUID = 1L;

        private final transient Passkeys passkeys;
        private final transient Caller caller;
        private final Div list = Markup.div("passkey-list");

        Panel(Passkeys passkeys, Caller caller) {
            this.passkeys = passkeys;
            this.caller = caller;
            setClassName("panel");
            var name = new TextField(getTranslation("passkey.name"));
            name.setHelperText(getTranslation("passkey.name.help"));
            name.setMaxLength(100);
            name.setValueChangeMode(ValueChangeMode.EAGER);
            var add = PasskeyButton.register();
            name.addValueChangeListener(change -> add.setLabel(change.getValue()));
            add.addRegisteredListener(event -> {
                name.clear();
                show();
            });
            add(
                    Markup.section(
                            "",
                            getTranslation("passkey.title"),
                            Markup.paragraph("hint", getTranslation("passkey.text")),
                            list,
                            name,
                            add));
            show();
        }

        private void show() {
            list.removeAll();
            List<Passkeys.Passkey> own = passkeys.own(caller);
            if (own.isEmpty()) {
                list.add(Markup.paragraph("hint", getTranslation("passkey.none")));
                return;
            }
            var items = new UnorderedList();
            items.setClassName("plain-list");
            own.forEach(each -> items.add(item(each)));
            list.add(items);
        }

        private ListItem item(Passkeys.Passkey passkey) {
            var rename = new Button(getTranslation("passkey.rename"));
            rename.setAriaLabel(getTranslation("passkey.rename.of", passkey.label()));
            rename.addClickListener(click -> rename(passkey));
            var remove = new Button(getTranslation("passkey.remove"));
            remove.setAriaLabel(getTranslation("passkey.remove.of", passkey.label()));
            remove.addThemeVariants(ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_ERROR);
            remove.addClickListener(click -> remove(passkey));
            var facts =
                    Markup.div(
                            "setting-detail",
                            new Span(getTranslation("passkey.used")),
                            new TimeText(passkey.lastUsedAt().toEpochMilli(), getLocale()));
            if (passkey.synced()) {
                facts.add(new Span(getTranslation("passkey.synced")));
            }
            return Markup.with(
                    new ListItem(
                            Markup.div(
                                    "setting-text",
                                    Markup.span("setting-title", passkey.label()),
                                    facts),
                            Markup.div("setting-actions", rename, remove)),
                    "setting");
        }

        private void rename(Passkeys.Passkey passkey) {
            var name = new TextField(getTranslation("passkey.name"));
            name.setValue(passkey.label());
            name.setWidthFull();
            new Confirmation(
                            getTranslation("passkey.rename.of", passkey.label()),
                            getTranslation("passkey.name.help"),
                            getTranslation("passkey.rename"),
                            () -> {
                                passkeys.rename(caller, id(), passkey.id(), name.getValue());
                                show();
                            },
                            name)
                    .open();
        }

        private void remove(Passkeys.Passkey passkey) {
            new Confirmation(
                            getTranslation("passkey.remove.of", passkey.label()),
                            getTranslation("passkey.remove.text"),
                            getTranslation("passkey.remove"),
                            () -> {
                                try {
                                    passkeys.remove(caller, id(), passkey.id());
                                } finally {
                                    show();
                                }
                            })
                    .open();
        }

        private static String id() {
            return UUID.randomUUID().toString();
        }
    }
}
