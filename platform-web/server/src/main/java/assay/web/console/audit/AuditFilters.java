package assay.web.console.audit;

import assay.audit.search.AuditScope;
import assay.web.console.part.Markup;
import assay.web.console.search.SearchFilters;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;

/** Which records. */
class AuditFilters extends SearchFilters {
    private static final long serialVersionUID = 1L;
    private static final List<String> OUTCOMES = List.of("success", "failure", "denied");
    private static final List<String> SELDOM =
            List.of("actor", "object_type", "object", "model", "source", "request");

    /** Scopes that are no tenant's. */
    private static final List<String> SCOPES = List.of(AuditScope.ALL, "platform");

    private final AuditWords words = new AuditWords(this);

    /**
     * @param everywhere whether other tenants may be looked at
     * @param actions those that are known
     */
    AuditFilters(boolean everywhere, List<String> actions) {
        var line =
                Markup.div(
                        "toolbar",
                        anywhere(words.text("audit.filter.text.hint")),
                        action(actions),
                        choice("outcome", OUTCOMES, words.text("audit.any")));
        addTenant(line, everywhere);
        lay(line, SELDOM);
    }

    private ComboBox<String> action(List<String> known) {
        var action = new ComboBox<String>(label("action"));
        action.setHelperText(words.text("audit.filter.action.hint"));
        action.setItems(known);
        action.setAllowCustomValue(true);
        action.setClearButtonVisible(true);
        action.addCustomValueSetListener(set -> action.setValue(set.getDetail()));
        action.addValueChangeListener(change -> take("action", change.getValue()));
        shows("action", value -> action.setValue(value.isEmpty() ? action.getEmptyValue() : value));
        return action;
    }

    /** Where only one's own may be seen there is a chip, and no field, for what a link asks. */
    private void addTenant(Div line, boolean everywhere) {
        if (!everywhere) {
            shows("tenant", value -> {});
            return;
        }
        var tenant = new Select<String>();
        tenant.setLabel(label("tenant"));
        tenant.setItems("", AuditScope.ALL, "platform", "id");
        tenant.setItemLabelGenerator(
                each -> words.text("audit.tenant." + (each.isEmpty() ? "own" : each)));
        tenant.setValue("");
        var id = new TextField(words.text("audit.filter.tenant.id"));
        id.setVisible(false);
        tenant.addValueChangeListener(change -> {
            boolean one = "id".equals(change.getValue());
            id.setVisible(one);
            take("tenant", one ? id.getValue() : change.getValue());
        });
        id.addValueChangeListener(change -> take("tenant", change.getValue()));
        shows(
                "tenant",
                value -> {
                    boolean one = !value.isEmpty() && !SCOPES.contains(value);
                    tenant.setValue(one ? "id" : value);
                    id.setVisible(one);
                    id.setValue(one ? value : "");
                });
        line.add(tenant, id);
    }

    @Override
    protected String label(String name) {
        return getTranslation("audit.filter." + name.replace('_', '-'));
    }

    @Override
    protected String shown(String name, String value) {
        return switch (name) {
            case "outcome" -> words.outcomeText(value);
            case "tenant" -> SCOPES.contains(value) ? words.text("audit.tenant." + value) : value;
            default -> value;
        };
    }
}
