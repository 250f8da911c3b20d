package assay.web.console.overview;

import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Latest;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import org.jspecify.annotations.Nullable;

/** The cluster as it is now. Needs {@code node:read}; who lacks it is sent on to Verify. */
@Route(value = "", layout = ConsoleFrame.class)
@Menu(title = "nav.overview", order = 1, icon = "OVERVIEW")
@PermitAll
public class OverviewView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient ClusterInsight insight;
    private final transient Caller caller;
    private transient @Nullable AutoCloseable following;

    private final Div status = Markup.div("live");
    private final Div banner = Markup.div("callout callout-warn");
    private final Div body = Markup.div("overview-body");
    private final Span spoken = Markup.readOut("");
    private @Nullable ClusterBoard board;
    private String shownStatus = "";

    OverviewView(ClusterInsight insight, Visitor visitor) {
        super("overview", "overview.title");
        this.insight = insight;
        this.caller = visitor.caller();
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (!caller.may(Permission.NODE_READ)) {
            event.forwardTo("verify");
        }
    }

    @Override
    protected void build() {
        Markup.role(spoken, "status");
        board = null;
        shownStatus = "";
        body.removeAll();
        banner.removeAll();
        banner.add(
                Glyph.UNPLUGGED.draw(),
                Markup.div(
                        "",
                        Markup.span("callout-title", getTranslation("overview.disconnected.title")),
                        new Span(getTranslation("overview.disconnected.text"))));
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("overview.title")),
                                        Markup.paragraph("", getTranslation("overview.lead"))),
                                status),
                        "view-head"),
                banner,
                body,
                spoken);
        show(insight.now(caller));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        following = insight.follow(caller, new Latest<>(event.getUI(), this::show));
    }

    @Override
    protected void onDetach(DetachEvent event) {
        var ending = following;
        following = null;
        if (ending != null) {
            try {
                ending.close();
            } catch (Exception e) {
                throw new IllegalStateException("the cluster could not be unfollowed", e);
            }
        }
    }

    private void show(ClusterPicture picture) {
        showStatus(picture);
        if (!picture.known()) {
            showUnknown(picture.connected());
            return;
        }
        if (board == null) {
            board = new ClusterBoard(new Figures(getLocale()));
            body.removeAll();
            body.add(board);
        }
        body.setClassName("old", !picture.connected());
        board.show(picture);
    }

    /** Says it again only when it changed: a screen reader would read each repetition. */
    private void showStatus(ClusterPicture picture) {
        long ready = NodeCard.ready(picture.snapshot().getNodesList());
        String now =
                picture.connected()
                        ? getTranslation(
                                "overview.spoken",
                                ready,
                                picture.snapshot().getNodesCount(),
                                ReplicaPanel.serving(picture.snapshot().getReplicasList()))
                        : getTranslation("overview.disconnected.title");
        if (!now.equals(shownStatus)) {
            shownStatus = now;
            spoken.setText(now);
        }
        status.removeAll();
        status.setClassName("live-off", !picture.connected());
        status.add(Markup.span("live-dot", ""));
        status.add(
                new Span(
                        getTranslation(
                                picture.connected() ? "overview.live" : "overview.not-live")));
        if (picture.known()) {
            status.add(new TimeText(picture.snapshot().getUnixMillis(), getLocale()));
        }
        banner.setVisible(picture.known() && !picture.connected());
    }

    private void showUnknown(boolean connected) {
        if (body.getChildren().anyMatch(EmptyState.class::isInstance)) {
            return;
        }
        board = null;
        body.removeAll();
        body.add(
                connected
                        ? new EmptyState(
                                Glyph.HALF,
                                getTranslation("overview.loading.title"),
                                getTranslation("overview.loading.text"))
                        : new EmptyState(
                                Glyph.UNPLUGGED,
                                getTranslation("overview.unreachable.title"),
                                getTranslation("overview.unreachable.text")));
    }
}
