package assay.web.console.signin;

import assay.web.WebException;
import assay.web.console.Visitor;
import assay.web.console.account.NewPasswordFields;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.account.AccountLinks;
import assay.web.identity.account.Invitations;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where an invitation leads: to a new account, or to another tenant for who has one. */
@Route(value = "invitation/:token", autoLayout = false)
@AnonymousAllowed
public class InvitationView extends DoorView {
    private static final long serialVersionUID = 1L;

    private final transient AccountLinks links;
    private final transient @Nullable Caller caller;
    private final Div trouble = Markup.div("");
    private String token = "";
    private boolean done;

    InvitationView(AccountLinks links, Visitor visitor) {
        super("invitation.title");
        this.links = links;
        this.caller = signedIn(visitor);
    }

    private static @Nullable Caller signedIn(Visitor visitor) {
        try {
            Caller now = visitor.caller();
            return now.kind() == Caller.Kind.USER ? now : null;
        } catch (WebException e) {
            return null; // a stranger where no guests are let in
        }
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
            return new Component[] {
                Markup.paragraph("", getTranslation("invitation.done")), toSignIn()
            };
        }
        try {
            Optional<Invitations.Offer> offer = links.invitation(token, Strangers.here());
            return offer.map(this::offer).orElseGet(this::nothing);
        } catch (WebException e) {
            return new Component[] {new Trouble(e)};
        }
    }

    private Component[] nothing() {
        return new Component[] {
            new EmptyState(
                    Glyph.QUESTION,
                    getTranslation("invitation.none.title"),
                    getTranslation("invitation.none.text"),
                    toSignIn())
        };
    }

    private Component[] offer(Invitations.Offer offer) {
        var lead =
                Markup.paragraph(
                        "",
                        getTranslation("invitation.text", offer.invitedBy(), offer.tenantName()));
        Caller known = caller;
        if (known != null) {
            var join =
                    new Button(
                            getTranslation("invitation.join", known.name()), click -> join(known));
            join.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
            return new Component[] {lead, join, trouble};
        }
        return new Component[] {lead, newAccount(offer), existing(), trouble};
    }

    private Div newAccount(Invitations.Offer offer) {
        var username = new TextField(getTranslation("sign-in.name"));
        username.setHelperText(getTranslation("invitation.name.help"));
        username.setMaxLength(100);
        username.getElement().setAttribute("autocomplete", "username");
        var name = new TextField(getTranslation("account.name"));
        name.setMaxLength(100);
        name.getElement().setAttribute("autocomplete", "name");
        if (offer.name() != null) {
            name.setValue(
                    offer.name().length() <= 100 ? offer.name() : offer.name().substring(0, 100));
        }
        var password = new NewPasswordFields();
        var go = new Button(getTranslation("invitation.go"));
        go.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        go.setDisableOnClick(true);
        go.addClickListener(click -> {
            accept(offer, username, name, password);
            go.setEnabled(true);
        });
        return Markup.div("account-fields", username, name, password, go);
    }

    private void accept(
            Invitations.Offer offer,
            TextField username,
            TextField name,
            NewPasswordFields password) {
        trouble.removeAll();
        var person =
                new Invitations.NewPerson(
                        username.getValue().strip(), name.getValue().strip(), password.value());
        username.setErrorMessage(getTranslation("sign-in.name.empty"));
        username.setInvalid(person.username().isEmpty());
        name.setErrorMessage(getTranslation("account.name.empty"));
        name.setInvalid(person.displayName().isEmpty());
        boolean good = password.check(_ -> links.problem(offer, person));
        if (!good || username.isInvalid() || name.isInvalid()) {
            return;
        }
        try {
            links.accept(token, person, Strangers.here());
            password.clear();
            finish();
        } catch (WebException e) {
            if (e.fields().containsKey("user_name")) {
                username.setErrorMessage(getTranslation("invitation.name.taken"));
                username.setInvalid(true);
                username.focus();
            } else {
                trouble.add(new Trouble(e));
            }
        }
    }

    private Div existing() {
        return Markup.div(
                "as-guest",
                new H2(getTranslation("invitation.known.title")),
                Markup.paragraph("", getTranslation("invitation.known.text")),
                toSignIn());
    }

    private void join(Caller known) {
        trouble.removeAll();
        try {
            links.join(token, known);
            finish();
        } catch (WebException e) {
            trouble.add(new Trouble(e));
        }
    }

    private void finish() {
        done = true;
        removeAll();
        build();
    }

    private Anchor toSignIn() {
        var anchor =
                new Anchor(
                        caller == null ? "sign-in" : ".",
                        getTranslation(caller == null ? "sign-in.title" : "missing.home"));
        anchor.setClassName("button");
        anchor.setRouterIgnore(true);
        return anchor;
    }
}
