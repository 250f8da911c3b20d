package assay.web.console.audit;

import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What is asked, as fields, and what of it holds now, as chips that can be taken off. */
class AuditFilters extends Div {
    private static final long serialVersionUID = 1L;
    private static final List<String> MORE =
            List.of("actor", "object_type", "object", "model", "source", "request");

    private final AuditWords words = new AuditWords(this);
    private final transient Runnable changed;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final TextField text = new TextField();
    private final ComboBox<String> action = new ComboBox<>();
    private final Select<String> outcome = new Select<>();
    private final Select<String> tenant = new Select<>();
    private final TextField tenantId = new TextField();
    private final Map<String, TextField> more = new LinkedHashMap<>();
    private final Div chips = Markup.div("chips audit-chips");
    private boolean quiet;

    /**
     * @param everywhere whether other tenants may be looked at
     * @param actions asked when the list of them opens
     */
    AuditFilters(boolean everywhere, Supplier<List<String>> actions, Runnable changed) {
        setClassName("audit-filters");
        this.changed = changed;
        text.setLabel(words.text("audit.filter.text"));
        text.setPlaceholder(words.text("audit.filter.text.hint"));
        text.setClearButtonVisible(true);
        text.setValueChangeMode(ValueChangeMode.LAZY);
        text.setClassName("filter");
        text.addValueChangeListener(change -> take("text", change.getValue()));
        action.setLabel(words.text("audit.filter.action"));
        action.setHelperText(words.text("audit.filter.action.hint"));
        action.setItems(actions.get());
        action.setAllowCustomValue(true);
        action.setClearButtonVisible(true);
        action.addCustomValueSetListener(set -> action.setValue(set.getDetail()));
        action.addValueChangeListener(change -> take("action", change.getValue()));
        outcome.setLabel(words.text("audit.filter.outcome"));
        outcome.setItems("", "success", "failure", "denied");
        outcome.setItemLabelGenerator(
                each -> each.isEmpty() ? words.text("audit.any") : words.outcomeText(each));
        outcome.setValue("");
        outcome.addValueChangeListener(change -> take("outcome", change.getValue()));
        var line = Markup.div("toolbar", text, action, outcome);
        if (everywhere) {
            addTenant(line);
        }
        add(line, rest(), chips);
    }

    private void addTenant(Div line) {
        tenant.setLabel(words.text("audit.filter.tenant"));
        tenant.setItems("", AuditScope.ALL, "platform", "id");
        tenant.setItemLabelGenerator(
                each -> words.text("audit.tenant." + (each.isEmpty() ? "own" : each)));
        tenant.setValue("");
        tenantId.setLabel(words.text("audit.filter.tenant.id"));
        tenantId.setVisible(false);
        tenant.addValueChangeListener(change -> {
            boolean one = "id".equals(change.getValue());
            tenantId.setVisible(one);
            take("tenant", one ? tenantId.getValue() : change.getValue());
        });
        tenantId.addValueChangeListener(change -> take("tenant", change.getValue()));
        line.add(tenant, tenantId);
    }

    private Details rest() {
        var fields = Markup.div("toolbar audit-more");
        for (String name : MORE) {
            var field = new TextField(words.text("audit.filter." + name.replace('_', '-')));
            field.setClearButtonVisible(true);
            field.addValueChangeListener(change -> take(name, change.getValue()));
            more.put(name, field);
            fields.add(field);
        }
        var rest = new Details(words.text("audit.filter.more"), fields);
        rest.addClassName("audit-rest");
        return rest;
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
        drawChips();
        changed.run();
    }

    /** As parameters of a query, with {@code tenant}. */
    Map<String, String> values() {
        return Map.copyOf(values);
    }

    /** Sets all of them without telling. */
    void show(Map<String, String> parameters) {
        quiet = true;
        values.clear();
        parameters.forEach((name, value) -> {
            boolean range = List.of("from", "to", "range").contains(name);
            if (!value.isBlank()
                    && !range
                    && (AuditQuery.PARAMETERS.contains(name) || name.equals("tenant"))) {
                values.put(name, value);
            }
        });
        text.setValue(value("text"));
        action.setValue(value("action").isEmpty() ? action.getEmptyValue() : value("action"));
        String result = value("outcome");
        outcome.setValue(AuditQuery.OUTCOMES.contains(result) ? result : "");
        more.forEach((name, field) -> field.setValue(value(name)));
        String whose = value("tenant");
        boolean one = !List.of("", AuditScope.ALL, "platform").contains(whose);
        if (tenant.getParent().isPresent()) {
            tenant.setValue(one ? "id" : whose);
        }
        tenantId.setVisible(one);
        tenantId.setValue(one ? whose : "");
        quiet = false;
        drawChips();
    }

    private String value(String name) {
        return values.getOrDefault(name, "");
    }

    private void drawChips() {
        chips.removeAll();
        values.forEach((name, value) -> {
            String shown =
                    switch (name) {
                        case "outcome" -> words.outcomeText(value);
                        case "tenant" ->
                                List.of(AuditScope.ALL, "platform").contains(value)
                                        ? words.text("audit.tenant." + value)
                                        : value;
                        default -> value;
                    };
            String said = words.text("audit.filter." + name.replace('_', '-')) + ": " + shown;
            var chip = new NativeButton();
            chip.setClassName("chip audit-chip");
            chip.getElement().setAttribute("type", "button");
            chip.getElement().setAttribute("aria-label", words.text("audit.filter.remove", said));
            chip.add(new Span(said), Glyph.CROSS.draw());
            chip.addClickListener(click -> without(name));
            chips.add(chip);
        });
    }

    private void without(String name) {
        var left = new LinkedHashMap<>(values);
        left.remove(name);
        show(left);
        changed.run();
    }
}
