package assay.web.console.cluster;

import assay.web.WebException;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;

/**
 * Asks before something is done that can be felt. It closes when it was done; what went wrong is
 * said in it, and it stays.
 */
public class Confirmation extends Dialog {
    private static final long serialVersionUID = 1L;

    private final Div trouble = Markup.div("");
    private final Div body = Markup.div("confirmation-body");
    private final Button go = new Button();

    /**
     * @param title what is asked
     * @param text what will happen
     * @param verb on the button
     * @param action may throw a {@link WebException}
     */
    public Confirmation(
            String title, String text, String verb, Runnable action, Component... content) {
        setHeaderTitle(title);
        addClassName("confirmation");
        setModality(com.vaadin.flow.component.ModalityMode.STRICT);
        body.add(new Paragraph(text));
        body.add(content);
        body.add(trouble);
        add(body);
        var cancel = new Button(getTranslation("confirm.cancel"), click -> close());
        go.setText(verb);
        go.addClickListener(click -> run(action));
        go.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        go.addClassName("danger");
        go.setDisableOnClick(true);
        getFooter().add(cancel, go);
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
    }

    /** Lets nobody go on who has not typed the name: for what can not be undone. */
    public Confirmation typed(String name) {
        var field = new TextField(getTranslation("confirm.type", name));
        field.setWidthFull();
        field.setValueChangeMode(ValueChangeMode.EAGER);
        field.addValueChangeListener(change -> go.setEnabled(change.getValue().equals(name)));
        body.addComponentAtIndex(1, field);
        go.setEnabled(false);
        return this;
    }

    private void run(Runnable action) {
        trouble.removeAll();
        try {
            action.run();
            close();
        } catch (WebException e) {
            trouble.add(new Trouble(e));
            go.setEnabled(true);
        }
    }
}
