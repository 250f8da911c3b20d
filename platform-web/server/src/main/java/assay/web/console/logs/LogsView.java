package assay.web.console.logs;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.audit.RangePicker;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.logs.LogLine;
import assay.web.logs.LogPage;
import assay.web.logs.LogQuery;
import assay.web.logs.Logs;
import assay.web.tenants.AdminCall;
import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Location;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.QueryParameters;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.shared.Registration;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The log lines of all processes. What is asked stands in the address, so that it can be sent to
 * somebody. Needs {@code settings:manage}.
 */
@Route(value = "logs", layout = ConsoleFrame.class)
@Menu(title = "nav.logs", order = 31, icon = "LINES")
@PermitAll
public class LogsView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;
    private static final int PAGE = 100;
    private static final int EVERY_MILLIS = 2_000;

    /** Lines come to Elasticsearch a little after they were written. */
    private static final Duration LATE = Duration.ofMinutes(1);

    private final transient Logs logs;
    private final transient Caller caller;
    private final transient InstantSource clock;
    private final Div list = Markup.div("logs-list");
    private final Span live = Markup.span("hint", "");
    private final Button liveButton = new Button();
    private final Button older = new Button();
    private Map<String, String> asked = new LinkedHashMap<>();
    private transient @Nullable LogFilters filters;
    private transient @Nullable RangePicker ranges;
    private transient @Nullable LogTable table;
    private transient @Nullable LogQuery shown;
    private transient LogPage.@Nullable Cursor next;
    private boolean living;
    private boolean liveRecorded;
    private @Nullable Registration polls;

    LogsView(Logs logs, Visitor visitor, InstantSource clock) {
        super("logs", "logs.title");
        this.logs = logs;
        this.caller = visitor.caller();
        this.clock = clock;
        older.addClickListener(click -> more());
        liveButton.addClickListener(click -> live(!living));
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        var parameters = new LinkedHashMap<String, String>();
        event.getLocation()
                .getQueryParameters()
                .getParameters()
                .forEach((name, values) -> parameters.put(name, values.getLast()));
        parameters.keySet().retainAll(LogQuery.PARAMETERS);
        asked = parameters;
    }

    @Override
    protected void build() {
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("logs.title")),
                                        Markup.paragraph("", getTranslation("logs.lead")))),
                        "view-head"));
        if (!logs.searchable()) {
            add(
                    new EmptyState(
                            Glyph.LINES,
                            getTranslation("logs.off.title"),
                            getTranslation("logs.off.text")));
            return;
        }
        asked.putIfAbsent("range", "1h");
        var choices = new LogFilters(this::filtered);
        var range = new RangePicker(clock, this::filtered);
        filters = choices;
        ranges = range;
        choices.show(asked);
        range.show(asked);
        Markup.role(live, "status");
        older.setText(getTranslation("logs.older"));
        liveButton.setText(getTranslation(living ? "logs.live.pause" : "logs.live.start"));
        add(choices, Markup.div("audit-bar", range, liveButton, live), list, older);
        search();
    }

    private void filtered() {
        var now = new LinkedHashMap<String, String>();
        if (ranges != null && filters != null) {
            now.putAll(ranges.values());
            now.putAll(new TreeMap<>(filters.values()));
        }
        asked = now;
        getUI().ifPresent(ui ->
                ui.getPage()
                        .getHistory()
                        .replaceState(null, new Location("logs", QueryParameters.simple(now))));
        search();
    }

    private void search() {
        list.removeAll();
        older.setVisible(false);
        table = null;
        shown = null;
        liveRecorded = false;
        try {
            LogQuery query = LogQuery.parse(asked, clock.instant());
            LogPage page = logs.page(AdminCall.console(caller), query, null, PAGE);
            shown = query;
            if (page.lines().isEmpty()) {
                list.add(
                        new EmptyState(
                                Glyph.LINES,
                                getTranslation("logs.none.title"),
                                getTranslation("logs.none.text")));
            } else {
                var rows = new LogTable(this::open);
                table = rows;
                list.add(rows);
                append(page);
            }
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private void append(LogPage page) {
        if (table != null) {
            table.add(page.lines());
        }
        next = page.next();
        older.setVisible(next != null);
    }

    private void more() {
        LogQuery query = shown;
        if (query == null || next == null) {
            return;
        }
        try {
            append(logs.page(AdminCall.console(caller), query, next, PAGE));
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private void open(LogLine line) {
        new LineDialog(this, line).open();
    }

    // -- what moves by itself

    private void live(boolean on) {
        living = on;
        liveButton.setText(getTranslation(on ? "logs.live.pause" : "logs.live.start"));
        liveButton.getElement().setAttribute("aria-pressed", Boolean.toString(on));
        live.setText(on ? getTranslation("logs.live.on") : "");
        poll();
    }

    private void poll() {
        getUI().ifPresent(ui -> ui.setPollInterval(living ? EVERY_MILLIS : -1));
    }

    private void tail() {
        if (!living) {
            return;
        }
        try {
            Instant now = clock.instant();
            LogQuery query = LogQuery.parse(asked, now).within(now.minus(LATE), now);
            LogPage page = logs.tail(AdminCall.console(caller), query, PAGE, !liveRecorded);
            liveRecorded = true;
            if (table == null && !page.lines().isEmpty()) {
                search();
                return;
            }
            int came = table == null ? 0 : table.addNewer(page.lines());
            if (came > 0) {
                live.setText(getTranslation("logs.live.came", came));
            }
        } catch (WebException e) {
            live(false);
            list.addComponentAsFirst(new Trouble(e));
        }
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        polls = event.getUI().addPollListener(poll -> tail());
        poll();
    }

    @Override
    protected void onDetach(DetachEvent event) {
        super.onDetach(event);
        event.getUI().setPollInterval(-1);
        if (polls != null) {
            polls.remove();
            polls = null;
        }
    }
}
