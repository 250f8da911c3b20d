package assay.web.console.signinsettings;

import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.federation.IdentityProviders;
import assay.web.identity.scim.ScimSettings;
import assay.web.tenants.TenantRegister;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.time.InstantSource;

/** Sign-in settings of the tenant. Needs {@code user:manage}; who lacks it is sent on. */
@Route(value = "sign-in-settings", layout = ConsoleFrame.class)
@Menu(title = "nav.sign-in-settings", order = 30, icon = "LOCK")
@PermitAll
public class SignInSettingsView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient IdentityProviders providers;
    private final transient ScimSettings scim;
    private final transient TenantRegister tenants;
    private final transient Caller caller;
    private final transient InstantSource clock;

    SignInSettingsView(
            IdentityProviders providers,
            ScimSettings scim,
            TenantRegister tenants,
            Visitor visitor,
            InstantSource clock) {
        super("sign-in-settings", "sign-in-settings.title");
        this.providers = providers;
        this.scim = scim;
        this.tenants = tenants;
        this.caller = visitor.caller();
        this.clock = clock;
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
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("sign-in-settings.title")),
                                        Markup.paragraph(
                                                "", getTranslation("sign-in-settings.lead")))),
                        "view-head"),
                new SecondFactorPanel(tenants, caller),
                new ProviderPanel(providers, caller),
                new DirectoryPanel(scim, providers.roles(caller), caller, clock));
    }
}
