package assay.web.console.tenants;

import assay.web.WebException;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A list of what is administered: searched, sorted and shown page by page.
 *
 * @param <T> one thing in it
 */
abstract class ListView<T> extends ConsoleView {
    private static final long serialVersionUID = 1L;
    private static final int PAGE = 25;
    private static final int NAMED = 10;

    /** As many as are looked at; who has more narrows the search. */
    static final int MOST = 500;

    private final transient Caller caller;
    private final Glyph glyph;
    private final Div list = Markup.div("");
    private final Div notices = Markup.div("");
    private final Div pager = Markup.div("pager");
    private final Span count = Markup.span("hint", "");
    private final NativeButton before = new NativeButton();
    private final NativeButton after = new NativeButton();
    private String filter = "";
    private int page;
    private int sorted;
    private boolean descending;
    private @Nullable Selection<T> selection;

    /**
     * A column.
     *
     * @param key of its heading, under the view's own texts
     * @param cell what it shows
     * @param order null when it can not be sorted by
     */
    record Column<T>(String key, Function<T, Component> cell, @Nullable Comparator<T> order) {}

    ListView(String titleKey, Glyph glyph, Visitor visitor) {
        super("admin-list", titleKey);
        this.glyph = glyph;
        this.caller = visitor.caller();
        for (NativeButton each : new NativeButton[] {before, after}) {
            each.setClassName("button");
            each.getElement().setAttribute("type", "button");
        }
        before.addClickListener(click -> turn(-1));
        after.addClickListener(click -> turn(1));
    }

    /** What the service finds; at most {@link #MOST}. */
    abstract List<T> find(String search);

    abstract List<Column<T>> columns();

    /** What stands beside the search, such as the button that makes a new thing. */
    abstract List<Component> tools();

    /** What can be done to several at once; empty where nothing can. */
    Optional<Bulk<T>> bulk() {
        return Optional.empty();
    }

    Caller caller() {
        return caller;
    }

    AdminCall call() {
        return AdminCall.console(caller);
    }

    /** One of the view's own texts. */
    abstract String text(String key, Object... parameters);

