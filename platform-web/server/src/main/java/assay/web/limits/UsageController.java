package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.CurrentCaller;
import assay.web.limits.UsageReport.By;
import assay.web.limits.UsageReport.Line;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Usage over REST, as JSON or as CSV. */
@RestController
class UsageController {
    static final String PATH = "/api/v1/admin/usage";

    private static final int USUAL_DAYS = 30;

    private final UsageReport report;
    private final CurrentCaller callers;
    private final InstantSource clock;

    UsageController(UsageReport report, CurrentCaller callers, InstantSource clock) {
        this.report = report;
        this.callers = callers;
        this.clock = clock;
    }

    @GetMapping(PATH)
    ResponseEntity<Object> usage(
            @RequestParam @Nullable String tenant,
            @RequestParam(defaultValue = "day") String by,
            @RequestParam @Nullable String from,
            @RequestParam @Nullable String to,
            @RequestParam(defaultValue = "json") String format) {
        By by1 =
                By.of(by)
                        .orElseThrow(() ->
                                WebException.invalid(
                                        "by",
                                        "unknown (expected: "
                                                + Arrays.stream(By.values())
                                                        .map(By::id)
                                                        .collect(Collectors.joining(", "))
                                                + ")"));
        LocalDate last = day("to", to, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        LocalDate first = day("from", from, last.minusDays(USUAL_DAYS - 1));
        List<Line> lines =
                report.lines(callers.required(), QuotaController.tenant(tenant), by1, first, last);
        return switch (format) {
            case "json" -> ResponseEntity.ok(json(by1, first, last, lines));
            case "csv" ->
                    ResponseEntity.ok()
                            .contentType(new MediaType("text", "csv", StandardCharsets.UTF_8))
                            .header(
                                    HttpHeaders.CONTENT_DISPOSITION,
                                    "attachment; filename=\"usage-by-" + by1.id() + ".csv\"")
                            .body(UsageReport.csv(by1, lines));
            default -> throw WebException.invalid("format", "unknown (expected: json or csv)");
        };
    }

    private static LocalDate day(String name, @Nullable String text, LocalDate otherwise) {
        if (text == null) {
            return otherwise;
        }
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw WebException.invalid(name, "no day (expected: as 2026-11-23)");
        }
    }

    private static Map<String, Object> json(By by, LocalDate from, LocalDate to, List<Line> lines) {
        var json = new LinkedHashMap<String, Object>();
        json.put("by", by.id());
        json.put("from", from.toString());
        json.put("to", to.toString());
        json.put(
                "usage",
                lines.stream()
                        .map(line -> {
                            var each = new LinkedHashMap<String, Object>();
                            each.put(by.id(), line.id());
                            if (by != By.DAY && by != By.MODEL) {
                                each.put("name", line.name());
                            }
                            each.put("requests", line.requests());
                            each.put("denied", line.denied());
                            each.put("input_tokens", line.inputTokens());
                            each.put("output_tokens", line.outputTokens());
                            return each;
                        })
                        .toList());
        return json;
    }
}
