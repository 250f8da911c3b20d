package assay.web.verify;

import assay.web.WebException;
import assay.web.audit.AuditEvent;
import assay.web.audit.AuditEvent.Outcome;
import assay.web.audit.AuditLog;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** One record for each run, cancellation and report. Thread-safe. */
final class VerificationAudit {
    /**
     * What the record says of a run that its owner ended: as proxies say it of a closed request.
     */
    private static final int CANCELLED_STATUS = 499;

    private final AuditLog log;
    private final InstantSource clock;

    VerificationAudit(AuditLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    /** A run that is over, however it ended; in the transaction that writes the end. */
    void ended(JdbcClient transaction, StoredVerification stored) {
        var v = stored.verification();
        var failure = stored.failure();
        boolean cancelled = v.state() == Verification.State.CANCELLED;
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("scenario", v.scenario());
        details.put("system", v.system());
        details.put("statement_sha256", Sha256.hex(v.statement()));
        if (v.verdict() != null) {
            details.put("verdict", v.verdict().id());
        }
        details.put("samples", v.samples());
        details.put("candidates", Tally.of(v).candidates());
        details.put("tokens", Tally.of(v).tokens());
        Instant end = v.finishedAt() == null ? clock.instant() : v.finishedAt();
        log.record(
                transaction,
                event(
                        v.createdAt(),
                        stored.owner(),
                        "verification.run",
                        v,
                        failure == null && !cancelled ? Outcome.SUCCESS : Outcome.FAILURE,
                        cancelled
                                ? CANCELLED_STATUS
                                : failure == null ? 200 : Problems.status(failure.code()),
                        cancelled ? "CANCELLED" : failure == null ? null : failure.code().name(),
                        Duration.between(v.createdAt(), end),
                        stored.requestId(),
                        details));
    }

    /** A run that was refused before it began. */
    void refused(Instant at, Caller caller, String requestId, WebException why) {
        boolean denied =
                switch (why.code().kind()) {
                    case FORBIDDEN, UNAUTHENTICATED, LIMIT -> true;
                    case USER, NOT_FOUND, CONFLICT, CAPACITY, INTERNAL -> false;
                };
        log.record(
                new AuditEvent(
                        at,
                        caller,
                        "verification.run",
                        "verification",
                        "",
                        null,
                        null,
                        method(caller, "POST"),
                        path(caller, ""),
                        denied ? Outcome.DENIED : Outcome.FAILURE,
                        Problems.status(why.code()),
                        why.code().name(),
                        Duration.between(at, clock.instant()),
                        requestId,
                        Map.of()));
    }

    /** A caller's wish to end one. */
    void cancelled(Caller caller, Verification v, String requestId) {
        log.record(
                event(
                        clock.instant(),
                        caller,
                        "verification.cancel",
                        v,
                        Outcome.SUCCESS,
                        204,
                        null,
                        Duration.ZERO,
                        requestId,
                        Map.of()));
    }

    /** A report that left the house. */
    void reported(Caller caller, Verification v, String requestId, String format) {
        log.record(
                event(
                        clock.instant(),
                        caller,
                        "verification.report",
                        v,
                        Outcome.SUCCESS,
                        200,
                        null,
                        Duration.ZERO,
                        requestId,
                        Map.of("format", format)));
    }

    private static AuditEvent event(
            Instant at,
            Caller caller,
            String action,
            Verification v,
            Outcome outcome,
            int status,
            @Nullable String reason,
            Duration duration,
            String requestId,
            Map<String, Object> details) {
        String method =
                switch (action) {
                    case "verification.run" -> "POST";
                    case "verification.cancel" -> "DELETE";
                    default -> "GET";
                };
        UUID id = v.id();
        return new AuditEvent(
                at,
                caller,
                action,
                "verification",
                id.toString(),
                v.model(),
                v.modelVersion(),
                method(caller, method),
                path(caller, action.equals("verification.run") ? "" : "/" + id),
                outcome,
                status,
                reason,
                duration,
                requestId,
                details);
    }

    /** People and guests come through the console, whose calls have no method of their own. */
    private static String method(Caller caller, String method) {
        return caller.kind() == Caller.Kind.API_KEY ? method : "CONSOLE";
    }

    private static String path(Caller caller, String rest) {
        return caller.kind() == Caller.Kind.API_KEY ? "/api/v1/verifications" + rest : "/verify";
    }
}
