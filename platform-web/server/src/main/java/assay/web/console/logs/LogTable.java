package assay.web.console.logs;

import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.search.FoundTable;
import assay.web.logs.LogLine;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Lines in rows. */
class LogTable extends FoundTable<LogLine> {
    private static final long serialVersionUID = 1L;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);
    private static final int SHOWN_CHARS = 400;

    /**
     * @param page that it will stand on
     */
    LogTable(Component page, Consumer<LogLine> open) {
        super(
                "logs",
                page.getTranslation("logs.list"),
                Stream.of("time", "level", "source", "message")
                        .map(each -> page.getTranslation("logs.column." + each))
                        .toList(),
                open);
    }

    @Override
    protected String id(LogLine line) {
        return line.id();
    }

    @Override
    protected String time(LogLine line) {
        return time(line.at());
    }

    @Override
    protected void fill(NativeTableRow row, LogLine line) {
        cell(row, "level", line.level().isEmpty() ? new Span() : level(line.level()));
        cell(
                row,
                "source",
                Markup.div(
                        "search-two", new Span(line.node()), Markup.span("hint", line.process())));
        var message = Markup.div("search-two", Markup.span("mono logs-text", cut(line.message())));
        if (!line.code().isEmpty()) {
            message.add(Markup.span("hint mono", line.code()));
        }
        cell(row, "message", message);
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    static Pill level(String level) {
        return new Pill(
                switch (level.toUpperCase(Locale.ROOT)) {
                    case "ERROR", "FATAL" -> Pill.Tone.BAD;
                    case "WARN" -> Pill.Tone.WARN;
                    default -> Pill.Tone.QUIET;
                },
                level);
    }

    private static String cut(String text) {
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
    }
}
