package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.logs.LogLine;
import assay.web.logs.LogPage;
import assay.web.logs.LogQuery;
import assay.web.logs.Logs;
import assay.web.tenants.AdminCall;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Log lines in memory; only range, level and node are looked at. Thread-safe. */
final class FakeLogs implements Logs {
    final List<LogQuery> searched = new ArrayList<>();
    private final List<LogLine> lines = new ArrayList<>();
    private boolean searchable = true;
    private boolean away;

    /** As many, a second apart, the newest a second ago. */
    synchronized void fill(int count) {
        for (int i = 1; i <= count; i++) {
            add(Instant.now().minusSeconds(i), "INFO", "agent-1", "line " + i, Map.of());
        }
    }

    synchronized void add(
            Instant at, String level, String node, String message, Map<String, String> more) {
        var fields = new java.util.HashMap<>(more);
        fields.putAll(
                Map.of(
                        "log.level", level,
                        "service.name", "assay-agent",
                        "service.node.name", node,
                        "message", message));
        lines.add(new LogLine("id-" + lines.size(), at, fields));
        lines.sort(java.util.Comparator.comparing(LogLine::at).reversed());
    }

    synchronized void off() {
        searchable = false;
    }

    synchronized void away() {
        away = true;
    }

    @Override
    public synchronized boolean searchable() {
        return searchable;
    }

    @Override
    public synchronized LogPage page(
            AdminCall call, LogQuery query, LogPage.@Nullable Cursor after, int limit) {
        searched.add(query);
        return found(query, after == null ? 0 : (int) after.offset(), limit);
    }

    @Override
    public synchronized LogPage tail(AdminCall call, LogQuery query, int limit, boolean first) {
        return found(query, 0, limit);
    }

    private LogPage found(LogQuery query, int skipped, int limit) {
        if (away) {
            throw new WebException(ErrorCode.LOGS_AWAY, "away");
        }
        List<LogLine> found =
                lines.stream()
                        .filter(each -> !each.at().isBefore(query.from()))
                        .filter(each -> each.at().isBefore(query.to()))
                        .filter(each -> query.level() == null || each.level().equals(query.level()))
                        .filter(each ->
                                each.node().equals(query.equal().getOrDefault("node", each.node())))
                        .skip(skipped)
                        .toList();
        return found.size() <= limit
                ? new LogPage(found, null)
                : new LogPage(found.subList(0, limit), new LogPage.Cursor(0, skipped + limit));
    }
}
