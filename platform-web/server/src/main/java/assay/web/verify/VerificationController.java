package assay.web.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.http.JsonBody;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.verify.Verification.State;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.ObjectNode;

/**
 * Verifications over REST. A call that waits for the result only watches: whoever hangs up finds it
 * at its address later.
 */
@RestController
@RequestMapping(VerificationJson.PATH)
class VerificationController {
    /** A report is read as a file as well: nothing but its own style may act in it. */
    private static final String REPORT_POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'";

    private final TheoremVerifications verifications;
    private final VerificationAudit audit;
    private final CurrentCaller callers;
    private final InstantSource clock;
    private final Duration maxWait;
    private final int maxBytes;

    VerificationController(
            TheoremVerifications verifications,
            VerificationAudit audit,
            CurrentCaller callers,
            InstantSource clock,
            VerificationLimits limits,
            WebSettings settings) {
        this.verifications = verifications;
        this.audit = audit;
        this.callers = callers;
        this.clock = clock;
        this.maxWait = limits.maxWait();
        this.maxBytes = settings.serving().requestBytes();
    }

    @PostMapping
    ResponseEntity<ObjectNode> start(HttpServletRequest request) throws IOException {
        Caller caller = callers.required();
        UUID id = verifications.start(read(request, caller));
        if (wantsNoWait(request)) {
            return accepted(verifications.visible(caller, id), true);
        }
        verifications.await(caller, id, maxWait);
        var stored = verifications.visible(caller, id);
        var failure = stored.failure();
        if (failure != null) {
            throw failure.toException();
        }
        return stored.verification().state() == State.RUNNING
                ? accepted(stored, false)
                : ResponseEntity.ok(VerificationJson.result(stored));
    }

    /** Reads the body; one that can not be read is audited here, as nothing else learns of it. */
    private TheoremCommand read(HttpServletRequest request, Caller caller) throws IOException {
        var at = clock.instant();
        String requestId = RequestId.of(request);
        try {
            return VerificationBody.read(JsonBody.read(request, maxBytes), caller, requestId);
        } catch (WebException e) {
            audit.refused(at, caller, requestId, e);
            throw e;
        }
    }

    private static ResponseEntity<ObjectNode> accepted(StoredVerification stored, boolean asked) {
        var answer =
                ResponseEntity.accepted()
                        .location(
                                URI.create(
                                        VerificationJson.PATH + "/" + stored.verification().id()));
        if (asked) {
            answer.header("Preference-Applied", "respond-async");
        }
        return answer.body(VerificationJson.result(stored));
    }

    /** RFC 7240: preferences come in one header or several, each perhaps with parameters. */
    private static boolean wantsNoWait(HttpServletRequest request) {
        for (String header : Collections.list(request.getHeaders("Prefer"))) {
            for (String preference : header.split(",", -1)) {
                String name = preference.split(";", 2)[0].strip();
                if (name.equalsIgnoreCase("respond-async")) {
                    return true;
                }
            }
        }
        return false;
    }

    @GetMapping("/{id}")
    ObjectNode find(@PathVariable String id) {
        return VerificationJson.result(verifications.visible(callers.required(), uuid(id)));
    }

    @GetMapping("/{id}/report")
    ResponseEntity<Object> report(
            @PathVariable String id,
            @RequestParam(defaultValue = "html") String format,
            @RequestParam @Nullable String lang,
            HttpServletRequest request,
            HttpServletResponse response) {
        Caller caller = callers.required();
        UUID verification = uuid(id);
        var stored = verifications.finished(caller, verification);
        Object body;
        MediaType type;
        switch (format.toLowerCase(Locale.ROOT)) {
            case "html" -> {
                String language = lang == null ? request.getLocale().toLanguageTag() : lang;
                body = verifications.reportHtml(caller, verification, language);
                type = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);
                response.setHeader("Content-Security-Policy", REPORT_POLICY);
            }
            case "json" -> {
                body = VerificationJson.report(stored);
                type = MediaType.APPLICATION_JSON;
            }
            case "pdf" ->
                    throw WebException.invalid(
                            "format", "pdf is not in this release (expected: html or json)");
            default -> throw WebException.invalid("format", "unknown (expected: html or json)");
        }
        audit.reported(caller, stored.verification(), RequestId.of(request), format);
        return ResponseEntity.ok().contentType(type).body(body);
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> cancel(@PathVariable String id) {
        verifications.cancel(callers.required(), uuid(id));
        return ResponseEntity.noContent().build();
    }

    /** What is no id names nothing. */
    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such verification", Map.of(), null, e);
        }
    }
}
