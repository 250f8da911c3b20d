package assay.web.logs;

import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticStore;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Permission;
import assay.web.tenants.AdminCall;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The searches, with rights asked and records left. Thread-safe. */
@Component
class SearchedLogs implements Logs {
    private static final Duration LATER = Duration.ofSeconds(5);

    private final @Nullable LogSearch search;
    private final AuditedChanges changes;

    SearchedLogs(ObjectProvider<ElasticStore> elastic, AuditedChanges changes) {
        ElasticStore store = elastic.getIfAvailable();
        this.search = store == null ? null : new LogSearch(store.connection(Authority.READER));
        this.changes = changes;
    }

    @Override
    public boolean searchable() {
        return search != null;
    }

    @Override
    public LogPage page(AdminCall call, LogQuery query, LogPage.@Nullable Cursor after, int limit) {
        return audited(call, "log.search", query, after, limit);
    }

    @Override
    public LogPage tail(AdminCall call, LogQuery query, int limit, boolean first) {
        return first
                ? audited(call, "log.tail", query, null, limit)
                : permitted(call, query, null, limit);
    }

    private LogPage audited(
            AdminCall call,
            String action,
            LogQuery query,
            LogPage.@Nullable Cursor after,
            int limit) {
        var details = new HashMap<String, Object>(query.equal());
        details.put("from", query.from().toString());
        details.put("to", query.to().toString());
        put(details, "level", query.level());
        put(details, "text", query.text());
        var change =
                new Change(
                        call.caller(),
                        call.requestId(),
                        action,
                        "logs",
                        "platform",
                        "GET",
                        LogsController.PATH,
                        details);
        return changes.run(change, () -> permitted(call, query, after, limit));
    }

    private static void put(Map<String, Object> details, String name, @Nullable String value) {
        if (value != null) {
            details.put(name, value);
        }
    }

    private LogPage permitted(
            AdminCall call, LogQuery query, LogPage.@Nullable Cursor after, int limit) {
        call.caller().require(Permission.SETTINGS_MANAGE);
        if (search == null) {
            throw new WebException(
                    ErrorCode.NOT_FOUND,
                    "log lines are searched in Elasticsearch, and this installation has none"
                            + " (expected: a start without --elasticsearch off); the files are in"
                            + " the data folder's logs");
        }
        try {
            return search.page(query, after, limit);
        } catch (IOException e) {
            throw new WebException(
                    ErrorCode.LOGS_AWAY,
                    "Elasticsearch does not answer; the files are in the data folder's logs",
                    Map.of(),
                    LATER,
                    e);
        }
    }
}
