package assay.web.console.deployments;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.deployments.DeploymentSpec;
import assay.web.deployments.Deployments;
import assay.web.deployments.Plan;
import assay.web.identity.Caller;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteParam;
import com.vaadin.flow.router.RouteParameters;
import jakarta.annotation.security.PermitAll;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Creates a deployment or changes one: first the form, then the plan, and only then the change. A
 * plan is good for what was entered when it was made: another entry needs another plan.
 */
@Route(value = "deploy/:name?", layout = ConsoleFrame.class)
@PermitAll
public class DeployView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final transient Deployments deployments;
    private final transient Caller caller;
    private transient @Nullable DeploymentSpec draft;
    private transient @Nullable DeploymentSpec planned;
    private @Nullable String name;
    private @Nullable DeploymentForm form;
    private final Div preview = Markup.role(Markup.div("preview"), "status");
    private final Div trouble = Markup.div("");
    private final Button apply = new Button();

    DeployView(Deployments deployments, Visitor visitor) {
        super("deploy", "deploy.title");
        this.deployments = deployments;
        this.caller = visitor.caller();
        apply.addClickListener(click -> apply());
        apply.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        name = event.getRouteParameters().get("name").orElse(null);
        draft = null;
        planned = null;
        if (isAttached()) {
            removeAll();
            build();
        }
    }

    @Override
    protected void build() {
        preview.removeAll();
        trouble.removeAll();
        var back = new Anchor("deployments", getTranslation("deployments.title"));
        back.setClassName("back");
        String given = name;
        String title =
                given == null
                        ? getTranslation("deploy.title")
                        : getTranslation("deploy.change.title", given);
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        back,
                                        new H1(title),
                                        Markup.paragraph("", getTranslation("deploy.lead")))),
                        "view-head"));
        try {
            var versions = deployments.versions(caller);
            if (versions.isEmpty()) {
                add(
                        new EmptyState(
                                Glyph.CHIP,
                                getTranslation("deploy.no-model.title"),
                                getTranslation("deploy.no-model.text")));
                return;
            }
            if (form != null && draft != null) {
                draft = form.draft(); // the language changed: what was entered stays
            }
            var start = draft;
            if (start == null && given != null) {
                start = deployments.find(caller, given).map(each -> each.spec()).orElse(null);
                if (start == null) {
                    add(
                            new EmptyState(
                                    Glyph.QUESTION,
                                    getTranslation("deployments.missing.title"),
                                    getTranslation("deployments.missing.text")));
                    return;
                }
            }
            var fresh = new DeploymentForm(versions, start, given != null, this::changed);
            form = fresh;
            draft = fresh.draft();
            arrange(fresh);
        } catch (WebException e) {
            add(new Trouble(e));
        }
    }

    private void arrange(DeploymentForm shown) {
        var plan = new Button(getTranslation("deploy.plan"), click -> plan());
        plan.setPrefixComponent(Glyph.EYE.draw());
        apply.setText(getTranslation(name == null ? "deploy.apply" : "deploy.apply.change"));
        apply.setVisible(false);
        showNoPlan();
        add(
                Markup.div(
                        "deploy-columns",
                        shown,
                        Markup.section(
                                "panel preview-panel",
                                getTranslation("plan.title"),
                                Markup.div("buttons", plan, apply),
                                trouble,
                                preview)));
    }

    private void showNoPlan() {
        preview.removeAll();
        preview.add(Markup.paragraph("hint", getTranslation("plan.none")));
    }

    /** Another entry needs another plan. */
    private void changed() {
        if (planned != null) {
            planned = null;
            apply.setVisible(false);
            preview.removeAll();
            preview.add(Markup.paragraph("hint", getTranslation("plan.old")));
        }
    }

    private void plan() {
        var entered = entered();
        if (entered == null) {
            return;
        }
        try {
            var plan = deployments.plan(caller, entered);
            planned = plan instanceof Plan.Refused ? null : entered;
            preview.removeAll();
            preview.add(new PlanPanel(plan, new Figures(getLocale())));
            apply.setVisible(planned != null);
            apply.setText(
                    getTranslation(
                            plan instanceof Plan.Waiting
                                    ? "deploy.apply.wait"
                                    : name == null ? "deploy.apply" : "deploy.apply.change"));
        } catch (WebException e) {
            complain(e);
        }
    }

    private void apply() {
        var agreed = planned;
        if (agreed == null) {
            return;
        }
        try {
            deployments.apply(caller, UUID.randomUUID().toString(), agreed);
            getUI().ifPresent(ui ->
                    ui.navigate(
                            DeploymentView.class,
                            new RouteParameters(new RouteParam("name", agreed.name()))));
        } catch (WebException e) {
            complain(e);
        }
    }

    private @Nullable DeploymentSpec entered() {
        trouble.removeAll();
        var shown = form;
        return shown == null || !shown.check() ? null : shown.draft();
    }

    private void complain(WebException e) {
        trouble.removeAll();
        trouble.add(new Trouble(e));
    }
}
