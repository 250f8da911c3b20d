package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.http.JsonBody;
import assay.web.http.RequestId;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Batch jobs over REST. */
@RestController
@RequestMapping(JobAudit.PATH)
class JobController {
    private final Jobs jobs;
    private final CurrentCaller callers;
    private final JobLimits limits;
    private final int maxBytes;

    JobController(Jobs jobs, CurrentCaller callers, JobLimits limits, WebSettings settings) {
        this.jobs = jobs;
        this.callers = callers;
        this.limits = limits;
        this.maxBytes = settings.serving().requestBytes();
    }

    @PostMapping
    ResponseEntity<ObjectNode> submit(HttpServletRequest request) throws IOException {
        var call = call(request);
        call.caller().require(Permission.BATCH_RUN);
        try {
            var body = JobBody.read(request, limits, maxBytes);
            var submitted = jobs.submit(call, body.job(), body.items());
            String place = JobAudit.PATH + "/" + submitted.job().id();
            return ResponseEntity.status(
                            submitted.alreadyKnown() ? HttpStatus.OK : HttpStatus.CREATED)
                    .location(URI.create(place))
                    .body(JobJson.job(submitted.job()));
        } catch (WebException e) {
            if (e.code().kind() == ErrorKind.USER) {
                JobBody.passOver(request);
            }
            throw e;
        }
    }

    @GetMapping
    ObjectNode list(
            @RequestParam(defaultValue = "") String state,
            @RequestParam(defaultValue = "50") int limit,
            @RequestParam @Nullable String cursor) {
        var page = jobs.list(callers.required(), states(JobState.class, state), limit, cursor);
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("jobs");
        page.entries().forEach(job -> list.add(JobJson.job(job)));
        next(node, page.next());
        return node;
    }

    @GetMapping("/{id}")
    ObjectNode find(@PathVariable String id) {
        return JobJson.job(jobs.find(callers.required(), uuid(id)));
    }

    @PostMapping("/{id}/pause")
    ObjectNode pause(@PathVariable String id, HttpServletRequest request) {
        return JobJson.job(jobs.pause(call(request), uuid(id)));
    }

    @PostMapping("/{id}/resume")
    ObjectNode resume(@PathVariable String id, HttpServletRequest request) {
        return JobJson.job(jobs.resume(call(request), uuid(id)));
    }

    @PostMapping("/{id}/cancel")
    ObjectNode cancel(@PathVariable String id, HttpServletRequest request) {
        return JobJson.job(jobs.cancel(call(request), uuid(id)));
    }

    /** Of all items that failed for good, or of those that the body names. */
    @PostMapping("/{id}/retry")
    ObjectNode retry(@PathVariable String id, HttpServletRequest request) throws IOException {
        var call = call(request);
        boolean all = request.getContentLengthLong() == 0 || request.getContentType() == null;
        List<String> items = all ? List.of() : items(JsonBody.read(request, maxBytes));
        return JobJson.job(jobs.retry(call, uuid(id), items));
    }

    private static List<String> items(JsonNode body) {
        JsonNode items = body.get("items");
        if (body.size() != 1 || items == null || !items.isArray() || items.isEmpty()) {
            throw WebException.invalid("items", "expected: an array of ids, and nothing else");
        }
        var ids = new ArrayList<String>();
        for (JsonNode each : items) {
            if (!each.isString()) {
                throw WebException.invalid("items", "expected: ids, as texts");
            }
            ids.add(each.stringValue());
        }
        return ids;
    }

    /** A page of JSON, or everything as lines where the client asks for those. */
    @GetMapping("/{id}/results")
    @Nullable ResponseEntity<ObjectNode> results(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String state,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam @Nullable String cursor,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        var call = call(request);
        var states = states(ItemState.class, state);
        if (wantsLines(request)) {
            lines(call, uuid(id), states, response);
            return null;
        }
        if (limit < 1 || limit > Jobs.Wanted.MOST) {
            throw WebException.invalid("limit", limit + " (expected: 1.." + Jobs.Wanted.MOST + ")");
        }
        var page = jobs.results(call, uuid(id), new Jobs.Wanted(states, cursor, limit));
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("results");
        page.entries().forEach(result -> list.add(JobJson.result(result)));
        next(node, page.next());
        return ResponseEntity.ok(node);
    }

    private void lines(Jobs.Call call, UUID id, Set<ItemState> states, HttpServletResponse response)
            throws IOException {
        response.setContentType(JobResults.CONTENT_TYPE);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + id + ".ndjson\"");
        try {
            new JobResults(jobs).write(call, id, states, response.getOutputStream());
        } catch (WebException e) {
            if (response.isCommitted()) {
                // A cut stream is seen by the client; a whole one that lacks lines is not.
                throw new IOException("the results end early", e);
            }
            response.reset();
            throw e;
        }
    }

    private static boolean wantsLines(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return accept != null && accept.contains(JobResults.CONTENT_TYPE);
    }

    private Jobs.Call call(HttpServletRequest request) {
        return new Jobs.Call(callers.required(), RequestId.of(request));
    }

    private static void next(ObjectNode node, @Nullable String cursor) {
        if (cursor != null) {
            node.put("next_cursor", cursor);
        }
    }

    /** Names of states, with commas between. */
    private static <S extends Enum<S>> Set<S> states(Class<S> type, String names) {
        var states = EnumSet.noneOf(type);
        for (String name : names.split(",", -1)) {
            if (!name.isBlank()) {
                states.add(state(type, name.strip()));
            }
        }
        return states;
    }

    private static <S extends Enum<S>> S state(Class<S> type, String name) {
        for (S each : type.getEnumConstants()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
                return each;
            }
        }
        String known =
                Arrays.stream(type.getEnumConstants())
                        .map(each -> each.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "));
        throw WebException.invalid("state", "unknown (expected: " + known + ")");
    }

    /** What is no id names nothing. */
    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such job", Map.of(), null, e);
        }
    }
}
