package assay.web.console.nodes;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.ClusterView;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.ReasonText;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Permission;
import assay.web.insight.ClusterInsight;
import assay.web.insight.ClusterPicture;
import assay.web.insight.Node;
import assay.web.insight.Reason;
import assay.web.nodes.NodeOperations;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All machines, a page of them at a time. */
@Route(value = "nodes", layout = ConsoleFrame.class)
@Menu(title = "nav.nodes", order = 3, icon = "NODE")
@PermitAll
public class NodesView extends ClusterView {
    private static final long serialVersionUID = 1L;
    private static final int PAGE = 50;

    private final transient NodeOperations operations;
    private final Div alerts = Markup.div("alerts");
    private final Div list = Markup.div("");
    private final Span count = Markup.span("hint", "");
    private final Div pager = Markup.div("pager");
    private final NativeButton before = new NativeButton();
    private final NativeButton after = new NativeButton();
    private @Nullable NodeTable table;
    private String filter = "";
    private String alerted = "";
    private int page;

    NodesView(ClusterInsight insight, NodeOperations operations, Visitor visitor) {
        super("nodes", "nodes.title", insight, visitor.caller());
        this.operations = operations;
        for (NativeButton each : new NativeButton[] {before, after}) {
            each.setClassName("button");
            each.getElement().setAttribute("type", "button");
        }
        before.addClickListener(click -> turn(-1));
        after.addClickListener(click -> turn(1));
    }

    @Override
    protected Component title() {
        return title(getTranslation("nodes.title"), getTranslation("nodes.lead"));
    }

    @Override
    protected void fill(Div body) {
        alerted = "";
        alerts.removeAll();
        list.removeAll();
        table = new NodeTable(new Figures(getLocale()));
        before.setText(getTranslation("pager.before"));
        after.setText(getTranslation("pager.after"));
        pager.removeAll();
        pager.add(before, count, after);
        var search = new TextField(getTranslation("nodes.filter"));
        search.setPlaceholder(getTranslation("nodes.filter.hint"));
        search.setClearButtonVisible(true);
        search.setValue(filter);
        search.setValueChangeMode(ValueChangeMode.LAZY);
        search.setClassName("filter");
        search.addValueChangeListener(change -> {
            filter = change.getValue();
            page = 0;
            refresh();
        });
        body.add(alerts, Markup.div("toolbar", search), list, pager);
    }

    @Override
    protected void show(ClusterPicture picture) {
        showAlerts(picture);
        var shown = table;
        if (shown == null) {
            return;
        }
        List<Node> found = picture.nodes().stream().filter(each -> matches(each, filter)).toList();
        if (found.isEmpty()) {
            boolean none = picture.nodes().isEmpty();
            if (list.getChildren().noneMatch(EmptyState.class::isInstance) || none) {
                list.removeAll();
                list.add(none ? noNodes() : noMatch());
            }
        } else if (shown.getParent().isEmpty()) {
            list.removeAll();
            list.add(shown);
        }
        int pages = Math.max(1, (found.size() + PAGE - 1) / PAGE);
        page = Math.clamp(page, 0, pages - 1);
        int from = page * PAGE;
        int to = Math.min(found.size(), from + PAGE);
        shown.show(found.subList(from, to));
        pager.setVisible(pages > 1);
        before.setEnabled(page > 0);
        after.setEnabled(page < pages - 1);
        count.setText(getTranslation("pager.count", from + 1, to, found.size()));
    }

    @Override
    protected String inWords(ClusterPicture picture) {
        return getTranslation("nodes.spoken", ready(picture), picture.nodes().size());
    }

    private static long ready(ClusterPicture picture) {
        return picture.nodes().stream().filter(each -> each.state() == Node.State.READY).count();
    }

    /** By any word of it that stands in name, address, devices, labels, taints, state or duty. */
    static boolean matches(Node node, String filter) {
        String text =
                (node.name()
                                + ' '
                                + node.address()
                                + ' '
                                + node.state()
                                + ' '
                                + node.duty()
                                + ' '
                                + node.labels()
                                + ' '
                                + node.taints()
                                + ' '
                                + node.devices().stream().map(each -> each.name()).toList())
                        .toLowerCase(Locale.ROOT);
        for (String word : filter.toLowerCase(Locale.ROOT).strip().split("\\s+", -1)) {
            if (!text.contains(word)) {
                return false;
            }
        }
        return true;
    }

    private void turn(int by) {
        page += by;
        refresh();
    }

    /** What keeps the scheduler from acting; said again only when it changed. */
    private void showAlerts(ClusterPicture picture) {
        String now = picture.doubt().words() + '\n' + picture.storage();
        if (now.equals(alerted)) {
            return;
        }
        alerted = now;
        alerts.removeAll();
        if (!picture.doubt().isEmpty()) {
            var alert = callout("doubt", picture.doubt());
            if (caller().may(Permission.NODE_MANAGE)) {
                var accept =
                        new NativeButton(getTranslation("nodes.doubt.accept"), click -> accept());
                accept.setClassName("button");
                alert.add(accept);
            }
            alerts.add(alert);
        }
        if (!picture.storage().isEmpty()) {
            alerts.add(callout("storage", Reason.of(picture.storage())));
        }
    }

    private Div callout(String key, Reason words) {
        var said = Markup.span("callout-detail", "");
        ReasonText.show(said, words);
        var callout =
                Markup.div(
                        "callout callout-warn",
                        Glyph.WARNING.draw(),
                        Markup.div(
                                "",
                                Markup.span(
                                        "callout-title", getTranslation("alert." + key + ".title")),
                                new Span(getTranslation("alert." + key + ".text")),
                                said));
        return Markup.role(callout, "alert");
    }

    private void accept() {
        new Confirmation(
                        getTranslation("nodes.doubt.accept"),
                        getTranslation("nodes.doubt.accept.text"),
                        getTranslation("nodes.doubt.accept"),
                        () -> operations.acceptLoss(caller(), UUID.randomUUID().toString()))
                .open();
    }

    private EmptyState noNodes() {
        return new EmptyState(
                Glyph.NODE,
                getTranslation("overview.nodes.none.title"),
                getTranslation("overview.nodes.none.text"),
                Markup.with(new Code("./assay up --agents 2"), "command"));
    }

    private EmptyState noMatch() {
        return new EmptyState(
                Glyph.QUESTION,
                getTranslation("nodes.none.title"),
                getTranslation("nodes.none.text"));
    }
}
