package assay.web.console.search;

import assay.web.WebException;
import assay.web.console.MovingView;
import assay.web.console.Visitor;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Location;
import com.vaadin.flow.router.QueryParameters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What happened over time, the newest first: asked for by range and filters, gone on with page by
 * page, followed live. What is asked stands in the address, so that it can be sent to somebody.
 *
 * @param <R> what is found
 */
public abstract class SearchView<R> extends MovingView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;

    /** As many as are asked for at once. */
    protected static final int PAGE = 100;

    /** What happened may be found a little later; the table knows which it has. */
    private static final Duration LATE = Duration.ofMinutes(1);

    private final String route;
    private final String usual;
    private final transient Texts texts;
    private final transient Caller caller;
    private final transient InstantSource clock;
    private final Div list = Markup.div("search-list");
    private final Span live = Markup.span("hint", "");
    private final Button liveButton = new Button();
    private final Button older = new Button();
    private final Paragraph partly = Markup.paragraph("hint", "");
    private Map<String, String> asked;
    private transient @Nullable SearchFilters filters;
    private transient @Nullable RangePicker ranges;
    private transient @Nullable FoundTable<R> table;
    private transient @Nullable Supplier<FoundPage<R>> next;
    private transient @Nullable Runnable watched;
    private boolean living;
    private boolean followed;

    /**
     * The page's own texts by their keys.
     *
     * @param older on the button that shows older ones
     * @param live that new ones appear by themselves
     * @param came how many just did
     */
    public record Texts(String title, String lead, String older, String live, String came) {}

    /**
     * @param usual the range, where the address names none
     */
    protected SearchView(
            String route, String usual, Texts texts, Visitor visitor, InstantSource clock) {
        super(route, texts.title());
        this.route = route;
        this.usual = usual;
        this.texts = texts;
        this.caller = visitor.caller();
        this.clock = clock;
        asked = ranged(Map.of());
        older.addClickListener(click -> more());
        liveButton.addClickListener(click -> live(!living));
    }

    /** The first page of what the address asks for. */
    protected abstract FoundPage<R> find();

    /**
     * The newest within the times that match the other filters.
     *
     * @param first the only one of the calls that is recorded
     */
    protected abstract List<R> newest(Instant from, Instant to, boolean first);

    /** What the rows go into. */
    protected abstract FoundTable<R> emptyTable();

    /** What stands in place of the table when nothing was found. */
    protected abstract EmptyState none();

    protected final Caller caller() {
        return caller;
    }

    protected final Instant now() {
        return clock.instant();
    }

    /** The parameters of the address. */
    protected final Map<String, String> asked() {
        return asked;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        var parameters = new LinkedHashMap<String, String>();
        event.getLocation()
                .getQueryParameters()
                .getParameters()
                .forEach((name, values) -> parameters.put(name, values.getLast()));
        asked = ranged(parameters);
        if (filled()) {
            search();
        }
    }

    private Map<String, String> ranged(Map<String, String> parameters) {
        var ranged = new LinkedHashMap<>(parameters);
        if (!ranged.containsKey("from")) {
            ranged.putIfAbsent("range", usual);
        }
        return ranged;
    }

    /**
     * @param tools what stands at the end of the line
     */
    protected final Header head(Component... tools) {
        var head =
                new Header(
                        Markup.div(
                                "view-title",
                                new H1(getTranslation(texts.title())),
                                Markup.paragraph("", getTranslation(texts.lead()))));
        head.add(tools);
        return Markup.with(head, "view-head");
    }

    /**
     * Shows the fields and what is found.
     *
     * @param above what stands above the list
     */
    protected final void begin(SearchFilters choices, Component... above) {
        var range = new RangePicker(clock, this::askAnew);
        choices.onChange(this::askAnew);
        filters = choices;
        ranges = range;
        filled();
        Markup.role(live, "status");
        live(living);
        older.setText(getTranslation(texts.older()));
        add(choices, Markup.div("search-bar", range, liveButton, live));
        add(above);
        add(list, partly, older);
        search();
    }

    /** Asks for this in place of what is asked; fields and address show it. */
    protected final void ask(Map<String, String> parameters) {
        asked = ranged(parameters);
        if (filled()) {
            askAnew();
        }
    }

    /** Puts what is asked into the fields, if they are there. */
    private boolean filled() {
        if (filters == null || ranges == null) {
            return false;
        }
        filters.show(asked);
        ranges.show(asked);
        return true;
    }

    /** Asks for what the fields say. */
    private void askAnew() {
        var now = new LinkedHashMap<String, String>();
        if (filters != null && ranges != null) {
            now.putAll(ranges.values());
            now.putAll(new TreeMap<>(filters.values()));
        }
        asked = ranged(now);
        getUI().ifPresent(ui ->
                ui.getPage()
                        .getHistory()
                        .replaceState(null, new Location(route, QueryParameters.simple(asked))));
        search();
    }

    private void search() {
        list.removeAll();
        older.setVisible(false);
        partly.setVisible(false);
        table = null;
        next = null;
        followed = false;
        attempt(() -> {
            FoundPage<R> page = find();
            if (page.found().isEmpty() && page.older() == null) {
                list.add(none());
            } else {
                FoundTable<R> rows = emptyTable();
                table = rows;
                list.add(rows);
                append(rows, page);
            }
        });
    }

    private void append(FoundTable<R> rows, FoundPage<R> page) {
        rows.add(page.found());
        next = page.older();
        older.setVisible(next != null);
        partly.setVisible(page.partly() != null);
        partly.setText(page.partly());
    }

    private void more() {
        FoundTable<R> rows = table;
        Supplier<FoundPage<R>> page = next;
        if (rows != null && page != null) {
            attempt(() -> append(rows, page.get()));
        }
    }

    /** Does it, or says why it was not done. */
    protected final void attempt(Runnable action) {
        try {
            action.run();
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    // -- what moves by itself

    /** Opens a dialog that shows what is so now as long as it is open. */
    protected final void watch(Dialog dialog, Runnable look) {
        watched = look;
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                watched = null;
                poll();
            }
        });
        dialog.open();
        poll();
    }

    protected final void live(boolean on) {
        living = on;
        liveButton.setText(getTranslation(on ? "search.live.pause" : "search.live.start"));
        liveButton.getElement().setAttribute("aria-pressed", Boolean.toString(on));
        live.setText(on ? getTranslation(texts.live()) : "");
        poll();
    }

    @Override
    protected boolean moves() {
        return living || watched != null;
    }

    @Override
    protected void refresh() {
        if (watched != null) {
            watched.run();
        }
        if (living) {
            tail();
        }
    }

    private void tail() {
        try {
            Instant now = now();
            List<R> newest = newest(now.minus(LATE), now, !followed);
            followed = true;
            FoundTable<R> rows = table;
            if (rows != null) {
                int came = rows.addNewer(newest);
                if (came > 0) {
                    live.setText(getTranslation(texts.came(), came));
                }
            } else if (!newest.isEmpty()) {
                search();
            }
        } catch (WebException e) {
            live(false);
            list.addComponentAsFirst(new Trouble(e));
        }
    }
}
