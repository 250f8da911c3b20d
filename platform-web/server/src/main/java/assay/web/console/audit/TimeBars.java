package assay.web.console.audit;

import assay.audit.search.AuditHistogram;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.EventData;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.shared.Registration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records over time as bars, one button each: a click, or a drag over several, says a narrower
 * range. The arrows go from bar to bar.
 */
@Tag("assay-bars")
@JsModule("context://components/assay-bars.js")
public class TimeBars extends Component {
    private static final long serialVersionUID = 1L;
    private static final List<String> PARTS = List.of("success", "failure", "denied");

    /** A range was chosen. */
    @DomEvent("narrow")
    public static class Narrowed extends ComponentEvent<TimeBars> {
        private static final long serialVersionUID = 1L;

        private final long from;
        private final long to;

        public Narrowed(
                TimeBars source,
                boolean fromClient,
                @EventData("event.detail['from']") double from,
                @EventData("event.detail['to']") double to) {
            super(source, fromClient);
            this.from = (long) from;
            this.to = (long) to;
        }

        Instant from() {
            return Instant.ofEpochMilli(from);
        }

        Instant to() {
            return Instant.ofEpochMilli(to);
        }
    }

    TimeBars(String name) {
        getElement().setAttribute("role", "group");
        getElement().setAttribute("aria-label", name);
    }

    Registration addNarrowedListener(ComponentEventListener<Narrowed> listener) {
        return addListener(Narrowed.class, listener);
    }

    /**
     * @param label of a bar in words: its time and its records
     */
    void show(AuditHistogram histogram, Function<AuditHistogram.Bucket, String> label) {
        List<Map<String, Object>> bars = new ArrayList<>();
        for (AuditHistogram.Bucket each : histogram.buckets()) {
            bars.add(
                    Map.of(
                            "from",
                            each.from().toEpochMilli(),
                            "to",
                            each.from().plus(histogram.width()).toEpochMilli(),
                            "parts",
                            PARTS.stream().map(it -> each.results().getOrDefault(it, 0L)).toList(),
                            "label",
                            label.apply(each)));
        }
        getElement().setProperty("bars", JsonMapper.shared().writeValueAsString(bars));
    }
}
