package assay.web.console.signin;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.PasskeyButton;
import assay.web.identity.federation.SignInButtons;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ways in beside a password: by passkey, and by the services that a tenant trusts. */
class OtherWays extends Div {
    private static final long serialVersionUID = 1L;

    /** Why a provider's word did not open the door; another reason is told as the first. */
    private static final Set<String> REASONS = Set.of("provider", "no-role", "closed");

    OtherWays(List<SignInButtons.Button> buttons, @Nullable String refused) {
        setClassName("other-ways");
        if (refused != null) {
            add(refusal(REASONS.contains(refused) ? refused : "provider"));
        }
        add(PasskeyButton.signIn());
        for (SignInButtons.Button each : buttons) {
            var button =
                    new Anchor(
                            each.address(), new Span(getTranslation("sign-in.with", each.name())));
            button.setRouterIgnore(true);
            button.setClassName("button");
            add(button);
        }
    }

    private Div refusal(String reason) {
        var text =
                Markup.div(
                        "",
                        Markup.span(
                                "callout-title",
                                getTranslation("sign-in.provider.title." + reason)),
                        new Span(getTranslation("sign-in.provider.text." + reason)));
        return Markup.role(Markup.div("callout callout-bad", Glyph.WARNING.draw(), text), "alert");
    }
}
