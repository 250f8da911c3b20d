package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.account.Accounts;
import assay.web.identity.account.MyAccount;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.TextField;

/** How the person is called. */
class ProfileSection extends Div {
    private static final long serialVersionUID = 1L;

    private final transient MyAccount account;
    private final transient Caller caller;
    private final TextField name = new TextField();
    private final Div outcome = Markup.div("");

    ProfileSection(MyAccount account, Caller caller, Accounts.Profile profile) {
        this.account = account;
        this.caller = caller;
        setClassName("panel");
        name.setLabel(getTranslation("account.name"));
        name.setHelperText(getTranslation("account.name.help"));
        name.setMaxLength(100);
        name.setValue(profile.displayName());
        var username = new TextField(getTranslation("sign-in.name"));
        username.setValue(profile.username());
        username.setReadOnly(true);
        var fields = Markup.div("account-fields", name, username);
        if (profile.email() != null) {
            var email = new TextField(getTranslation("account.email"));
            email.setValue(profile.email());
            email.setReadOnly(true);
            fields.add(email);
        }
        var save = new Button(getTranslation("account.save"), click -> save());
        fields.add(save);
        Markup.role(outcome, "status");
        add(Markup.section("", getTranslation("account.profile"), fields, outcome));
    }

    private void save() {
        outcome.removeAll();
        boolean empty = name.getValue().isBlank();
        name.setErrorMessage(getTranslation("account.name.empty"));
        name.setInvalid(empty);
        if (empty) {
            name.focus();
            return;
        }
        try {
            account.rename(caller, name.getValue().strip());
            outcome.add(Markup.paragraph("hint", getTranslation("account.saved")));
        } catch (WebException e) {
            outcome.add(new Trouble(e));
        }
    }
}
