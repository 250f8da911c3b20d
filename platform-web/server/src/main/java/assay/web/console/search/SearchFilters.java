package assay.web.console.search;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What is asked, as fields, and what of it holds now, as chips that can be taken off. */
public abstract class SearchFilters extends Div {
    private static final long serialVersionUID = 1L;

    private final Map<String, String> values = new LinkedHashMap<>();

    /** What shows a value, by name and in the order of the chips. */
    private final transient Map<String, Consumer<String>> fields = new LinkedHashMap<>();

    private final Details rest = new Details();
    private final Div chips = Markup.div("chips search-chips");
    private transient Runnable changed = () -> {};
    private List<String> folded = List.of();
    private boolean quiet;

    protected SearchFilters() {
        setClassName("search-filters");
    }

    /** A filter by its name, in the visitor's language. */
    protected abstract String label(String name);

    /** A value of it in the visitor's language; as it is, where nothing is said of it. */
    protected String shown(String name, String value) {
        return value;
    }

    /** How a value is written that stands in an address. */
    protected String read(String name, String value) {
        return value;
    }

    /** Adds the fields; the seldom ones are folded away until one of them holds. */
    protected final void lay(Div line, List<String> seldom) {
        var more = Markup.div("toolbar");
        seldom.forEach(name -> more.add(field(name)));
        folded = List.copyOf(seldom);
        rest.setSummaryText(getTranslation("search.more"));
        rest.add(more);
        add(line, rest, chips);
    }

    /** What shows the values of a filter whose field calls {@link #take} itself. */
    protected final void shows(String name, Consumer<String> show) {
        fields.put(name, show);
    }

    protected final TextField field(String name) {
        var field = new TextField(label(name));
        field.setClearButtonVisible(true);
        field.addValueChangeListener(change -> take(name, change.getValue()));
        shows(name, field::setValue);
        return field;
    }

    /** The field for words that stand anywhere. */
    protected final TextField anywhere(String hint) {
        TextField text = field("text");
        text.setPlaceholder(hint);
        text.setValueChangeMode(ValueChangeMode.LAZY);
        text.addClassName("filter");
        return text;
    }

    /**
     * @param any what it is called when none is chosen
     */
    protected final Select<String> choice(String name, List<String> known, String any) {
        var choice = new Select<String>();
        choice.setLabel(label(name));
        var items = new ArrayList<>(List.of(""));
        items.addAll(known);
        choice.setItems(items);
        choice.setItemLabelGenerator(each -> each.isEmpty() ? any : shown(name, each));
        choice.setValue("");
        choice.addValueChangeListener(change -> take(name, change.getValue()));
        shows(name, value -> choice.setValue(known.contains(value) ? value : ""));
        return choice;
    }

    protected final void take(String name, String value) {
        if (quiet) {
            return;
        }
        if (value == null || value.isBlank()) {
            values.remove(name);
        } else {
            values.put(name, value.strip());
        }
        drawChips();
        changed.run();
    }

    void onChange(Runnable listener) {
        changed = listener;
    }

    /** As parameters of a query. */
    Map<String, String> values() {
        return Map.copyOf(values);
    }

    /** Sets all of them without telling. */
    void show(Map<String, String> parameters) {
        quiet = true;
        values.clear();
        fields.forEach((name, show) -> {
            String value = read(name, parameters.getOrDefault(name, "").strip());
            if (!value.isEmpty()) {
                values.put(name, value);
            }
            show.accept(value);
        });
        rest.setOpened(rest.isOpened() || folded.stream().anyMatch(values::containsKey));
        quiet = false;
        drawChips();
    }

    private void drawChips() {
        chips.removeAll();
        for (String name : fields.keySet()) {
            String value = values.get(name);
            if (value != null) {
                chips.add(chip(name, label(name) + ": " + shown(name, value)));
            }
        }
    }

    private NativeButton chip(String name, String said) {
        var chip = new NativeButton();
        chip.setClassName("chip search-chip");
        chip.getElement().setAttribute("type", "button");
        chip.getElement().setAttribute("aria-label", getTranslation("search.remove", said));
        chip.add(new Span(said), Glyph.CROSS.draw());
        chip.addClickListener(click -> {
            var left = new LinkedHashMap<>(values);
            left.remove(name);
            show(left);
            changed.run();
        });
        return chip;
    }
}
