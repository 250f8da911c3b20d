package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasComponents;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.component.html.NativeButton;

/** Copies a text in the browser and says so. */
@Tag("assay-copy")
@JsModule("context://components/assay-copy.js")
public class CopyButton extends Component implements HasComponents {
    private static final long serialVersionUID = 1L;

    private CopyButton(Glyph glyph, String label) {
        var button = new NativeButton();
        button.setClassName("quiet");
        button.getElement().setAttribute("type", "button");
        var done = Markup.span("copy-done", getTranslation("copy.done"));
        done.getElement().setAttribute("role", "status");
        button.add(
                glyph.draw(),
                Markup.span("copy-label", label),
                done,
                Markup.span("copy-failed", getTranslation("copy.failed")));
        add(button);
    }

    /** Copies what the element with this id shows. */
    public static CopyButton ofElement(String id, String label) {
        var button = new CopyButton(Glyph.COPY, label);
        button.getElement().setAttribute("from", id);
        return button;
    }

    /** Copies a text that need not be shown. */
    public static CopyButton ofText(String text, String label) {
        var button = new CopyButton(Glyph.COPY, label);
        button.getElement().setAttribute("text", text);
        return button;
    }

    /** Copies the whole address of a path in this application. */
    public static CopyButton ofPath(String path, String label) {
        var button = new CopyButton(Glyph.LINK, label);
        button.getElement().setAttribute("text", path);
        button.getElement().setAttribute("link", true);
        return button;
    }
}
