package assay.web.console.cluster;

import assay.web.WebException;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.insight.ClusterHistory;
import assay.web.insight.ClusterHistory.Subject;
import assay.web.insight.HistoryEvent;
import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why it is here, why it moved: a history, newest first, asked for page by page. */
public class EventList extends Div {
    private static final long serialVersionUID = 1L;
    private static final int PAGE = 20;

    /** Those that have words of their own; another is shown by its name. */
    private static final Set<String> KNOWN =
            Set.of(
                    "placed",
                    "renewed",
                    "stages-moved",
                    "adopted",
                    "all-loaded",
                    "probe-passed",
                    "probe-failed",
                    "stage-failed",
                    "node-gone",
                    "lease-ended",
                    "withdrawn",
                    "dismissed",
                    "joined",
                    "heard",
                    "silent",
                    "session-broke",
                    "given-up",
                    "cordoned",
                    "uncordoned",
                    "draining",
                    "drained",
                    "labelled",
                    "tainted",
                    "removed",
                    "applied",
                    "scaled",
                    "waiting",
                    "preempted",
                    "room-planned",
                    "room-move-begun",
                    "room-made",
                    "room-given-up",
                    "duty-set");

    private final transient ClusterHistory history;
    private final transient Caller caller;
    private final transient Subject subject;
    private final OrderedList list = new OrderedList();
    private final NativeButton older = new NativeButton();
    private long last;

    public EventList(ClusterHistory history, Caller caller, Subject subject) {
        this.history = history;
        this.caller = caller;
        this.subject = subject;
        setClassName("events");
        list.setClassName("event-list");
        older.setClassName("button");
        older.getElement().setAttribute("type", "button");
        older.addClickListener(click -> next());
    }

    @Override
    protected void onAttach(AttachEvent event) {
        older.setText(getTranslation("history.older"));
        reload();
    }

    /** Begins anew with the newest. */
    public void reload() {
        last = 0;
        list.removeAll();
        removeAll();
        add(list, older);
        next();
    }

    private void next() {
        try {
            var page = history.page(caller, subject, PAGE, last);
            if (page.events().isEmpty() && last == 0) {
                removeAll();
                add(
                        new EmptyState(
                                Glyph.CLOCK,
                                getTranslation("history.empty.title"),
                                getTranslation("history.empty.text")));
                return;
            }
            page.events().forEach(each -> list.add(item(each)));
            if (!page.events().isEmpty()) {
                last = page.events().getLast().id();
            }
            older.setVisible(page.more());
        } catch (WebException e) {
            removeAll();
            var again = new NativeButton(getTranslation("history.again"), click -> reload());
            again.setClassName("button");
            add(new Trouble(e), again);
        }
    }

    private ListItem item(HistoryEvent event) {
        var item = new ListItem();
        item.setClassName("event");
        var head =
                Markup.div(
                        "event-head",
                        Markup.span("event-title", title(event)),
                        states(event),
                        new TimeText(event.unixMillis(), getLocale()));
        item.add(Markup.span("event-dot " + tone(event), ""), Markup.div("event-body", head));
        var body = (Div) item.getChildren().skip(1).findFirst().orElseThrow();
        if (!event.reason().isEmpty()) {
            var reason = new Paragraph();
            reason.setClassName("event-reason");
            ReasonText.show(reason, event.reason());
            body.add(reason);
        }
        body.add(facts(event));
        if (!event.stages().isEmpty()) {
            body.add(places(event.stages()));
        }
        return item;
    }

    private String title(HistoryEvent event) {
        String id = event.event().toLowerCase(Locale.ROOT).replace('_', '-');
        return KNOWN.contains(id) ? getTranslation("event." + id) : event.event();
    }

    /** From which state to which, when both are there and differ. */
    private Span states(HistoryEvent event) {
        var states = Markup.span("event-states", "");
        if (!event.to().isEmpty() && !event.to().equals(event.from())) {
            states.setText(
                    event.from().isEmpty()
                            ? state(event.kind(), event.to())
                            : getTranslation(
                                    "history.from-to",
                                    state(event.kind(), event.from()),
                                    state(event.kind(), event.to())));
        }
        return states;
    }

    private String state(String kind, String name) {
        String id = name.toLowerCase(Locale.ROOT);
        boolean replica =
                Set.of(
                                "waiting",
                                "loading",
                                "probing",
                                "serving",
                                "recovering",
                                "draining",
                                "broken")
                        .contains(id);
        if (kind.equals("replica") && replica) {
            return getTranslation("replica.state." + id);
        }
        boolean node = Set.of("ready", "suspect", "lost").contains(id);
        return kind.equals("node") && node ? getTranslation("node.state." + id) : name;
    }

    private Div facts(HistoryEvent event) {
        var facts = Markup.div("event-facts hint");
        if (!event.replicaId().isEmpty() && !(subject instanceof Subject.OfReplica)) {
            facts.add(
                    new Anchor(
                            "replicas/" + event.replicaId(),
                            getTranslation("history.replica", shortId(event.replicaId()))));
        }
        if (!event.nodeId().isEmpty() && !(subject instanceof Subject.OfNode)) {
            facts.add(new Anchor("nodes/" + event.nodeId(), event.nodeName()));
        }
        if (event.epoch() > 0) {
            facts.add(new Span(getTranslation("history.epoch", Long.toString(event.epoch()))));
        }
        facts.setVisible(facts.getChildren().findAny().isPresent());
        return facts;
    }

    private OrderedList places(List<HistoryEvent.Place> places) {
        var stages = new OrderedList();
        stages.setClassName("event-stages");
        for (HistoryEvent.Place each : places) {
            var item = new ListItem();
            item.add(
                    new Span(
                            getTranslation(
                                    "history.place",
                                    each.index() + 1,
                                    each.firstLayer(),
                                    each.endLayer() - 1)),
                    new Anchor("nodes/" + each.nodeId(), each.nodeName()),
                    Markup.span("mono", each.deviceId()));
            if (each.moved()) {
                item.add(Markup.span("event-moved", getTranslation("history.moved")));
            }
            stages.add(item);
        }
        return stages;
    }

    private static String tone(HistoryEvent event) {
        String to = event.to().toLowerCase(Locale.ROOT);
        return switch (to) {
            case "serving", "ready" -> "event-good";
            case "broken", "lost" -> "event-bad";
            case "waiting", "suspect", "recovering" -> "event-warn";
            default -> "";
        };
    }

    /** The first characters of an id: enough to tell replicas of one deployment apart. */
    public static String shortId(@Nullable String id) {
        return id == null ? "" : id.length() <= 8 ? id : id.substring(0, 8);
    }
}
