package assay.web.console.account;

import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.PreferenceSwitches;
import assay.web.console.Visitor;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.account.MyAccount;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;

/**
 * One's own account; for people alone. It stands in the menu of the person, not in the main one.
 */
@Route(value = "account", layout = ConsoleFrame.class)
@PermitAll
public class AccountView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient MyAccount account;
    private final transient Caller caller;
    private final transient Visitor visitor;
    private final transient List<AccountSection> more;

    AccountView(MyAccount account, Visitor visitor, ObjectProvider<AccountSection> more) {
        super("account", "account.title");
        this.account = account;
        this.caller = visitor.caller();
        this.visitor = visitor;
        this.more = more.orderedStream().toList();
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (caller.kind() != Caller.Kind.USER) {
            event.forwardTo("verify");
        }
    }

    @Override
    protected void build() {
        if (caller.kind() != Caller.Kind.USER) {
            return;
        }
        var profile = account.profile(caller);
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("account.title")),
                                        Markup.paragraph(
                                                "",
                                                getTranslation(
                                                        "account.lead", profile.username())))),
                        "view-head"));
        if (visitor.mustSetUpSecondFactor()) {
            add(factorFirst());
        }
        var sections = Markup.div("account-sections");
        sections.add(new ProfileSection(account, caller, profile), appearance());
        if (profile.hasPassword()) {
            sections.add(
                    new PasswordSection(account, caller), new SecondFactorSection(account, caller));
        }
        more.forEach(each -> sections.add(each.create(caller)));
        sections.add(new SessionSection(account, caller), new TenantSection(account, caller));
        add(sections);
    }

    /** What is asked of him; the link loads the page anew, with the rights that he has then. */
    private Div factorFirst() {
        var on = new Anchor(".", getTranslation("account.factor-first.on"));
        on.setRouterIgnore(true);
        return Markup.div(
                "callout callout-warn",
                Glyph.LOCK.draw(),
                Markup.div(
                        "",
                        Markup.span("callout-title", getTranslation("account.factor-first")),
                        Markup.paragraph("", getTranslation("account.factor-first.text")),
                        on));
    }

    private Div appearance() {
        return Markup.div(
                "panel",
                Markup.section("", getTranslation("account.appearance"), new PreferenceSwitches()));
    }
}
