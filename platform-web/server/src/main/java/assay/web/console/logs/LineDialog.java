package assay.web.console.logs;

import assay.web.console.part.Markup;
import assay.web.logs.LogLine;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.DescriptionList;
import com.vaadin.flow.component.html.Pre;

/** One line, all of it. */
class LineDialog extends Dialog {
    private static final long serialVersionUID = 1L;

    LineDialog(Component owner, LogLine line) {
        setHeaderTitle(LogTable.time(line.at()));
        setWidth("44rem");
        setMaxWidth("96vw");
        add(text(line.message()));
        if (!line.stackTrace().isEmpty()) {
            add(text(line.stackTrace()));
        }
        var fields = new DescriptionList();
        fields.setClassName("search-fields");
        line.details()
                .forEach((name, value) -> {
                    fields.add(new DescriptionList.Term(Markup.span("mono", name)));
                    fields.add(new DescriptionList.Description(Markup.span("mono", value)));
                });
        add(fields);
        getFooter().add(new Button(owner.getTranslation("logs.close"), click -> close()));
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
    }

    private static Pre text(String text) {
        var block = new Pre(text);
        block.setClassName("logs-block mono");
        return block;
    }
}
