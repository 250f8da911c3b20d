package assay.web.console.cluster;

import assay.web.console.ConsoleView;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Latest;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A view that follows the cluster while it is shown. It says itself when there is no picture yet,
 * and when the picture is old.
 */
public abstract class ClusterView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient ClusterInsight insight;
    private final transient Caller caller;
    private transient @Nullable AutoCloseable following;

    private final Div status = Markup.div("live");
    private final Div banner = Markup.div("callout callout-warn");
    private final Div body = Markup.div("view-body");
    private final Span spoken = Markup.readOut("");
    private boolean filled;
    private String shownStatus = "";

    protected ClusterView(String css, String titleKey, ClusterInsight insight, Caller caller) {
        super(css, titleKey);
        this.insight = insight;
        this.caller = caller;
        Markup.role(spoken, "status");
    }

    protected final Caller caller() {
        return caller;
    }

    protected final ClusterInsight insight() {
        return insight;
    }

    /** The title, with what stands under it. */
    protected abstract Component title();

    /** What can be done, beside the title. */
    protected List<Component> actions() {
        return List.of();
    }

    /** Fills the empty body: a picture has come. */
    protected abstract void fill(Div body);

    /** Shows the picture in what {@link #fill} made. */
    protected abstract void show(ClusterPicture picture);

    /** What a screen reader says when it changes. */
    protected abstract String inWords(ClusterPicture picture);

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        entered(event);
        if (isAttached()) {
            rebuild(); // the same view with other parameters
        }
    }

    /** Takes the parameters of the address in. */
    protected void entered(BeforeEnterEvent event) {}

    @Override
    protected final void build() {
        filled = false;
        shownStatus = "";
        body.removeAll();
        banner.removeAll();
        banner.add(
                Glyph.UNPLUGGED.draw(),
                Markup.div(
                        "",
                        Markup.span("callout-title", getTranslation("overview.disconnected.title")),
                        new Span(getTranslation("overview.disconnected.text"))));
        var actions = Markup.div("view-actions", status);
        actions().forEach(actions::add);
        add(Markup.with(new Header(title(), actions), "view-head"), banner, body, spoken);
        take(insight.now(caller));
    }

    /** Shows what is known now, once more. */
    protected final void refresh() {
        take(insight.now(caller));
    }

    /** Begins the body anew. */
    protected final void rebuild() {
        filled = false;
        body.removeAll();
        refresh();
    }

    protected static Div title(String title, String lead) {
        return Markup.div("view-title", new H1(title), Markup.paragraph("", lead));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        following = insight.follow(caller, new Latest<>(event.getUI(), this::take));
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

    private void take(ClusterPicture picture) {
        showStatus(picture);
        if (!picture.known()) {
            showUnknown(picture.connected());
            return;
        }
        if (!filled) {
            filled = true;
            body.removeAll();
            fill(body);
        }
        body.setClassName("old", !picture.connected());
        show(picture);
    }

    /** Says it again only when it changed: a screen reader would read each repetition. */
    private void showStatus(ClusterPicture picture) {
        String now =
                picture.connected()
                        ? inWords(picture)
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
            status.add(new TimeText(picture.unixMillis(), getLocale()));
        }
        banner.setVisible(picture.known() && !picture.connected());
    }

    private void showUnknown(boolean connected) {
        if (body.getChildren().anyMatch(EmptyState.class::isInstance)) {
            return;
        }
        filled = false;
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