    @Override
    protected void build() {
        before.setText(getTranslation("pager.before"));
        after.setText(getTranslation("pager.after"));
        pager.removeAll();
        pager.add(before, count, after);
        var search = new TextField(text("search"));
        search.setClearButtonVisible(true);
        search.setValue(filter);
        search.setValueChangeMode(ValueChangeMode.LAZY);
        search.setClassName("filter");
        search.addValueChangeListener(change -> {
            filter = change.getValue();
            page = 0;
            refresh();
        });
        var tools = Markup.div("toolbar", search);
        tools.add(tools());
        selection = bulk().map(Selection::new).orElse(null);
        notices.removeAll();
        Markup.role(notices, "status");
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(text("title")),
                                        Markup.paragraph("", text("lead")))),
                        "view-head"),
                tools,
                notices);
        if (selection != null) {
            add(selection);
        }
        add(list, pager);
        refresh();
    }

    /** Shows what is so now. */
    void refresh() {
        list.removeAll();
        List<T> found;
        try {
            found = new ArrayList<>(find(filter));
        } catch (WebException e) {
            list.add(new Trouble(e));
            pager.setVisible(false);
            return;
        }
        if (selection != null) {
            selection.show(found, List.of());
        }
        if (found.isEmpty()) {
            boolean all = filter.isBlank();
            list.add(
                    new EmptyState(
                            all ? glyph : Glyph.QUESTION,
                            all ? text("none.title") : getTranslation("list.no-match.title"),
                            all ? text("none.text") : getTranslation("list.no-match.text")));
            pager.setVisible(false);
            return;
        }
        Comparator<T> order = columns().get(sorted).order();
        if (order != null) {
            found.sort(descending ? order.reversed() : order);
        }
        int pages = (found.size() + PAGE - 1) / PAGE;
        page = Math.clamp(page, 0, pages - 1);
        int from = page * PAGE;
        int to = Math.min(found.size(), from + PAGE);
        List<T> shown = found.subList(from, to);
        if (selection != null) {
            selection.show(found, shown);
        }
        list.add(new Rows<>(text("title"), this, selection, shown));
        if (found.size() == MOST) {
            list.add(Markup.paragraph("hint", getTranslation("list.more", MOST)));
        }
        pager.setVisible(pages > 1);
        before.setEnabled(page > 0);
        after.setEnabled(page < pages - 1);
        count.setText(getTranslation("pager.count", from + 1, to, found.size()));
    }

    /**
     * Does it to each, and says what came of it.
     *
     * @param words the key of what is said, with the number of those that it was done to
     * @param undo takes one back; null where nothing can
     */
    void doToAll(
            List<T> things, String words, UnaryOperator<T> deed, @Nullable UnaryOperator<T> undo) {
        BulkRun<T> run = BulkRun.of(things, deed);
        Runnable back = undo == null ? null : () -> doToAll(run.done(), "bulk-undone", undo, null);
        notices.removeAll();
        bulk().ifPresent(bulk ->
                notices.add(
                        new BulkNotice(text(words, run.done().size()), run, bulk.name(), back)));
        if (selection != null) {
            selection.clear();
        }
        refresh();
    }

    /** Asks, with the names of what it will be done to, before it is done to all of them. */
    Confirmation confirmation(
            List<T> things, String key, String verb, Runnable action, Component... fields) {
        var names = Markup.with(new UnorderedList(), "hint");
        bulk().ifPresent(bulk ->
                things.stream()
                        .limit(NAMED)
                        .forEach(each -> names.add(new ListItem(bulk.name().apply(each)))));
        if (things.size() > NAMED) {
            names.add(new ListItem(getTranslation("bulk.more", things.size() - NAMED)));
        }
        var content = new ArrayList<>(List.of(fields));
        content.addFirst(names);
        return new Confirmation(
                text(key + ".title", things.size()),
                text(key + ".text"),
                verb,
                action,
                content.toArray(Component[]::new));
    }

    /**
     * Asks before it is done to all of them.
     *
     * @param verb its key; the question's texts are {@code bulk-} and it
     * @param words the key of what is said when it is done
     * @param undo takes one back; null where nothing can
     */
    Confirmation confirmation(
            List<T> things,
            String verb,
            String words,
            UnaryOperator<T> deed,
            @Nullable UnaryOperator<T> undo) {
        return confirmation(
                things, "bulk-" + verb, text(verb), () -> doToAll(things, words, deed, undo));
    }

    /**
     * Asks before it is done to one.
     *
     * @param verb its key, with which the question's texts begin
     */
    Confirmation confirmation(String name, String verb, Runnable deed) {
        return new Confirmation(
                text(verb + ".title", name),
                text(verb + ".text"),
                text(verb),
                () -> {
                    deed.run();
                    refresh();
                });
    }

    /** The column of names, and what stands below each. */
    static <T> Column<T> names(Function<T, String> name, Function<T, Component> below) {
        return new Column<>(
                "name",
                each -> Markup.div("", new Span(name.apply(each)), below.apply(each)),
                Comparator.comparing(each -> name.apply(each).toLowerCase(Locale.ROOT)));
    }

    private void turn(int by) {
        page += by;
        refresh();
    }

    /** Sorts by the column; a second time the other way round. */
    void sort(int column) {
        descending = sorted == column && !descending;
        sorted = column;
        refresh();
    }

    /** How the column is sorted, in the words of ARIA. */
    String sorting(int column) {
        if (sorted != column) {
            return "none";
        }
        return descending ? "descending" : "ascending";
    }

    static Button primary(String label, Runnable action) {
        var button = new Button(label, Glyph.PLUS.draw(), click -> action.run());
        button.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        return button;
    }

    static Button small(String label, String what, Runnable action) {
        var button = new Button(label, click -> action.run());
        button.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY);
        button.setAriaLabel(label + ": " + what);
        return button;
    }
}
