package assay.web.console.tenants;

import assay.web.console.part.CopyButton;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.ModalityMode;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Paragraph;

/** Shows a secret the one time that it can be shown, to be copied; it closes on purpose alone. */
class SecretDialog extends Dialog {
    private static final long serialVersionUID = 1L;
    private static final String ID = "secret-once";

    SecretDialog(String title, String text, String secret) {
        setHeaderTitle(title);
        addClassName("form-dialog");
        setModality(ModalityMode.STRICT);
        setCloseOnEsc(false);
        setCloseOnOutsideClick(false);
        var code = Markup.with(new Code(secret), "command secret");
        code.setId(ID);
        add(
                Markup.div(
                        "form-dialog-body",
                        new Paragraph(text),
                        code,
                        CopyButton.ofElement(ID, getTranslation("copy.label"))));
        var done = new Button(getTranslation("secret.done"), click -> close());
        done.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        getFooter().add(done);
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
    }
}
