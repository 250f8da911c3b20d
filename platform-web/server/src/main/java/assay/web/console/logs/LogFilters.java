package assay.web.console.logs;

import assay.web.console.part.Markup;
import assay.web.console.search.SearchFilters;
import assay.web.logs.LogQuery;
import java.util.List;
import java.util.Locale;

/** Which lines. */
class LogFilters extends SearchFilters {
    private static final long serialVersionUID = 1L;
    private static final List<String> SELDOM =
            List.of("code", "device", "model", "replica", "request", "trace");

    LogFilters() {
        lay(
                Markup.div(
                        "toolbar",
                        anywhere(getTranslation("logs.filter.text.hint")),
                        choice("level", LogQuery.LEVELS, getTranslation("logs.any.level")),
                        choice("process", LogQuery.PROCESSES, getTranslation("logs.any.process")),
                        field("node")),
                SELDOM);
    }

    @Override
    protected String label(String name) {
        return getTranslation("logs.filter." + name);
    }

    @Override
    protected String read(String name, String value) {
        return name.equals("level") ? value.toUpperCase(Locale.ROOT) : value;
    }
}
