package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.identity.Caller;
import assay.web.identity.Role;
import assay.web.identity.Standing;
import assay.web.identity.account.MyAccount;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.server.VaadinSession;
import com.vaadin.flow.server.WrappedHttpSession;
import java.util.Arrays;

/** The tenants that the person belongs to, and the way from one to another. */
class TenantSection extends Div {
    private static final long serialVersionUID = 1L;

    private final transient MyAccount account;
    private final transient Caller caller;
    private final Div trouble = Markup.div("");

    TenantSection(MyAccount account, Caller caller) {
        this.account = account;
        this.caller = caller;
        setClassName("panel account-wide");
        var list = Markup.with(new UnorderedList(), "account-list");
        account.tenants(caller).forEach(each -> list.add(item(each)));
        add(Markup.section("", getTranslation("account.tenants"), list, trouble));
    }

    private ListItem item(Standing standing) {
        boolean here = standing.tenantId().equals(caller.tenantId());
        var head = Markup.div("account-line", Markup.span("strong", standing.tenantName()));
        if (here) {
            head.add(new Pill(Pill.Tone.GOOD, getTranslation("account.tenant.here")));
        }
        var item =
                new ListItem(
                        Markup.div(
                                "account-item",
                                head,
                                Markup.div("account-facts hint", new Span(role(standing)))));
        if (!here) {
            var go = new Button(getTranslation("account.tenant.go"), click -> move(standing));
            go.setAriaLabel(getTranslation("account.tenant.go.which", standing.tenantName()));
            item.add(go);
        }
        return item;
    }

    private String role(Standing standing) {
        boolean builtIn =
                Arrays.stream(Role.values()).anyMatch(each -> each.id().equals(standing.roleRef()));
        return builtIn ? getTranslation("role." + standing.roleRef()) : standing.role();
    }

    private void move(Standing standing) {
        trouble.removeAll();
        VaadinSession vaadin = VaadinSession.getCurrent();
        if (vaadin == null || !(vaadin.getSession() instanceof WrappedHttpSession session)) {
            return;
        }
        try {
            account.moveTo(caller, standing.tenantId(), session.getHttpSession());
            getUI().ifPresent(ui -> ui.getPage().setLocation("."));
        } catch (WebException e) {
            trouble.add(new Trouble(e));
        }
    }
}
