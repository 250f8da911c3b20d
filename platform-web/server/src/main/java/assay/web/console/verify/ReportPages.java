package assay.web.console.verify;

import assay.web.WebException;
import assay.web.console.Visitor;
import assay.web.verify.Verifications;
import java.util.Locale;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * Reports as pages of their own, which can be printed and kept: for people who signed in and for
 * guests, each sees only what the service shows him.
 */
@Controller
class ReportPages {
    private final Verifications verifications;
    private final Visitor visitor;

    ReportPages(Verifications verifications, Visitor visitor) {
        this.verifications = verifications;
        this.visitor = visitor;
    }

    /** Relative to the application's root. */
    static String path(UUID id, Locale locale) {
        return "report/" + id + "?lang=" + locale.toLanguageTag();
    }

    @GetMapping(path = "/report/{id}")
    ResponseEntity<String> report(
            @PathVariable UUID id, @RequestParam(name = "lang", defaultValue = "en") String lang) {
        try {
            return ResponseEntity.ok()
                    .contentType(
                            new MediaType(
                                    MediaType.TEXT_HTML, java.nio.charset.StandardCharsets.UTF_8))
                    .body(verifications.reportHtml(visitor.caller(), id, lang));
        } catch (WebException e) {
            return ResponseEntity.status(status(e))
                    .contentType(MediaType.TEXT_PLAIN)
                    .body(e.detail());
        }
    }

    private static HttpStatus status(WebException e) {
        return switch (e.code().kind()) {
            case NOT_FOUND -> HttpStatus.NOT_FOUND;
            case FORBIDDEN -> HttpStatus.FORBIDDEN;
            case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
            case USER -> HttpStatus.CONFLICT;
            case LIMIT -> HttpStatus.TOO_MANY_REQUESTS;
            case CAPACITY -> HttpStatus.SERVICE_UNAVAILABLE;
            case INTERNAL -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    }
}
