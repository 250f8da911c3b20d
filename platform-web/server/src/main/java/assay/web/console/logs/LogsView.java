package assay.web.console.logs;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.search.FoundPage;
import assay.web.console.search.FoundTable;
import assay.web.console.search.SearchView;
import assay.web.logs.LogLine;
import assay.web.logs.LogPage;
import assay.web.logs.LogQuery;
import assay.web.logs.Logs;
import assay.web.tenants.AdminCall;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The log lines of all processes. Needs {@code settings:manage}. */
@Route(value = "logs", layout = ConsoleFrame.class)
@Menu(title = "nav.logs", order = 31, icon = "LINES")
@PermitAll
public class LogsView extends SearchView<LogLine> {
    private static final long serialVersionUID = 1L;
    private static final Texts TEXTS =
            new Texts("logs.title", "logs.lead", "logs.older", "logs.live.on", "logs.live.came");

    private final transient Logs logs;

    LogsView(Logs logs, Visitor visitor, InstantSource clock) {
        super("logs", "1h", TEXTS, visitor, clock);
        this.logs = logs;
    }

    @Override
    protected void build() {
        add(head());
        if (logs.searchable()) {
            begin(new LogFilters());
        } else {
            add(empty("logs.off.title", "logs.off.text"));
        }
    }

    private EmptyState empty(String title, String text) {
        return new EmptyState(Glyph.LINES, getTranslation(title), getTranslation(text));
    }

    @Override
    protected FoundPage<LogLine> find() {
        return page(LogQuery.parse(asked(), now()), null);
    }

    private FoundPage<LogLine> page(LogQuery query, LogPage.@Nullable Cursor after) {
        LogPage page = logs.page(AdminCall.console(caller()), query, after, PAGE);
        LogPage.Cursor next = page.next();
        return new FoundPage<>(page.lines(), next == null ? null : () -> page(query, next), null);
    }

    @Override
    protected List<LogLine> newest(Instant from, Instant to, boolean first) {
        LogQuery query = LogQuery.parse(asked(), to).within(from, to);
        return logs.tail(AdminCall.console(caller()), query, PAGE, first).lines();
    }

    @Override
    protected FoundTable<LogLine> emptyTable() {
        return new LogTable(this, line -> new LineDialog(this, line).open());
    }

    @Override
    protected EmptyState none() {
        return empty("logs.none.title", "logs.none.text");
    }
}
