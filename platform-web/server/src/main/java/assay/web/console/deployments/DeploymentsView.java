package assay.web.console.deployments;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.ClusterView;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Keyed;
import assay.web.console.part.Markup;
import assay.web.deployments.Deployment;
import assay.web.deployments.Deployments;
import assay.web.identity.Permission;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What shall run, and where it does. */
@Route(value = "deployments", layout = ConsoleFrame.class)
@Menu(title = "nav.deployments", order = 4, icon = "LAYERS")
@PermitAll
public class DeploymentsView extends ClusterView {
    private static final long serialVersionUID = 1L;

    private final transient Known known;
    private final Div trouble = Markup.div("");
    private final Div place = Markup.div("");
    private transient @Nullable Keyed<Deployment, DeploymentCard> cards;
    private transient @Nullable ClusterPicture latest;

    DeploymentsView(ClusterInsight insight, Deployments deployments, Visitor visitor) {
        super("deployments", "deployments.title", insight, visitor.caller());
        this.known = new Known(deployments, caller());
    }

    @Override
    protected Component title() {
        return title(getTranslation("deployments.title"), getTranslation("deployments.lead"));
    }

    @Override
    protected List<Component> actions() {
        return caller().may(Permission.DEPLOYMENT_MANAGE) ? List.of(create()) : List.of();
    }

    private Anchor create() {
        var create = new Anchor("deploy", Glyph.PLUS.draw());
        create.add(new Span(getTranslation("deployments.new")));
        create.setClassName("button primary");
        return create;
    }

    @Override
    protected void fill(Div body) {
        known.expire();
        trouble.removeAll();
        place.removeAll();
        cards =
                new Keyed<>(
                        "deployment-list",
                        each -> each.spec().name(),
                        () -> new DeploymentCard(new Figures(getLocale())),
                        this::show);
        body.add(trouble, place);
    }

    @Override
    protected void show(ClusterPicture picture) {
        latest = picture;
        known.refresh(picture);
        showTrouble(trouble, known);
        var list = cards;
        if (list == null) {
            return;
        }
        if (!known.all().isEmpty()) {
            if (list.getParent().isEmpty()) {
                place.removeAll();
                place.add(list);
            }
            list.show(known.all());
        } else if (known.trouble() == null
                && place.getChildren().noneMatch(EmptyState.class::isInstance)) {
            place.removeAll();
            place.add(nothing());
        }
    }

    private void show(DeploymentCard card, Deployment deployment) {
        var picture = latest;
        if (picture != null) {
            card.show(deployment, picture);
        }
    }

    @Override
    protected String inWords(ClusterPicture picture) {
        return getTranslation("deployments.spoken", known.all().size());
    }

    private EmptyState nothing() {
        String title = getTranslation("deployments.none.title");
        String text = getTranslation("deployments.none.text");
        return caller().may(Permission.DEPLOYMENT_MANAGE)
                ? new EmptyState(Glyph.LAYERS, title, text, create())
                : new EmptyState(Glyph.LAYERS, title, text);
    }

    /** Says once why nothing new is known, and takes it back when it is. */
    static void showTrouble(Div place, Known known) {
        var now = known.trouble();
        if (now == null) {
            place.removeAll();
        } else if (place.getChildren().findAny().isEmpty()) {
            place.add(new Trouble(now));
        }
    }
}
