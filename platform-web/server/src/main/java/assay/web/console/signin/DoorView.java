package assay.web.console.signin;

import assay.web.console.ConsoleView;
import assay.web.console.PreferenceSwitches;
import assay.web.console.part.Markup;
import assay.web.console.part.Stamp;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.QueryParameters;
import java.util.Optional;

/** A page of who is not signed in yet: what this is at one side, what is asked for at the other. */
abstract class DoorView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    private final String titleKey;
    private QueryParameters told = QueryParameters.empty();

    DoorView(String titleKey) {
        super("sign-in", titleKey);
        this.titleKey = titleKey;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        told = event.getLocation().getQueryParameters();
        if (isAttached()) {
            removeAll();
            build();
        }
    }

    /** Whether the address says so, as after a form that was refused. */
    final boolean told(String name) {
        return told.getParameters().containsKey(name);
    }

    final Optional<String> value(String name) {
        return told.getSingleParameter(name).filter(each -> each.matches("[a-z0-9-]{1,40}"));
    }

    /** What is asked for, under the title. */
    abstract Component[] middle();

    @Override
    protected void build() {
        var middle = Markup.div("door-middle", new H1(getTranslation(titleKey)));
        middle.add(middle());
        add(slab(), Markup.div("door", new PreferenceSwitches(), middle));
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
}
