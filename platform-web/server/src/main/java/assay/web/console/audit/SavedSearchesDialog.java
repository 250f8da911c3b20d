package assay.web.console.audit;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import assay.web.trail.SavedSearches;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;
import java.util.function.Consumer;

/** The searches that the visitor keeps: used, kept anew, forgotten. */
class SavedSearchesDialog extends Dialog {
    private static final long serialVersionUID = 1L;

    private final transient AuditWords words;
    private final transient SavedSearches searches;
    private final transient Caller caller;
    private final transient Consumer<String> use;
    private final Div list = Markup.div("audit-saved");
    private final Div trouble = Markup.div("");

    /**
     * @param now the query that can be kept
     * @param use is told the query that was chosen
     */
    SavedSearchesDialog(
            Component owner,
            SavedSearches searches,
            Caller caller,
            String now,
            Consumer<String> use) {
        this.words = new AuditWords(owner);
        this.searches = searches;
        this.caller = caller;
        this.use = use;
        setHeaderTitle(words.text("audit.saved.title"));
        addClassName("form-dialog");
        var name = new TextField(words.text("audit.saved.name"));
        name.setMaxLength(100);
        var keep = new Button(words.text("audit.saved.keep"));
        keep.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        keep.addClickListener(click ->
                run(() -> {
                    searches.create(AdminCall.console(caller), name.getValue(), now);
                    name.clear();
                }));
        var body = Markup.div("form-dialog-body", list, Markup.div("toolbar", name, keep), trouble);
        add(body);
        getFooter().add(new Button(words.text("audit.record.close"), click -> close()));
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
        run(() -> {});
    }

    private void run(Runnable action) {
        trouble.removeAll();
        try {
            action.run();
            show(searches.list(caller));
        } catch (WebException e) {
            trouble.add(new Trouble(e));
        }
    }

    private void show(List<SavedSearches.Entry> entries) {
        list.removeAll();
        if (entries.isEmpty()) {
            list.add(Markup.paragraph("hint", words.text("audit.saved.none")));
        }
        for (SavedSearches.Entry each : entries) {
            var go =
                    new Button(
                            each.name(),
                            click -> {
                                close();
                                use.accept(each.query());
                            });
            var forget =
                    new Button(
                            words.text("audit.saved.forget"),
                            click ->
                                    run(() ->
                                            searches.remove(
                                                    AdminCall.console(caller),
                                                    each.id(),
                                                    each.version())));
            forget.setAriaLabel(words.text("audit.saved.forget") + ": " + each.name());
            forget.addThemeVariants(ButtonVariant.LUMO_TERTIARY);
            list.add(Markup.div("audit-saved-line", go, forget));
        }
    }
}
