package assay.web.console.verify;

import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.console.Visitor;
import assay.web.verify.Verifications;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
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

    /** The report; where there is none to show, the console says so in the visitor's language. */
    @GetMapping(path = "/report/{id}")
    ResponseEntity<String> report(
            @PathVariable String id,
            @RequestParam(name = "lang", defaultValue = "en") String lang) {
        var known = VerifyView.parse(id);
        if (known.isEmpty()) {
            return toConsole("unknown");
        }
        try {
            return ResponseEntity.ok()
                    .contentType(new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8))
                    .body(verifications.reportHtml(visitor.caller(), known.get(), lang));
        } catch (WebException e) {
            if (e.code().kind() == ErrorKind.INTERNAL) {
                throw e;
            }
            return toConsole(known.get().toString());
        }
    }

    /** Relative, so that it holds behind whatever address the console is reached by. */
    private static ResponseEntity<String> toConsole(String id) {
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .header(HttpHeaders.LOCATION, "../verify/" + id)
                .build();
    }
}
