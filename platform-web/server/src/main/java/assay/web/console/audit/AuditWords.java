package assay.web.console.audit;

import assay.web.console.part.Figures;
import assay.web.console.part.Pill;
import assay.web.console.tenants.RoleWords;
import com.vaadin.flow.component.Component;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How records are told in the visitor's language. Times are in UTC, as in the chain. */
record AuditWords(Component owner) {
    private Locale locale() {
        return owner.getUI().map(ui -> ui.getLocale()).orElse(Locale.ENGLISH);
    }

    /** One of the audit page's texts. */
    String text(String key, Object... parameters) {
        return owner.getTranslation(key, parameters);
    }

    Figures figures() {
        return new Figures(locale());
    }

    String count(long count) {
        return figures().number((double) count, 0);
    }

    String time(Instant at) {
        return DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM)
                .withLocale(locale())
                .withZone(ZoneOffset.UTC)
                .format(at);
    }

    Pill outcome(String result) {
        return new Pill(
                switch (result) {
                    case "success" -> Pill.Tone.GOOD;
                    case "failure" -> Pill.Tone.WARN;
                    case "denied" -> Pill.Tone.BAD;
                    default -> Pill.Tone.QUIET;
                },
                outcomeText(result));
    }

    String outcomeText(String result) {
        return switch (result) {
            case "success", "failure", "denied" -> text("audit.outcome." + result);
            default -> result;
        };
    }

    /** What the actor was: a role in the visitor's language. */
    String role(JsonNode actor) {
        return RoleWords.name(owner, part(actor, "role"));
    }

    static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    /** A field of it as text; empty where there is none. */
    static String part(JsonNode object, String name) {
        JsonNode node = object.path(name);
        return node.isMissingNode() || node.isNull() ? "" : node.asString();
    }
}
