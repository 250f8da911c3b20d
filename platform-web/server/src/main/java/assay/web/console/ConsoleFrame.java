package assay.web.console;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Access;
import assay.web.identity.Caller;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.applayout.AppLayout;
import com.vaadin.flow.component.applayout.DrawerToggle;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.menubar.MenuBar;
import com.vaadin.flow.component.sidenav.SideNav;
import com.vaadin.flow.component.sidenav.SideNavItem;
import com.vaadin.flow.i18n.LocaleChangeEvent;
import com.vaadin.flow.i18n.LocaleChangeObserver;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import com.vaadin.flow.server.menu.MenuConfiguration;
import com.vaadin.flow.spring.security.AuthenticationContext;
import java.util.Locale;

/**
 * The page around the views: navigation at the side, on narrow screens behind a button. It lists
 * every view that carries {@code @Menu} and that the visitor may open.
 */
@AnonymousAllowed
public class ConsoleFrame extends AppLayout implements LocaleChangeObserver {
    private static final long serialVersionUID = 1L;

    private final transient Caller caller;
    private final transient AuthenticationContext authentication;
    private final Div top = Markup.div("topbar");
    private final Div side = Markup.div("side");

    ConsoleFrame(Visitor visitor, AuthenticationContext authentication) {
        this.caller = visitor.caller();
        this.authentication = authentication;
        setPrimarySection(Section.DRAWER);
        addToNavbar(top);
        addToDrawer(side);
    }

    @Override
    public void localeChange(LocaleChangeEvent event) {
        top.removeAll();
        side.removeAll();
        setI18n(new AppLayoutI18n().setDrawer(getTranslation("nav.label")));
        var toggle = new DrawerToggle();
        toggle.setAriaLabel(getTranslation("nav.toggle"));
        top.add(skipLink(), Markup.with(new Header(toggle, home()), "topbar-line"));
        side.add(home(), navigation(), Markup.div("side-end", new PreferenceSwitches(), person()));
    }

    private NativeButton skipLink() {
        var skip = new NativeButton(getTranslation("nav.skip"));
        skip.setClassName("skip");
        skip.addClickListener(click ->
                skip.getElement()
                        .executeJs("document.getElementById($0)?.focus()", ConsoleView.ID));
        return skip;
    }

    private Anchor home() {
        var home = new Anchor(".", PreferenceSwitches.brand(getTranslation("app.name")));
        home.setClassName("home");
        home.setHref(caller.kind() == Caller.Kind.GUEST ? "verify" : ".");
        return home;
    }

    private SideNav navigation() {
        var navigation = new SideNav();
        navigation.getElement().setAttribute("aria-label", getTranslation("nav.label"));
        for (var entry : MenuConfiguration.getMenuEntries()) {
            if (!Access.mayOpen(caller, entry.path())) {
                continue;
            }
            var glyph = Glyph.valueOf(String.valueOf(entry.icon()));
            var item = new SideNavItem(getTranslation(entry.title()), entry.path(), glyph.draw());
            item.setMatchNested(!entry.path().isEmpty() && !entry.path().equals("/"));
            navigation.addItem(item);
        }
        return navigation;
    }

    private Component person() {
        if (caller.kind() == Caller.Kind.GUEST) {
            var signIn = new Anchor("sign-in", Glyph.SIGN_IN.draw());
            signIn.add(new Span(getTranslation("person.sign-in")));
            signIn.setClassName("quiet");
            signIn.setRouterIgnore(true);
            return Markup.div("guest", whoItIs(), signIn);
        }
        var menu = new MenuBar();
        menu.setClassName("person");
        menu.addThemeNames("tertiary");
        menu.setI18n(new MenuBar.MenuBarI18n().setMoreOptions(getTranslation("nav.more")));
        var root = menu.addItem(whoItIs());
        root.setAriaLabel(getTranslation("person.menu", caller.name()));
        var account = Markup.div("menu-line", Glyph.PERSON.draw());
        account.add(new Span(getTranslation("account.title")));
        root.getSubMenu()
                .addItem(account, click -> getUI().ifPresent(ui -> ui.navigate("account")));
        var signOut = Markup.div("menu-line", Glyph.SIGN_OUT.draw());
        signOut.add(new Span(getTranslation("person.sign-out")));
        root.getSubMenu().addItem(signOut, click -> authentication.logout());
        return menu;
    }

    private Div whoItIs() {
        boolean guest = caller.kind() == Caller.Kind.GUEST;
        String name = guest ? getTranslation("person.guest") : caller.name();
        var initial = Markup.span("initial", name.substring(0, 1).toUpperCase(Locale.ROOT));
        initial.getElement().setAttribute("aria-hidden", "true");
        String role =
                getTranslation(
                        guest
                                ? "person.guest-role"
                                : "role." + caller.role().toLowerCase(Locale.ROOT));
        return Markup.div(
                "who",
                initial,
                Markup.div(
                        "who-text", Markup.span("who-name", name), Markup.span("who-role", role)));
    }
}
