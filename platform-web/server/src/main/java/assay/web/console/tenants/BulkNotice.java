package assay.web.console.tenants;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.UnorderedList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What came of a bulk action: how many, which not and why, and the way back where there is one. */
class BulkNotice extends Div {
    private static final long serialVersionUID = 1L;

    /**
     * @param words what was done
     * @param undo takes it back from those that it was done to; null where nothing can
     */
    <T> BulkNotice(
            String words, BulkRun<T> run, Function<T, String> name, @Nullable Runnable undo) {
        setClassName("callout bulk-done " + (run.refused().isEmpty() ? "" : "callout-warn"));
        var text = Markup.div("", Markup.span("callout-title", words));
        if (!run.refused().isEmpty()) {
            var list = new UnorderedList();
            run.refused()
                    .forEach(each ->
                            list.add(
                                    new ListItem(
                                            getTranslation(
                                                    "bulk.refused",
                                                    name.apply(each.thing()),
                                                    getTranslation(
                                                            "error."
                                                                    + each.why().code().slug())))));
            text.add(list);
        }
        add((run.refused().isEmpty() ? Glyph.CHECK : Glyph.WARNING).draw(), text);
        if (undo != null && !run.done().isEmpty()) {
            var back = new Button(getTranslation("bulk.undo"), click -> undo.run());
            back.addThemeVariants(ButtonVariant.LUMO_SMALL);
            back.setDisableOnClick(true);
            add(back);
        }
    }
}
