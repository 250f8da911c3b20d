package assay.web.console.signinsettings;

import assay.web.WebException;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import assay.web.tenants.TenantRegister;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;

/** Whether members must have a second factor. */
class SecondFactorPanel extends Div {
    private static final long serialVersionUID = 1L;

    private final transient TenantRegister tenants;
    private final transient Caller caller;
    private final Checkbox required = new Checkbox();
    private final Div trouble = Markup.div("");

    SecondFactorPanel(TenantRegister tenants, Caller caller) {
        this.tenants = tenants;
        this.caller = caller;
        required.setLabel(getTranslation("factor-rule.label"));
        required.addValueChangeListener(change -> {
            if (change.isFromClient()) {
                ask(change.getValue());
            }
        });
        add(
                Markup.section(
                        "panel",
                        getTranslation("factor-rule.title"),
                        Markup.paragraph("hint", getTranslation("factor-rule.text")),
                        required,
                        trouble));
        show();
    }

    private void show() {
        required.setValue(tenants.find(caller, caller.tenantId()).secondFactor());
    }

    private void ask(boolean wanted) {
        trouble.removeAll();
        if (!wanted) {
            try {
                set(false);
            } catch (WebException e) {
                trouble.add(new Trouble(e));
                show();
            }
            return;
        }
        var question =
                new Confirmation(
                        getTranslation("factor-rule.ask"),
                        getTranslation("factor-rule.ask.text"),
                        getTranslation("factor-rule.go"),
                        () -> set(true));
        question.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                show();
            }
        });
        question.open();
    }

    private void set(boolean wanted) {
        long seen = tenants.find(caller, caller.tenantId()).version();
        tenants.change(
                AdminCall.console(caller),
                caller.tenantId(),
                seen,
                new TenantRegister.Draft(null, null, wanted));
        show();
    }
}
