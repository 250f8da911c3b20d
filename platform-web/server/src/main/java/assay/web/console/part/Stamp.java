package assay.web.console.part;

import com.vaadin.flow.component.html.Span;
import java.util.Locale;

/**
 * A verdict's mark, as a hallmark is punched: each verdict has its own outline and its own sign, so
 * that nobody needs to tell colours apart.
 */
public class Stamp extends Span {
    private static final long serialVersionUID = 1L;

    /** What was punched. */
    public enum Kind {
        PROVED(Glyph.CHECK),
        REFUTED(Glyph.CROSS),
        UNDECIDED(Glyph.QUESTION),
        RUNNING(Glyph.ARROW),
        STOPPED(Glyph.STOP),
        FAILED(Glyph.WARNING);

        private final Glyph glyph;

        Kind(Glyph glyph) {
            this.glyph = glyph;
        }

        /** As it stands in keys and class names. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Stamp(Kind kind) {
        setClassName("stamp stamp-" + kind.id());
        getElement().setAttribute("aria-hidden", "true");
        add(kind.glyph.draw());
    }
}
