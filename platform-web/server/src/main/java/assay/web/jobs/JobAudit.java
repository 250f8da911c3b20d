package assay.web.jobs;

import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.audit.AuditEvent;
import assay.web.audit.AuditEvent.Outcome;
import assay.web.audit.AuditLog;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** One record for each thing done with a job, whatever its outcome. Thread-safe. */
@Component
class JobAudit {
    static final String PATH = "/api/v1/jobs";

    private final AuditLog log;
    private final InstantSource clock;

    JobAudit(AuditLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    /** What is done; what it throws is recorded as its outcome. */
    interface Deed<T> {
        /**
         * @param details figures for the record
         */
        T run(Map<String, Object> details) throws IOException;
    }

    /**
     * @param verb the last part of the action: "pause"
     * @param jobId empty where there is none yet; of a share the tenant's
     */
    <T> T record(Jobs.Call call, String verb, String jobId, Deed<T> deed) throws IOException {
        Instant at = clock.instant();
        Map<String, Object> details = new HashMap<>();
        try {
            T result = deed.run(details);
            int status = verb.equals("submit") ? 201 : 200;
            write(call, verb, jobId, at, Outcome.SUCCESS, status, null, details);
            return result;
        } catch (WebException e) {
            boolean denied = e.code().kind() == ErrorKind.FORBIDDEN;
            write(
                    call,
                    verb,
                    jobId,
                    at,
                    denied ? Outcome.DENIED : Outcome.FAILURE,
                    Problems.status(e.code()),
                    e.code().name(),
                    details);
            throw e;
        }
    }

    private void write(
            Jobs.Call call,
            String verb,
            String jobId,
            Instant at,
            Outcome outcome,
            int status,
            @Nullable String reason,
            Map<String, Object> details) {
        boolean console = call.caller().kind() != Caller.Kind.API_KEY;
        String object = String.valueOf(details.getOrDefault("job", jobId));
        details.remove("job");
        log.record(
                new AuditEvent(
                        at,
                        call.caller(),
                        "job." + verb,
                        verb.equals("share") ? "tenant" : "job",
                        object,
                        null,
                        null,
                        console ? "CONSOLE" : method(verb),
                        console ? "/jobs" : path(verb, jobId),
                        outcome,
                        status,
                        reason,
                        Duration.between(at, clock.instant()),
                        call.requestId(),
                        details));
    }

    private static String method(String verb) {
        return switch (verb) {
            case "results" -> "GET";
            case "share" -> "PUT";
            default -> "POST";
        };
    }

    private static String path(String verb, String id) {
        return switch (verb) {
            case "submit" -> PATH;
            case "share" -> "/api/v1/admin/job-shares/" + id;
            default -> PATH + "/" + id + "/" + verb;
        };
    }
}
