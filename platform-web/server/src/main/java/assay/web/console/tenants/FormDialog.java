package assay.web.console.tenants;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ModalityMode;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;

/** A form in front of the list. It closes when it was saved; what is wrong is said in it. */
public class FormDialog extends Dialog {
    private static final long serialVersionUID = 1L;

    private final Div trouble = Markup.div("");
    private final Button save = new Button();

    /**
     * @param verb on the button
     * @param action may throw a {@link WebException}
     */
    public FormDialog(String title, String verb, Runnable action, Component... fields) {
        setHeaderTitle(title);
        addClassName("form-dialog");
        setModality(ModalityMode.STRICT);
        var body = Markup.div("form-dialog-body");
        body.add(fields);
        body.add(trouble);
        add(body);
        save.setText(verb);
        save.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        save.setDisableOnClick(true);
        save.addClickListener(click -> run(action));
        getFooter().add(new Button(getTranslation("confirm.cancel"), click -> close()), save);
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
    }

    private void run(Runnable action) {
        trouble.removeAll();
        try {
            action.run();
            close();
        } catch (WebException e) {
            trouble.add(new Trouble(e));
            save.setEnabled(true);
        }
    }
}
