package assay.web.console.part;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Figures over the last minutes; drawn in the browser, told in words by its label. After the first
 * time only what is new is sent.
 */
@Tag("assay-chart")
@JsModule("context://components/assay-chart.js")
public class Chart extends Component {
    private static final long serialVersionUID = 1L;

    /** What the figures are, and so how they are written. */
    public enum Unit {
        /** Shares of 0..1. */
        PERCENT,
        BYTES,
        BYTES_PER_SECOND,
        CELSIUS,
        WATTS,
        /** Of something each second. */
        RATE;

        /** The figure in words; a dash for what is not known. */
        public String format(Figures figures, double figure) {
            if (Double.isNaN(figure)) {
                return "–";
            }
            return switch (this) {
                case PERCENT -> figures.percent(figure);
                case BYTES -> figures.bytes(Math.round(figure));
                case BYTES_PER_SECOND -> figures.bytes(Math.round(figure)) + "/s";
                case CELSIUS -> figures.number(figure, 0) + "\u00a0°C";
                case WATTS -> figures.number(figure, 0) + "\u00a0W";
                case RATE -> figures.rate(figure);
            };
        }

        String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** All figures at one time; NaN for what is not known. */
    public record Moment(long unixMillis, List<Double> figures) {
        public Moment {
            figures = List.copyOf(figures);
        }
    }

    /** What the browser has. */
    private long sentUntil = Long.MIN_VALUE;

    /**
     * @param names of the figures
     * @param span how far it looks back
     * @param top where the scale ends; 0 to follow the figures
     * @param ago the labels below, oldest first
     */
    public Chart(Unit unit, List<String> names, Duration span, double top, List<String> ago) {
        getElement().setAttribute("role", "img");
        getElement().setProperty("unit", unit.id());
        getElement().setProperty("span", (double) span.toMillis());
        getElement().setProperty("top", top);
        getElement().setProperty("names", texts(names));
        getElement().setProperty("ago", texts(ago));
    }

    /** Over a longer time without figures no line is drawn; else twelve seconds. */
    public void gap(Duration gap) {
        getElement().setProperty("gap", (double) gap.toMillis());
    }

    /** Said after the figures when one points at them. */
    public void suffix(String text) {
        getElement().setProperty("suffix", text);
    }

    /**
     * @param moments oldest first
     * @param inWords the same for who can not see it
     */
    public void show(List<Moment> moments, String inWords) {
        long newest = moments.isEmpty() ? Long.MIN_VALUE : moments.getLast().unixMillis();
        boolean follows =
                sentUntil != Long.MIN_VALUE
                        && newest >= sentUntil
                        && moments.getFirst().unixMillis() <= sentUntil;
        if (!follows) {
            getElement().setProperty("points", json(moments));
        } else if (newest > sentUntil) {
            long after = sentUntil;
            getElement()
                    .callJsFunction(
                            "add",
                            json(
                                    moments.stream()
                                            .filter(each -> each.unixMillis() > after)
                                            .toList()));
        }
        sentUntil = newest;
        getElement().setAttribute("aria-label", inWords);
    }

    /** A new element in the browser knows the property alone: the next time all is sent again. */
    @Override
    protected void onAttach(AttachEvent event) {
        sentUntil = Long.MIN_VALUE;
    }

    private static String json(List<Moment> moments) {
        var json = new StringBuilder("[");
        for (Moment each : moments) {
            json.append(json.length() > 1 ? ",[" : "[").append(each.unixMillis());
            for (double figure : each.figures()) {
                json.append(',').append(number(figure));
            }
            json.append(']');
        }
        return json.append(']').toString();
    }

    /** Four digits are more than can be seen. */
    private static String number(double figure) {
        if (!Double.isFinite(figure)) {
            return "null";
        }
        return Math.abs(figure) >= 1000
                ? Long.toString(Math.round(figure))
                : String.format(Locale.ROOT, "%.4g", figure);
    }

    /** Texts of our own bundles: they hold nothing that would need escaping but the quote. */
    private static String texts(List<String> texts) {
        var json = new StringBuilder("[");
        for (String text : texts) {
            json.append(json.length() > 1 ? "," : "")
                    .append('"')
                    .append(text.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
        return json.append(']').toString();
    }
}
