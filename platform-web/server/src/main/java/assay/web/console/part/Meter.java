package assay.web.console.part;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/** A share of a whole as a bar, with its name and its value in words. */
public class Meter extends Div {
    private static final long serialVersionUID = 1L;

    private final Span value = Markup.span("meter-value", "");
    private final Div bar = new Div();
    private final Div track = Markup.div("meter-track", bar);

    public Meter(String name) {
        setClassName("meter");
        track.getElement().setAttribute("role", "meter");
        track.getElement().setAttribute("aria-valuemin", "0");
        track.getElement().setAttribute("aria-valuemax", "100");
        track.getElement().setAttribute("aria-label", name);
        add(Markup.span("meter-name", name), value, track);
    }

    /**
     * @param ratio 0..1; what is outside is drawn in
     * @param text the value in words
     */
    public void set(double ratio, String text) {
        double percent = 100 * Math.clamp(Double.isFinite(ratio) ? ratio : 0, 0, 1);
        value.setText(text);
        bar.getStyle().set("inline-size", String.format(java.util.Locale.ROOT, "%.1f%%", percent));
        track.getElement().setAttribute("aria-valuenow", Long.toString(Math.round(percent)));
        track.getElement().setAttribute("aria-valuetext", text);
        track.setClassName("high", percent >= 90);
    }
}
