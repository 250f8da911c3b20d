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

/**
 * A plain form that the browser itself sends: password managers know it, and the password never
 * becomes state of the server's side of the page.
 */
@Tag("assay-sign-in")
@JsModule("context://components/assay-sign-in.js")
class SignInForm extends Component implements HasComponents {
    private static final long serialVersionUID = 1L;

    SignInForm(boolean refused) {
        var form = new Form();
        form.getElement().setAttribute("method", "post");
        form.getElement().setAttribute("action", "sign-in");
        form.getElement().setAttribute("novalidate", true);
        if (refused) {
            form.add(refusal());
        }
        form.add(
                field("username", "text", "username", "sign-in.name", "sign-in.name.empty"),
                password(),
                submit());
        add(form);
    }

    private Div refusal() {
        var text =
                Markup.div(
                        "",
                        Markup.span("callout-title", getTranslation("sign-in.refused.title")),
                        new Span(getTranslation("sign-in.refused.text")));
        return Markup.role(Markup.div("callout callout-bad", Glyph.WARNING.draw(), text), "alert");
    }

    private Div field(
            String name, String type, String autocomplete, String labelKey, String emptyKey) {
        var input = new Input();
        input.setType(type);
        input.setId("sign-in-" + name);
        input.getElement().setAttribute("name", name);
        input.getElement().setAttribute("autocomplete", autocomplete);
        input.getElement().setAttribute("autocapitalize", "none");
        input.getElement().setAttribute("spellcheck", "false");
        input.getElement().setAttribute("aria-describedby", "sign-in-" + name + "-empty");
        var label = new NativeLabel(getTranslation(labelKey));
        label.setFor("sign-in-" + name);
        var empty = Markup.span("field-error", getTranslation(emptyKey));
        empty.setId("sign-in-" + name + "-empty");
        return Markup.div("field", label, Markup.div("field-box", input), empty);
    }

    private Div password() {
        var field =
                field(
                        "password",
                        "password",
                        "current-password",
                        "sign-in.password",
                        "sign-in.password.empty");
        var reveal = Markup.with(new NativeButton(), "reveal");
        reveal.getElement().setAttribute("type", "button");
        reveal.getElement().setAttribute("data-reveal", true);
        reveal.getElement().setAttribute("aria-pressed", "false");
        reveal.add(Glyph.EYE.draw(), Markup.readOut(getTranslation("sign-in.reveal")));
        reveal.setTitle(getTranslation("sign-in.reveal"));
        field.getChildren()
                .filter(each -> each.hasClassName("field-box"))
                .forEach(box -> ((Div) box).add(reveal));
        var caps = Markup.span("caps", getTranslation("sign-in.caps"));
        caps.getElement().setAttribute("role", "status");
        field.add(caps);
        return field;
    }

    private NativeButton submit() {
        var submit = new NativeButton(getTranslation("sign-in.go"));
        submit.setClassName("button primary");
        submit.getElement().setAttribute("type", "submit");
        return submit;
    }

    @Tag("form")
    private static final class Form extends Component implements HasComponents {
        private static final long serialVersionUID = 1L;
    }
}
