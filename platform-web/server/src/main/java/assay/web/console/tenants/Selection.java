package assay.web.console.tenants;

import assay.web.console.part.Markup;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The things of a list that are ticked, on whatever page they stand, and a line that says how many
 * and what can be done to them.
 */
class Selection<T> extends Div {
    private static final long serialVersionUID = 1L;

    private final transient Bulk<T> bulk;
    private final transient Map<UUID, T> chosen = new LinkedHashMap<>();
    private final transient Map<UUID, Checkbox> ticks = new HashMap<>();
    private final Span count = new Span();
    private final Div deeds = Markup.div("buttons");
    private Checkbox all = new Checkbox();

    Selection(Bulk<T> bulk) {
        this.bulk = bulk;
        setClassName("bulk");
        Markup.role(count, "status");
        var clear = new Button(getTranslation("bulk.clear"), click -> clear());
        clear.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY);
        add(count, deeds, clear);
        tell();
    }

    /** Begins a page of these: what is gone from the list is no longer ticked. */
    void show(List<T> found, List<T> page) {
        Map<UUID, T> now = new HashMap<>();
        found.forEach(each -> now.put(bulk.id().apply(each), each));
        chosen.keySet().retainAll(now.keySet());
        chosen.replaceAll((id, _) -> now.get(id));
        ticks.clear();
        all = new Checkbox();
        all.setAriaLabel(getTranslation("bulk.all"));
        all.setValue(page.stream().allMatch(each -> chosen.containsKey(bulk.id().apply(each))));
        all.addValueChangeListener(change -> {
            if (change.isFromClient()) {
                ticks.values().forEach(each -> each.setValue(change.getValue()));
            }
        });
        tell();
    }

    /** In the headings: ticks all of the page. */
    Checkbox all() {
        return all;
    }

    Checkbox tick(T thing) {
        UUID id = bulk.id().apply(thing);
        var tick = new Checkbox(chosen.containsKey(id));
        tick.setAriaLabel(getTranslation("bulk.one", bulk.name().apply(thing)));
        tick.addValueChangeListener(change -> {
            if (change.getValue()) {
                chosen.put(id, thing);
            } else {
                chosen.remove(id);
            }
            all.setValue(ticks.keySet().stream().allMatch(chosen::containsKey));
            tell();
        });
        ticks.put(id, tick);
        return tick;
    }

    void clear() {
        chosen.clear();
        ticks.values().forEach(each -> each.setValue(false));
        tell();
    }

    private void tell() {
        setVisible(!chosen.isEmpty());
        count.setText(getTranslation("bulk.chosen", chosen.size()));
        deeds.removeAll();
        for (Bulk.Deed<T> deed : bulk.deeds()) {
            List<T> fitting = new ArrayList<>(chosen.values());
            fitting.removeIf(deed.fits().negate());
            var button = new Button(deed.verb(), click -> deed.ask().accept(fitting));
            button.addThemeVariants(ButtonVariant.LUMO_SMALL);
            button.setEnabled(!fitting.isEmpty());
            deeds.add(button);
        }
    }
}
