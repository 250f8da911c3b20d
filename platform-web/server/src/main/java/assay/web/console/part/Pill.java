package assay.web.console.part;

import com.vaadin.flow.component.html.Span;
import java.util.Locale;

/** A state in one word. Its tone is told by the shape of its sign as well as by its colour. */
public class Pill extends Span {
    private static final long serialVersionUID = 1L;

    /** How a state is to be taken. */
    public enum Tone {
        GOOD,
        BUSY,
        WARN,
        BAD,
        QUIET
    }

    public Pill(Tone tone, String text) {
        setClassName("pill pill-" + tone.name().toLowerCase(Locale.ROOT));
        var sign = Markup.span("pill-sign", "");
        sign.getElement().setAttribute("aria-hidden", "true");
        add(sign, new Span(text));
    }
}
