package assay.web.console.audit;

import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditQuery;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.time.Instant;
import java.util.function.BiConsumer;

/** How many records there are: over time as bars, and by outcome. */
class CountPanel extends Div {
    private static final long serialVersionUID = 1L;

    private final transient AuditWords words;
    private final transient BiConsumer<Instant, Instant> narrow;
    private final Div chart = Markup.div("audit-chart");
    private final Div summary = Markup.div("audit-summary");

    /**
     * @param narrow told the range that was chosen among the bars
     */
    CountPanel(AuditWords words, BiConsumer<Instant, Instant> narrow) {
        this.words = words;
        this.narrow = narrow;
        add(chart, summary);
    }

    void clear() {
        chart.removeAll();
        summary.removeAll();
    }

    /** Says that there are too many to count them. */
    void showTooWide() {
        chart.add(Markup.paragraph("hint", words.text("audit.too-wide")));
    }

    void show(AuditQuery query, AuditHistogram histogram) {
        var bars = new TimeBars(words.text("audit.chart"));
        bars.show(
                histogram,
                each ->
                        words.text(
                                "audit.chart.bar",
                                words.time(each.from()),
                                words.count(each.count())));
        bars.addNarrowedListener(narrowed -> narrow(query, narrowed.from(), narrowed.to()));
        chart.add(
                bars,
                Markup.div(
                        "audit-axis hint",
                        new Span(words.time(query.from())),
                        new Span(words.text("audit.utc")),
                        new Span(words.time(query.to()))));
        summary.add(
                Markup.span(
                        "audit-count", words.text("audit.count", words.count(histogram.count()))));
        histogram
                .outcomes()
                .forEach((result, count) ->
                        summary.add(words.outcome(result), Markup.span("", words.count(count))));
    }

    private void narrow(AuditQuery query, Instant from, Instant to) {
        Instant begin = from.isBefore(query.from()) ? query.from() : from;
        Instant end = to.isAfter(query.to()) ? query.to() : to;
        if (begin.isBefore(end)) {
            narrow.accept(begin, end);
        }
    }
}
