package assay.audit.elastic;

import assay.audit.elastic.ElasticSettings.Layout;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;

/** The names of what holds the documents. Immutable. */
record AuditIndices(String prefix, Layout layout) {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu.MM.dd");

    AuditIndices(ElasticSettings settings) {
        this(settings.prefix(), settings.layout());
    }

    /** Where a record of that day goes. */
    String of(LocalDate day) {
        return switch (layout) {
            case DAY_INDICES -> prefix + DAY.format(day);
            case DATA_STREAM -> stream();
        };
    }

    /** The data stream's name, and that of the template. */
    String stream() {
        return prefix.endsWith("-") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }

    /** What the template applies to, and what a search names. */
    String pattern() {
        return switch (layout) {
            case DAY_INDICES -> prefix + "*";
            case DATA_STREAM -> stream();
        };
    }
}
