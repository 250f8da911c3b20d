package assay.web.console.search;

import assay.audit.search.AuditQuery;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.datetimepicker.DateTimePicker;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far back: a range that moves along, or two times in UTC. */
class RangePicker extends Div {
    private static final long serialVersionUID = 1L;
    private static final List<String> RANGES = List.of("1h", "24h", "7d", "30d");
    private static final String CUSTOM = "custom";

    private final transient InstantSource clock;
    private final transient Runnable changed;
    private final Map<String, NativeButton> buttons = new LinkedHashMap<>();
    private final DateTimePicker from = new DateTimePicker();
    private final DateTimePicker to = new DateTimePicker();
    private final Div custom = Markup.div("toolbar", from, to);
    private String chosen = "24h";
    private boolean quiet;

    /**
     * @param changed told when another range was chosen
     */
    RangePicker(InstantSource clock, Runnable changed) {
        this.clock = clock;
        this.changed = changed;
        setClassName("search-ranges");
        var group = Markup.role(Markup.div("search-range-buttons"), "group");
        group.getElement().setAttribute("aria-label", getTranslation("search.range"));
        for (String each : RANGES) {
            group.add(button(each));
        }
        group.add(button(CUSTOM));
        from.setLabel(getTranslation("search.range.from"));
        to.setLabel(getTranslation("search.range.to"));
        for (DateTimePicker each : List.of(from, to)) {
            each.setStep(Duration.ofMinutes(1));
            each.addValueChangeListener(change -> times());
        }
        add(group, custom);
        choose("24h");
    }

    private NativeButton button(String range) {
        var button = new NativeButton(getTranslation("search.range." + range));
        button.setClassName("button");
        button.getElement().setAttribute("type", "button");
        button.addClickListener(click -> {
            if (range.equals(CUSTOM)) {
                fillTimes();
            }
            choose(range);
            changed.run();
        });
        buttons.put(range, button);
        return button;
    }

    private void choose(String range) {
        chosen = range;
        buttons.forEach((name, button) ->
                button.getElement()
                        .setAttribute("aria-pressed", Boolean.toString(name.equals(range))));
        custom.setVisible(range.equals(CUSTOM));
    }

    /** Begins with what is shown now. */
    private void fillTimes() {
        if (from.getValue() == null || to.getValue() == null) {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MINUTES);
            Duration back =
                    RANGES.contains(chosen) ? AuditQuery.duration(chosen) : Duration.ofDays(1);
            set(now.minus(back), now);
        }
    }

    private void set(Instant begin, Instant end) {
        quiet = true;
        from.setValue(LocalDateTime.ofInstant(begin, ZoneOffset.UTC));
        to.setValue(LocalDateTime.ofInstant(end, ZoneOffset.UTC));
        quiet = false;
    }

    private void times() {
        if (!quiet && from.getValue() != null && to.getValue() != null) {
            changed.run();
        }
    }

    /** As parameters of a query. */
    Map<String, String> values() {
        var values = new LinkedHashMap<String, String>();
        if (chosen.equals(CUSTOM)) {
            if (from.getValue() != null) {
                values.put("from", from.getValue().toInstant(ZoneOffset.UTC).toString());
            }
            if (to.getValue() != null) {
                values.put("to", to.getValue().toInstant(ZoneOffset.UTC).toString());
            }
        } else {
            values.put("range", chosen);
        }
        return values;
    }

    /** Sets them without telling; what can not be read leaves the last day. */
    void show(Map<String, String> parameters) {
        String range = parameters.getOrDefault("range", "24h");
        String begin = parameters.get("from");
        if (begin == null) {
            choose(RANGES.contains(range) ? range : "24h");
            return;
        }
        try {
            String end = parameters.get("to");
            set(Instant.parse(begin), end == null ? clock.instant() : Instant.parse(end));
            choose(CUSTOM);
        } catch (java.time.format.DateTimeParseException e) {
            choose("24h");
        }
    }
}
