package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import java.util.List;

/** Two rates over the last two minutes; drawn in the browser, told in words by its label. */
@Tag("assay-rates")
@JsModule("context://components/assay-rates.js")
public class RateChart extends Component {
    private static final long serialVersionUID = 1L;

    /** One moment of both. */
    public record Point(long unixMillis, double generated, double prompt) {}

    public RateChart() {
        getElement().setAttribute("role", "img");
        getElement().setProperty("unit", getTranslation("chart.unit"));
        getElement()
                .setProperty(
                        "ago",
                        json(
                                getTranslation("chart.two-minutes"),
                                getTranslation("chart.one-minute"),
                                getTranslation("chart.now")));
        getElement()
                .setProperty(
                        "names",
                        json(getTranslation("chart.generated"), getTranslation("chart.prompt")));
    }

    /**
     * @param points oldest first
     * @param inWords the same for who can not see it
     */
    public void show(List<Point> points, String inWords) {
        var json = new StringBuilder("[");
        for (Point each : points) {
            json.append(json.length() > 1 ? ",[" : "[")
                    .append(each.unixMillis)
                    .append(',')
                    .append(Math.round(each.generated * 10) / 10.0)
                    .append(',')
                    .append(Math.round(each.prompt * 10) / 10.0)
                    .append(']');
        }
        getElement().setProperty("points", json.append(']').toString());
        getElement().setAttribute("aria-label", inWords);
    }

    /** Texts of our own bundles: they hold nothing that would need escaping but the quote. */
    private static String json(String... texts) {
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
