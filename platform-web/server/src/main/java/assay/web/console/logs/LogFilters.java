package assay.web.console.logs;

import assay.web.console.part.Markup;
import assay.web.logs.LogQuery;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is asked, as fields. */
class LogFilters extends Div {
    private static final long serialVersionUID = 1L;
    private static final List<String> MORE =
            List.of("code", "device", "model", "replica", "request", "trace");

    private final transient Runnable changed;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, TextField> fields = new LinkedHashMap<>();
    private final Select<String> level = new Select<>();
    private final Select<String> process = new Select<>();
    private final Details rest;
    private boolean quiet;

    LogFilters(Runnable changed) {
        setClassName("audit-filters");
        this.changed = changed;
        choice(level, "level", LogQuery.LEVELS);
        choice(process, "process", LogQuery.PROCESSES);
        TextField text = field("text");
        text.setPlaceholder(getTranslation("logs.filter.text.hint"));
        text.setValueChangeMode(ValueChangeMode.LAZY);
        text.addClassName("filter");
        var more = Markup.div("toolbar audit-more");
        MORE.forEach(name -> more.add(field(name)));
        rest = new Details(getTranslation("logs.filter.more"), more);
        rest.addClassName("audit-rest");
        add(Markup.div("toolbar", text, level, process, field("node")), rest);
    }

    private void choice(Select<String> select, String name, List<String> known) {
        select.setLabel(getTranslation("logs.filter." + name));
        var items = new java.util.ArrayList<>(List.of(""));
        items.addAll(known);
        select.setItems(items);
        select.setItemLabelGenerator(
                each -> each.isEmpty() ? getTranslation("logs.any." + name) : each);
        select.setValue("");
        select.addValueChangeListener(change -> take(name, change.getValue()));
    }

    private TextField field(String name) {
        var field = new TextField(getTranslation("logs.filter." + name));
        field.setClearButtonVisible(true);
        field.addValueChangeListener(change -> take(name, change.getValue()));
        fields.put(name, field);
        return field;
    }

    private void take(String name, String value) {
        if (quiet) {
            return;
        }
        if (value == null || value.isBlank()) {
            values.remove(name);
        } else {
            values.put(name, value.strip());
        }
        changed.run();
    }

    /** As parameters of a query. */
    Map<String, String> values() {
        return Map.copyOf(values);
    }

    /** Sets all of them without telling. */
    void show(Map<String, String> parameters) {
        quiet = true;
        values.clear();
        String least = parameters.getOrDefault("level", "").toUpperCase(java.util.Locale.ROOT);
        set(level, "level", LogQuery.LEVELS, least);
        set(process, "process", LogQuery.PROCESSES, parameters.getOrDefault("process", ""));
        fields.forEach((name, field) -> {
            String value = parameters.getOrDefault(name, "").strip();
            field.setValue(value);
            if (!value.isEmpty()) {
                values.put(name, value);
            }
        });
        rest.setOpened(MORE.stream().anyMatch(values::containsKey));
        quiet = false;
    }

    private void set(Select<String> select, String name, List<String> known, String value) {
        select.setValue(known.contains(value) ? value : "");
        if (known.contains(value)) {
            values.put(name, value);
        }
    }
}
