package assay.web.console.verify;

import assay.web.WebException;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.verify.TheoremCommand;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.KeyModifier;
import com.vaadin.flow.component.ShortcutEventListener;
import com.vaadin.flow.component.Shortcuts;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.data.value.ValueChangeMode;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Where a conjecture is written. */
class Composer extends Div {
    private static final long serialVersionUID = 1L;
    private static final int USUAL_TRIES = 8;
    private static final int TYPING_MILLIS = 250;

    /** Without its full stop there is nothing left. */
    private static final Pattern NOTHING = Pattern.compile("[\\s.]*");

    private final TextArea statement = new TextArea();
    private final TextArea preamble = new TextArea();
    private final IntegerField tries = new IntegerField();
    private final Button verify = new Button();
    private final Button stop = new Button();
    private final Div problem = Markup.div("composer-problem");

    /** What was entered; nothing of it is checked yet. */
    record Draft(String statement, String preamble, int tries) {
        static Draft empty() {
            return new Draft("", "", USUAL_TRIES);
        }
    }

    Composer(Draft draft, Consumer<Draft> onVerify, Runnable onStop) {
        setClassName("panel composer");
        describe();
        fill(draft);
        verify.addClickListener(click -> onVerify.accept(draft()));
        stop.addClickListener(click -> onStop.run());
        ShortcutEventListener submit = event -> onVerify.accept(draft());
        for (KeyModifier modifier : new KeyModifier[] {KeyModifier.CONTROL, KeyModifier.META}) {
            Shortcuts.addShortcutListener(this, submit, Key.ENTER, modifier)
                    .listenOn(statement, preamble)
                    .resetFocusOnActiveElement();
        }
        problem.setVisible(false);
        Markup.role(problem, "alert");
        add(
                statement,
                new Details(getTranslation("composer.preamble"), preamble),
                problem,
                Markup.div("composer-line", tries, Markup.div("composer-go", stop, verify)));
        running(false);
    }

    Draft draft() {
        Integer count = tries.getValue();
        return new Draft(
                statement.getValue(), preamble.getValue(), count == null ? USUAL_TRIES : count);
    }

    final void fill(Draft draft) {
        statement.setValue(draft.statement());
        preamble.setValue(draft.preamble());
        tries.setValue(draft.tries());
        forgive();
    }

    final void running(boolean running) {
        stop.setVisible(running);
        verify.setVisible(!running);
        statement.setReadOnly(running);
        preamble.setReadOnly(running);
        tries.setReadOnly(running);
    }

    /** Puts what the service said at the field that it is about, or under all of them. */
    void complain(WebException refusal) {
        forgive();
        var fields = refusal.fields().keySet();
        if (fields.contains("statement")) {
            mark(statement, TheoremCommand.MAX_STATEMENT);
        }
        if (fields.contains("preamble")) {
            mark(preamble, TheoremCommand.MAX_PREAMBLE);
        }
        if (fields.contains("samples")) {
            tries.setErrorMessage(getTranslation("field.tries", TheoremCommand.MAX_SAMPLES));
            tries.setInvalid(true);
        }
        if (!statement.isInvalid() && !preamble.isInvalid() && !tries.isInvalid()) {
            problem.removeAll();
            problem.add(new Refusal(refusal));
            problem.setVisible(true);
        }
    }

    void forgive() {
        statement.setInvalid(false);
        preamble.setInvalid(false);
        tries.setInvalid(false);
        problem.setVisible(false);
        problem.removeAll();
    }

    /** Says in the visitor's language what is wrong with a text that the service refused. */
    private void mark(TextArea field, int mostCharacters) {
        String text = field.getValue();
        String message =
                text.length() > mostCharacters
                        ? getTranslation("field.too-long", text.length(), mostCharacters)
                        : NOTHING.matcher(text).matches()
                                ? getTranslation("field.empty")
                                : getTranslation("field.characters");
        field.setErrorMessage(message);
        field.setInvalid(true);
    }

    private void describe() {
        statement.setLabel(getTranslation("composer.statement"));
        statement.setHelperText(getTranslation("composer.statement.help"));
        statement.setPlaceholder(Example.COMMUTES.statement());
        statement.setMinRows(3);
        statement.setMaxRows(10);
        preamble.setMinRows(3);
        preamble.setMaxRows(14);
        preamble.setHelperText(getTranslation("composer.preamble.help"));
        preamble.setAriaLabel(getTranslation("composer.preamble"));
        for (TextArea each : new TextArea[] {statement, preamble}) {
            each.setClassName("coq-input");
            each.setWidthFull();
            each.setManualValidation(true);
            each.setValueChangeMode(ValueChangeMode.LAZY);
            each.setValueChangeTimeout(TYPING_MILLIS);
            each.getElement().setAttribute("spellcheck", "false");
            each.getElement().setAttribute("autocapitalize", "none");
            each.getElement().setAttribute("translate", "no");
        }
        tries.setLabel(getTranslation("composer.tries"));
        tries.setTooltipText(getTranslation("composer.tries.help"));
        tries.setMin(1);
        tries.setMax(TheoremCommand.MAX_SAMPLES);
        tries.setStepButtonsVisible(true);
        tries.setManualValidation(true);
        verify.setText(getTranslation("composer.verify"));
        verify.setPrefixComponent(Glyph.VERIFY.draw());
        verify.setTooltipText(getTranslation("composer.verify.keys"));
        verify.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        stop.setText(getTranslation("composer.stop"));
        stop.setPrefixComponent(Glyph.STOP.draw());
    }
}
