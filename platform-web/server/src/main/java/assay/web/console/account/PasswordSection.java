package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.account.MyAccount;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.PasswordField;

/** Changes the password, which ends all other sessions. */
class PasswordSection extends Div {
    private static final long serialVersionUID = 1L;

    private final transient MyAccount account;
    private final transient Caller caller;
    private final PasswordField old = new PasswordField();
    private final NewPasswordFields fresh = new NewPasswordFields();
    private final Div outcome = Markup.div("");

    PasswordSection(MyAccount account, Caller caller) {
        this.account = account;
        this.caller = caller;
        setClassName("panel");
        old.setLabel(getTranslation("password.old"));
        old.getElement().setAttribute("autocomplete", "current-password");
        var change = new Button(getTranslation("password.change"));
        change.setDisableOnClick(true);
        change.addClickListener(click -> {
            change();
            change.setEnabled(true);
        });
        Markup.role(outcome, "status");
        add(
                Markup.section(
                        "",
                        getTranslation("sign-in.password"),
                        Markup.paragraph("hint", getTranslation("password.text")),
                        Markup.div("account-fields", old, fresh, change),
                        outcome));
    }

    private void change() {
        outcome.removeAll();
        old.setErrorMessage(getTranslation("sign-in.password.empty"));
        old.setInvalid(old.isEmpty());
        boolean good = fresh.check(typed -> account.problem(caller, typed));
        if (!good || old.isInvalid()) {
            return;
        }
        try {
            account.changePassword(caller, old.getValue(), fresh.value());
            old.clear();
            fresh.clear();
            outcome.add(Markup.paragraph("hint", getTranslation("password.changed")));
        } catch (WebException e) {
            if (e.fields().containsKey("old_password")) {
                old.setErrorMessage(getTranslation("password.old.wrong"));
                old.setInvalid(true);
                old.focus();
            } else {
                outcome.add(new Trouble(e));
            }
        }
    }
}
