package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;

/** Nothing is here yet: says so, and what to do about it. */
public class EmptyState extends Div {
    private static final long serialVersionUID = 1L;

    public EmptyState(Glyph glyph, String title, String text, Component... actions) {
        setClassName("empty");
        var heading = new H3(title);
        add(Markup.div("empty-glyph", glyph.draw()), heading, Markup.paragraph("", text));
        add(actions);
    }
}
