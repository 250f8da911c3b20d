package assay.web.console.verify;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Latest;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.verify.TheoremCommand;
import assay.web.verify.Verification;
import assay.web.verify.Verifications;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Aside;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.router.AfterNavigationEvent;
import com.vaadin.flow.router.AfterNavigationObserver;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteParam;
import com.vaadin.flow.router.RouteParameters;
import com.vaadin.flow.router.RouterLink;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A conjecture and its way to a verdict, live. With an id in its path it shows that verification
 * again; the id can not be guessed, and the service shows it only to who may see it.
 */
@Route(value = "verify/:id?", layout = ConsoleFrame.class)
@Menu(title = "nav.verify", order = 2, icon = "VERIFY")
@AnonymousAllowed
public class VerifyView extends ConsoleView
        implements BeforeEnterObserver, AfterNavigationObserver {
    private static final long serialVersionUID = 1L;
    private static final int HISTORY = 12;

    private final transient Verifications verifications;
    private final transient Caller caller;
    private transient @Nullable AutoCloseable following;
    private transient @Nullable Verification shown;
    private transient Composer.Draft draft = Composer.Draft.empty();
    private @Nullable UUID open;
    private boolean unreadable;

    private final Div result = Markup.div("result");
    private final Span spoken = Markup.readOut("");
    private final RouterLink fresh = new RouterLink();
    private @Nullable Composer composer;
    private @Nullable HistoryList history;
    private @Nullable Timeline timeline;

    VerifyView(Verifications verifications, Visitor visitor) {
        super("verify", "verify.title");
        this.verifications = verifications;
        this.caller = visitor.caller();
        Markup.role(spoken, "status");
    }

    /** Relative to the application's root. */
    static String path(UUID id) {
        return "verify/" + id;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        unfollow();
        if (open != null && composer != null) {
            composer.fill(Composer.Draft.empty());
        }
        shown = null;
        var given = event.getRouteParameters().get("id");
        var id = given.flatMap(VerifyView::parse);
        open = id.orElse(null);
        unreadable = given.isPresent() && id.isEmpty();
    }

    @Override
    public void afterNavigation(AfterNavigationEvent event) {
        timeline = null;
        result.removeAll();
        var id = open;
        if (id == null) {
            if (unreadable) {
                result.add(notFound());
            } else {
                showExamples();
            }
            if (composer != null) {
                composer.running(false);
            }
        } else {
            follow(id);
        }
        fresh.setVisible(event.getRouteParameters().get("id").isPresent());
        refreshHistory();
    }

    @Override
    protected void build() {
        var figures = new Figures(getLocale());
        if (composer != null) {
            draft = composer.draft();
        }
        composer = new Composer(draft, this::start, this::stop);
        history = new HistoryList(figures);
        var aside = Markup.with(new Aside(history), "verify-aside");
        add(
                Markup.with(new Header(title(), fresh()), "view-head"),
                Markup.div("verify-columns", Markup.div("verify-main", composer, result), aside),
                spoken);
        if (caller.kind() == Caller.Kind.GUEST) {
            aside.addComponentAsFirst(guestNote());
        }
        result.removeAll();
        timeline = null;
        var verification = shown;
        if (verification != null) {
            show(verification);
        } else if (open == null) {
            showExamples();
        }
        refreshHistory();
    }

    @Override
    protected void onDetach(DetachEvent event) {
        unfollow();
    }

    private void start(Composer.Draft entered) {
        draft = entered;
        var current = composer;
        if (current == null) {
            return;
        }
        current.forgive();
        try {
            var id =
                    verifications.start(
                            new TheoremCommand(
                                    caller,
                                    UUID.randomUUID().toString(),
                                    "coq",
                                    entered.statement(),
                                    entered.preamble(),
                                    entered.tries(),
                                    null));
            getUI().ifPresent(ui ->
                    ui.navigate(
                            VerifyView.class,
                            new RouteParameters(new RouteParam("id", id.toString()))));
        } catch (WebException e) {
            current.complain(e);
        }
    }

    private void stop() {
        var id = open;
        if (id != null) {
            verifications.cancel(caller, id);
        }
    }

    private void follow(UUID id) {
        try {
            var found = verifications.find(caller, id);
            draft = new Composer.Draft(found.statement(), found.preamble(), found.samples());
            if (composer != null) {
                composer.fill(draft);
            }
            show(found);
            if (found.state() == Verification.State.RUNNING) {
                following =
                        verifications.follow(caller, id, new Latest<>(UI.getCurrent(), this::show));
            }
        } catch (WebException e) {
            result.add(notFound());
        }
    }

    private void unfollow() {
        var ending = following;
        following = null;
        if (ending != null) {
            try {
                ending.close();
            } catch (Exception e) {
                throw new IllegalStateException("the verification could not be unfollowed", e);
            }
        }
    }

    private void show(Verification verification) {
        if (!verification.id().equals(open)) {
            return; // overtaken by a navigation
        }
        shown = verification;
        boolean running = verification.state() == Verification.State.RUNNING;
        if (composer != null) {
            composer.running(running);
        }
        var figures = new Figures(getLocale());
        var steps = timeline;
        if (steps == null) {
            steps = new Timeline(figures);
            timeline = steps;
            result.removeAll();
            result.add(Markup.section("group", getTranslation("verify.steps"), steps));
        }
        steps.show(verification);
        boolean decided = result.getChildren().anyMatch(VerdictPanel.class::isInstance);
        if (running) {
            spoken.setText(steps.nextInWords(verification));
        } else if (!decided) {
            result.addComponentAsFirst(new VerdictPanel(verification, figures));
            var kind = VerdictPanel.kind(verification).id();
            spoken.setText(
                    getTranslation("verdict." + kind + ".title")
                            + ". "
                            + getTranslation("verdict." + kind + ".meaning"));
            unfollow();
            refreshHistory();
        }
    }

    private Div title() {
        return Markup.div(
                "view-title",
                new H1(getTranslation("verify.title")),
                Markup.paragraph("", getTranslation("verify.lead")));
    }

    private RouterLink fresh() {
        fresh.removeAll();
        fresh.setRoute(VerifyView.class);
        fresh.add(Glyph.PLUS.draw(), new Span(getTranslation("verify.new")));
        fresh.setClassName("button");
        return fresh;
    }

    private Div guestNote() {
        return Markup.div(
                "callout callout-info",
                Glyph.LOCK.draw(),
                Markup.div(
                        "",
                        Markup.span("callout-title", getTranslation("verify.guest.title")),
                        new Span(getTranslation("verify.guest.text"))));
    }

    private void showExamples() {
        var list = new UnorderedList();
        list.setClassName("examples");
        for (Example each : Example.values()) {
            var pick = Markup.with(new NativeButton(), "example");
            pick.getElement().setAttribute("type", "button");
            pick.add(
                    Markup.span("example-name", getTranslation(each.nameKey())),
                    new Code(each.statement()));
            pick.addClickListener(click -> pick(each));
            list.add(new ListItem(pick));
        }
        result.removeAll();
        result.add(
                Markup.section(
                        "group",
                        getTranslation("verify.examples"),
                        Markup.paragraph("hint", getTranslation("verify.examples.text")),
                        list));
    }

    private void pick(Example example) {
        var current = composer;
        if (current != null) {
            current.fill(new Composer.Draft(example.statement(), "", current.draft().tries()));
        }
    }

    private EmptyState notFound() {
        return new EmptyState(
                Glyph.QUESTION,
                getTranslation("verify.not-found.title"),
                getTranslation("verify.not-found.text"));
    }

    private void refreshHistory() {
        if (history != null) {
            history.show(recent(), open);
        }
    }

    private List<Verification> recent() {
        try {
            return verifications.recent(caller, HISTORY);
        } catch (WebException e) {
            return List.of();
        }
    }

    /** What is no id names nothing. */
    static Optional<UUID> parse(String id) {
        try {
            return Optional.of(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
