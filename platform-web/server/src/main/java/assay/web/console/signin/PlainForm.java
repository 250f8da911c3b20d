package assay.web.console.signin;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasComponents;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Input;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.NativeLabel;
import com.vaadin.flow.component.html.Span;
import org.jspecify.annotations.Nullable;

/**
 * A plain form that the browser itself sends: password managers know it, and what is typed never
 * becomes state of the server's side of the page.
 */
@Tag("assay-sign-in")
@JsModule("context://components/assay-sign-in.js")
class PlainForm extends Component implements HasComponents {
    private static final long serialVersionUID = 1L;

    private final Form form = new Form();

    /**
     * @param action where it is sent
     */
    PlainForm(String action) {
        form.getElement().setAttribute("method", "post");
        form.getElement().setAttribute("action", action);
        form.getElement().setAttribute("novalidate", true);
        add(form);
    }

    /** Says first what was wrong with what was sent before. */
    final void refusal(@Nullable String title, String text) {
        var words = Markup.div("");
        if (title != null) {
            words.add(Markup.span("callout-title", title));
        }
        words.add(new Span(text));
        form.add(
                Markup.role(
                        Markup.div("callout callout-bad", Glyph.WARNING.draw(), words), "alert"));
    }

    /**
     * @param name of the parameter
     * @param empty key of what is said when nothing was typed
     */
    final void field(String name, String autocomplete, String key, String empty) {
        var input = input(name, "text", autocomplete);
        form.add(labelled(name, key, empty, Markup.div("field-box", input)));
    }

    /** One that hides what is typed until it is asked to show it, and tells of Caps Lock. */
    final void password(String name, String autocomplete, String key, String empty) {
        var reveal = Markup.with(new NativeButton(), "reveal");
        reveal.getElement().setAttribute("type", "button");
        reveal.getElement().setAttribute("data-reveal", true);
        reveal.getElement().setAttribute("aria-pressed", "false");
        reveal.add(Glyph.EYE.draw(), Markup.readOut(getTranslation("sign-in.reveal")));
        reveal.setTitle(getTranslation("sign-in.reveal"));
        var input = input(name, "password", autocomplete);
        var field = labelled(name, key, empty, Markup.div("field-box", input, reveal));
        var caps = Markup.span("caps", getTranslation("sign-in.caps"));
        caps.getElement().setAttribute("role", "status");
        field.add(caps);
        form.add(field);
    }

    final void hint(String text) {
        form.add(Markup.paragraph("hint", text));
    }

    final void submit(String text) {
        var submit = new NativeButton(text);
        submit.setClassName("button primary");
        submit.getElement().setAttribute("type", "submit");
        form.add(submit);
    }

    private static Input input(String name, String type, String autocomplete) {
        var input = new Input();
        input.setType(type);
        input.setId("sign-in-" + name);
        input.getElement().setAttribute("name", name);
        input.getElement().setAttribute("autocomplete", autocomplete);
        input.getElement().setAttribute("autocapitalize", "none");
        input.getElement().setAttribute("spellcheck", "false");
        input.getElement().setAttribute("aria-describedby", "sign-in-" + name + "-empty");
        return input;
    }

    private Div labelled(String name, String key, String emptyKey, Div box) {
        var label = new NativeLabel(getTranslation(key));
        label.setFor("sign-in-" + name);
        var empty = Markup.span("field-error", getTranslation(emptyKey));
        empty.setId("sign-in-" + name + "-empty");
        return Markup.div("field", label, box, empty);
    }

    @Tag("form")
    private static final class Form extends Component implements HasComponents {
        private static final long serialVersionUID = 1L;
    }
}
