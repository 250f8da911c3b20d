package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.CopyButton;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.Role;
import assay.web.identity.account.AccountLinks;
import assay.web.identity.account.Invitation;
import assay.web.identity.account.Invitations;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.EmailField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.Arrays;
import java.util.List;

/** Open invitations, and a form for another. Needs {@code user:manage}. */
@Route(value = "members/invitations", layout = ConsoleFrame.class)
@PermitAll
public class InvitationsView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient AccountLinks links;
    private final transient Caller caller;
    private final Div fresh = Markup.div("");
    private final Div list = Markup.div("panel");

    InvitationsView(AccountLinks links, Visitor visitor) {
        super("account", "invitations.title");
        this.links = links;
        this.caller = visitor.caller();
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (!caller.may(Permission.USER_MANAGE)) {
            event.forwardTo("verify");
        }
    }

    @Override
    protected void build() {
        if (!caller.may(Permission.USER_MANAGE)) {
            return;
        }
        fresh.removeAll();
        Markup.role(fresh, "status");
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("invitations.title")),
                                        Markup.paragraph("", getTranslation("invitations.lead")))),
                        "view-head"),
                form(),
                fresh,
                list);
        show();
    }

    private Div form() {
        var role = new Select<Invitations.Grantable>();
        role.setLabel(getTranslation("invitations.role"));
        var roles = links.grantable(caller);
        role.setItems(roles);
        role.setItemLabelGenerator(each -> role(each.id()));
        roles.stream()
                .filter(each -> each.id().equals(Role.GUEST.id()))
                .findFirst()
                .ifPresent(role::setValue);
        var name = new TextField(getTranslation("account.name"));
        name.setMaxLength(200);
        var email = new EmailField(getTranslation("account.email"));
        email.setMaxLength(254);
        var go = new Button(getTranslation("invitations.go"));
        go.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        go.setDisableOnClick(true);
        go.addClickListener(click -> {
            name.setErrorMessage(getTranslation("invitations.whom"));
            name.setInvalid(name.isEmpty() && email.isEmpty());
            Invitations.Grantable given = role.getValue();
            role.setInvalid(given == null);
            if (given != null && !name.isInvalid()) {
                invite(given.id(), name.getValue(), email.getValue());
                name.clear();
                email.clear();
            }
            go.setEnabled(true);
        });
        return Markup.div("panel", Markup.div("account-fields", role, name, email, go));
    }

    private void invite(String role, String name, String email) {
        fresh.removeAll();
        try {
            Invitations.Made made = links.invite(caller, role, name, email);
            fresh.add(
                    Markup.div(
                            "callout callout-warn",
                            Glyph.LINK.draw(),
                            Markup.div(
                                    "account-link",
                                    Markup.span(
                                            "callout-title", getTranslation("invitations.made")),
                                    Markup.span("mono", "/" + made.path()),
                                    CopyButton.ofPath(made.path(), getTranslation("copy.label")))));
            show();
        } catch (WebException e) {
            fresh.add(new Trouble(e));
        }
    }

    private void show() {
        list.removeAll();
        try {
            List<Invitation> open = links.invitations(caller);
            if (open.isEmpty()) {
                list.add(
                        new EmptyState(
                                Glyph.PERSON,
                                getTranslation("invitations.none.title"),
                                getTranslation("invitations.none.text")));
                return;
            }
            var items = Markup.with(new UnorderedList(), "account-list");
            open.forEach(each -> items.add(item(each)));
            list.add(items);
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private ListItem item(Invitation invitation) {
        String whom = invitation.name() == null ? invitation.email() : invitation.name();
        var facts = Markup.div("account-facts hint", new Span(role(invitation.role())));
        if (invitation.name() != null && invitation.email() != null) {
            facts.add(new Span(invitation.email()));
        }
        facts.add(
                new Span(getTranslation("invitations.by", invitation.invitedBy())),
                new TimeText(invitation.createdAt().toEpochMilli(), getLocale()));
        var revoke = new Button(getTranslation("invitations.revoke"));
        revoke.setAriaLabel(getTranslation("invitations.revoke.which", String.valueOf(whom)));
        revoke.addClickListener(click ->
                new Confirmation(
                                getTranslation("invitations.revoke.which", String.valueOf(whom)),
                                getTranslation("invitations.revoke.text"),
                                getTranslation("invitations.revoke"),
                                () -> {
                                    links.revokeInvitation(caller, invitation.id());
                                    show();
                                })
                        .open());
        return new ListItem(
                Markup.div(
                        "account-item",
                        Markup.div("account-line", Markup.span("strong", String.valueOf(whom))),
                        facts),
                revoke);
    }

    private String role(String id) {
        boolean builtIn = Arrays.stream(Role.values()).anyMatch(each -> each.id().equals(id));
        if (builtIn) {
            return getTranslation("role." + id);
        }
        return links.grantable(caller).stream()
                .filter(each -> each.id().equals(id))
                .map(Invitations.Grantable::name)
                .findFirst()
                .orElseGet(() -> getTranslation("invitations.role.own"));
    }
}
