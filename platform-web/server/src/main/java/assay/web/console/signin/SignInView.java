package assay.web.console.signin;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.federation.SignInButtons;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The first page: what this is, the way in with an account, and the way in without one. */
@Route(value = "sign-in", autoLayout = false)
@AnonymousAllowed
public class SignInView extends DoorView {
    private static final long serialVersionUID = 1L;

    private final transient SignInButtons buttons;

    SignInView(SignInButtons buttons) {
        super("sign-in.title");
        this.buttons = buttons;
    }

    @Override
    Component[] middle() {
        var others =
                new OtherWays(
                        buttons.buttons(value("tenant").orElse(null)),
                        value("refused").orElse(null));
        return new Component[] {form(), others, asGuest()};
    }

    private PlainForm form() {
        var form = new PlainForm("sign-in");
        if (told("error")) {
            form.refusal(
                    getTranslation("sign-in.refused.title"),
                    getTranslation("sign-in.refused.text"));
        } else if (told("expired")) {
            form.refusal(null, getTranslation("sign-in.expired"));
        }
        value("wait")
                .ifPresent(seconds ->
                        form.refusal(
                                getTranslation("sign-in.wait.title"),
                                getTranslation("sign-in.wait.text", seconds)));
        form.field("username", "username", "sign-in.name", "sign-in.name.empty");
        form.password("password", "current-password", "sign-in.password", "sign-in.password.empty");
        form.submit(getTranslation("sign-in.go"));
        return form;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Div asGuest() {
        var guest =
                new Anchor(
                        value("tenant")
                                .map(tenant -> "verify?tenant=" + encoded(tenant))
                                .orElse("verify"),
                        new Span(getTranslation("sign-in.guest.go")));
        guest.add(Glyph.ARROW.draw());
        guest.setClassName("button");
        return Markup.div(
                "as-guest",
                new H2(getTranslation("sign-in.guest.title")),
                Markup.paragraph("", getTranslation("sign-in.guest.text")),
                guest);
    }
}
