package assay.web.console.signin;

import assay.web.WebException;
import assay.web.console.account.NewPasswordFields;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.account.AccountLinks;
import assay.web.identity.account.AccountRescue;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;

/** Where a link for a new password leads. */
@Route(value = "password-reset/:token", autoLayout = false)
@AnonymousAllowed
public class PasswordResetView extends DoorView {
    private static final long serialVersionUID = 1L;

    private final transient AccountLinks links;
    private final Div trouble = Markup.div("");
    private String token = "";
    private boolean done;

    PasswordResetView(AccountLinks links) {
        super("reset.title");
        this.links = links;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        token = event.getRouteParameters().get("token").orElse("");
        super.beforeEnter(event);
    }

    @Override
    Component[] middle() {
        trouble.removeAll();
        if (done) {
            return new Component[] {Markup.paragraph("", getTranslation("reset.done")), toSignIn()};
        }
        try {
            return links.reset(token, Strangers.here()).map(this::ask).orElseGet(this::nothing);
        } catch (WebException e) {
            return new Component[] {new Trouble(e)};
        }
    }

    private Component[] nothing() {
        return new Component[] {
            new EmptyState(
                    Glyph.QUESTION,
                    getTranslation("reset.none.title"),
                    getTranslation("reset.none.text"),
                    toSignIn())
        };
    }

    private Component[] ask(AccountRescue.Offer offer) {
        var password = new NewPasswordFields();
        var go = new Button(getTranslation("reset.go"));
        go.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        go.setDisableOnClick(true);
        go.addClickListener(click -> {
            set(offer, password);
            go.setEnabled(true);
        });
        return new Component[] {
            Markup.paragraph("", getTranslation("reset.text", offer.username())),
            Markup.div("account-fields", password, go),
            trouble
        };
    }

    private void set(AccountRescue.Offer offer, NewPasswordFields password) {
        trouble.removeAll();
        if (!password.check(typed -> links.problem(offer, typed))) {
            return;
        }
        try {
            links.useReset(token, password.value(), Strangers.here());
            password.clear();
            done = true;
            removeAll();
            build();
        } catch (WebException e) {
            trouble.add(new Trouble(e));
        }
    }

    private Anchor toSignIn() {
        var anchor = new Anchor("sign-in", getTranslation("sign-in.title"));
        anchor.setClassName("button");
        anchor.setRouterIgnore(true);
        return anchor;
    }
}
