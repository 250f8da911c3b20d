package assay.web.console.signin;

import assay.web.console.ConsoleView;
import assay.web.console.PreferenceSwitches;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Stamp;
import assay.web.identity.federation.SignInButtons;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import org.jspecify.annotations.Nullable;

/** The first page: what this is, the way in with an account, and the way in without one. */
@Route(value = "sign-in", autoLayout = false)
@AnonymousAllowed
public class SignInView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient SignInButtons buttons;
    private boolean refused;
    private @Nullable String reason;
    private @Nullable String tenant;

    SignInView(SignInButtons buttons) {
        super("sign-in", "sign-in.title");
        this.buttons = buttons;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        var query = event.getLocation().getQueryParameters();
        refused = query.getParameters().containsKey("error");
        reason = query.getSingleParameter("refused").orElse(null);
        tenant = query.getSingleParameter("tenant").orElse(null);
        if (isAttached()) {
            removeAll();
            build();
        }
    }

    @Override
    protected void build() {
        add(slab(), door());
    }

    private Div slab() {
        var steps = new OrderedList();
        steps.setClassName("promise");
        steps.add(promise(Stamp.Kind.RUNNING, "sign-in.promise.ask"));
        steps.add(promise(Stamp.Kind.UNDECIDED, "sign-in.promise.try"));
        steps.add(promise(Stamp.Kind.PROVED, "sign-in.promise.check"));
        return Markup.div(
                "slab",
                PreferenceSwitches.brand(getTranslation("app.name")),
                Markup.div(
                        "slab-words",
                        Markup.paragraph("motto", getTranslation("app.motto")),
                        Markup.paragraph("lead", getTranslation("sign-in.lead")),
                        steps));
    }

    private ListItem promise(Stamp.Kind kind, String key) {
        return new ListItem(new Stamp(kind), new Span(getTranslation(key)));
    }

    private Div door() {
        var form = new SignInForm(refused);
        var others = new OtherWays(buttons.buttons(tenant), reason);
        var guest = new Anchor("verify", new Span(getTranslation("sign-in.guest.go")));
        guest.add(Glyph.ARROW.draw());
        guest.setClassName("button");
        var asGuest =
                Markup.div(
                        "as-guest",
                        new H2(getTranslation("sign-in.guest.title")),
                        Markup.paragraph("", getTranslation("sign-in.guest.text")),
                        guest);
        return Markup.div(
                "door",
                new PreferenceSwitches(),
                Markup.div("door-middle", new H1(getTranslation("sign-in.title")), form, others, asGuest));
    }
}
