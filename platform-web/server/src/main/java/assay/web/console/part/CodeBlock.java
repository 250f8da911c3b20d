package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasComponents;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;

/** Text in lines with numbers, a title and what can be done with it. */
@Tag("figure")
public class CodeBlock extends Component implements HasComponents {
    private static final long serialVersionUID = 1L;

    private final String codeId = "code-" + Integer.toHexString(System.identityHashCode(this));

    /**
     * @param markedLine from 1; 0 marks none
     */
    public CodeBlock(String title, String text, int markedLine, Component... actions) {
        getElement().setAttribute("class", "code");
        var caption = new Caption();
        caption.add(Markup.span("code-title", title), Markup.div("code-actions", actions));
        var copy = CopyButton.ofElement(codeId, getTranslation("copy.label"));
        copy.getElement().setAttribute("title", getTranslation("copy.what", title));
        caption.add(copy);
        add(caption, listing(text, markedLine));
    }

    private Pre listing(String text, int markedLine) {
        var listing = new Pre();
        listing.setId(codeId);
        listing.getElement().setAttribute("translate", "no");
        int number = 0;
        for (var pieces : CoqText.lines(text.stripTrailing())) {
            number++;
            var line = Markup.span(number == markedLine ? "line marked" : "line", "");
            for (var piece : pieces) {
                if (piece.css().isEmpty()) {
                    line.add(new Span(piece.text()));
                } else {
                    line.add(Markup.span(piece.css(), piece.text()));
                }
            }
            line.add(new Span("\n"));
            listing.add(line);
        }
        return listing;
    }

    @Tag("figcaption")
    private static final class Caption extends Component implements HasComponents {
        private static final long serialVersionUID = 1L;
    }
}
