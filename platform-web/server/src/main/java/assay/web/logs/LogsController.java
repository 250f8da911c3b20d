package assay.web.logs;

import assay.web.WebException;
import assay.web.http.Paging;
import assay.web.http.RequestId;
import assay.web.identity.CurrentCaller;
import assay.web.tenants.AdminCall;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Searches of the log lines over REST. */
@RestController
class LogsController {
    static final String PATH = "/api/v1/admin/logs";

    private final Logs logs;
    private final CurrentCaller callers;
    private final InstantSource clock;

    LogsController(Logs logs, CurrentCaller callers, InstantSource clock) {
        this.logs = logs;
        this.callers = callers;
        this.clock = clock;
    }

    @GetMapping(PATH)
    ObjectNode lines(HttpServletRequest request, @RequestParam Map<String, String> parameters) {
        var unknown = new TreeSet<>(parameters.keySet());
        unknown.removeAll(LogQuery.PARAMETERS);
        unknown.removeAll(Set.of("cursor", "limit"));
        if (!unknown.isEmpty()) {
            throw WebException.invalid("parameters", "unknown: " + unknown.size() + " of them");
        }
        LogQuery query = LogQuery.parse(parameters, clock.instant());
        LogPage page =
                logs.page(
                        new AdminCall(callers.required(), RequestId.of(request)),
                        query,
                        Paging.cursor(parameters.get("cursor"), LogPage.Cursor::parse),
                        Paging.limit(parameters.get("limit")));
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("from", query.from().toString()).put("to", query.to().toString());
        var list = answer.putArray("lines");
        for (LogLine each : page.lines()) {
            ObjectNode fields =
                    list.addObject()
                            .put("id", each.id())
                            .put("at", each.at().toString())
                            .putObject("fields");
            new TreeMap<>(each.fields()).forEach(fields::put);
        }
        answer.put("next", page.next() == null ? null : page.next().toString());
        return answer;
    }
}
