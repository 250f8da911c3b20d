package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.HasComponents;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.shared.Registration;

/** Asks the browser for a passkey: to sign in with, or to register a new one. */
@Tag("assay-passkey")
@JsModule("context://components/assay-passkey.js")
public class PasskeyButton extends Component implements HasComponents {
    private static final long serialVersionUID = 1L;

    /** A new passkey was registered. */
    @DomEvent("passkey-registered")
    public static class Registered extends ComponentEvent<PasskeyButton> {
        private static final long serialVersionUID = 1L;

        public Registered(PasskeyButton source, boolean fromClient) {
            super(source, fromClient);
        }
    }

    private PasskeyButton(String mode, String labelKey) {
        var button = new NativeButton();
        button.setClassName("button");
        button.getElement().setAttribute("type", "button");
        button.add(Glyph.LOCK.draw(), new Span(getTranslation(labelKey)));
        var failed = Markup.span("field-error", getTranslation("passkey.failed"));
        failed.getElement().setAttribute("role", "status");
        var missing = Markup.span("hint", getTranslation("passkey.unsupported"));
        missing.addClassName("passkey-missing");
        getElement().setAttribute("mode", mode);
        add(button, failed, missing);
    }

    public static PasskeyButton signIn() {
        return new PasskeyButton("sign-in", "passkey.sign-in");
    }

    public static PasskeyButton register() {
        return new PasskeyButton("register", "passkey.add");
    }

    /** What the next passkey that is registered is called. */
    public void setLabel(String label) {
        getElement().setAttribute("label", label);
    }

    public Registration addRegisteredListener(ComponentEventListener<Registered> listener) {
        return addListener(Registered.class, listener);
    }
}
