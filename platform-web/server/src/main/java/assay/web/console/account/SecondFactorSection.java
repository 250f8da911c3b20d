package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.CopyButton;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.QrPicture;
import assay.web.identity.Caller;
import assay.web.identity.account.MyAccount;
import assay.web.identity.account.SecondFactors;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;

/** Codes of an app beside the password: set up, renewed, taken away. */
class SecondFactorSection extends Div {
    private static final long serialVersionUID = 1L;

    private final transient MyAccount account;
    private final transient Caller caller;
    private final Div body = Markup.div("account-factor");

    SecondFactorSection(MyAccount account, Caller caller) {
        this.account = account;
        this.caller = caller;
        setClassName("panel");
        add(Markup.section("", getTranslation("factor.title"), body));
        show();
    }

    private void show(Component... first) {
        body.removeAll();
        body.add(first);
        SecondFactors.Status status = account.secondFactor(caller);
        if (!status.active()) {
            body.add(
                    Markup.paragraph("hint", getTranslation("factor.text")),
                    new Button(getTranslation("factor.add"), click -> begin()));
            return;
        }
        var state =
                Markup.div(
                        "pills",
                        new Pill(Pill.Tone.GOOD, getTranslation("factor.active")),
                        new Pill(
                                status.recoveryCodesLeft() > 2 ? Pill.Tone.QUIET : Pill.Tone.WARN,
                                getTranslation("factor.codes.left", status.recoveryCodesLeft())));
        var renew =
                new Button(
                        getTranslation("factor.codes.renew"),
                        click ->
                                ask(
                                        "factor.codes.renew",
                                        "factor.codes.renew.text",
                                        code -> {
                                            var codes = account.renewRecoveryCodes(caller, code);
                                            show(codes(codes));
                                        }));
        var remove =
                new Button(
                        getTranslation("factor.remove"),
                        click ->
                                ask(
                                        "factor.remove",
                                        "factor.remove.text",
                                        code -> {
                                            account.removeSecondFactor(caller, code);
                                            show();
                                        }));
        body.add(state, Markup.div("account-actions", renew, remove));
    }

    private void begin() {
        SecondFactors.Setup setup;
        try {
            setup = account.beginSecondFactor(caller);
        } catch (WebException e) {
            show(new Trouble(e));
            return;
        }
        body.removeAll();
        var secret = Markup.span("mono account-secret", grouped(setup.secret()));
        body.add(
                Markup.paragraph("", getTranslation("factor.scan")),
                new QrPicture(setup.uri(), getTranslation("factor.picture")),
                Markup.div(
                        "account-secret-line",
                        new Span(getTranslation("factor.type")),
                        secret,
                        CopyButton.ofText(setup.secret(), getTranslation("copy.label"))));
        body.add(
                prompt(
                        "factor.confirm",
                        code -> {
                            var codes = account.confirmSecondFactor(caller, code);
                            show(codes(codes));
                        }));
    }

    /** Something that a code is asked for before it is done. */
    private interface Proved {
        void run(String code);
    }

    private void ask(String key, String textKey, Proved action) {
        body.removeAll();
        body.add(Markup.paragraph("", getTranslation(textKey)), prompt(key, action));
    }

    private Div prompt(String key, Proved action) {
        var trouble = Markup.div("");
        var code = new TextField(getTranslation("sign-in.code"));
        code.getElement().setAttribute("autocomplete", "one-time-code");
        code.setMaxLength(32);
        var go = new Button(getTranslation(key));
        go.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        go.setDisableOnClick(true);
        go.addClickListener(click -> {
            trouble.removeAll();
            code.setInvalid(false);
            try {
                action.run(code.getValue());
            } catch (WebException e) {
                if (e.fields().containsKey("code")) {
                    code.setErrorMessage(getTranslation("sign-in.code.wrong"));
                    code.setInvalid(true);
                    code.focus();
                } else {
                    trouble.add(new Trouble(e));
                }
            }
            go.setEnabled(true);
        });
        var cancel = new Button(getTranslation("confirm.cancel"), click -> show());
        return Markup.div(
                "account-fields", code, Markup.div("account-actions", go, cancel), trouble);
    }

    /** Shown this once. */
    private Div codes(List<String> codes) {
        var list = Markup.with(new UnorderedList(), "account-codes mono");
        codes.forEach(each -> list.add(new ListItem(each)));
        return Markup.role(
                Markup.div(
                        "callout callout-warn",
                        Glyph.WARNING.draw(),
                        Markup.div(
                                "",
                                Markup.span("callout-title", getTranslation("factor.codes.title")),
                                Markup.paragraph("", getTranslation("factor.codes.text")),
                                list,
                                CopyButton.ofText(
                                        String.join("\n", codes), getTranslation("copy.label")))),
                "status");
    }

    private static String grouped(String secret) {
        return secret.replaceAll("(.{4})(?=.)", "$1 ");
    }
}
