package assay.web.limits;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.limits.QuotaBook.Notice;
import assay.web.limits.QuotaBook.Setting;
import assay.web.limits.QuotaBook.Standing;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Limits over REST. */
@RestController
@RequestMapping(QuotaController.PATH)
class QuotaController {
    static final String PATH = "/api/v1/admin/quotas";

    private static final int BODY_BYTES = 4096;
    private static final int SOFT_PERCENT = 80;

    private final QuotaBook book;
    private final CurrentCaller callers;

    QuotaController(QuotaBook book, CurrentCaller callers) {
        this.book = book;
        this.callers = callers;
    }

    @GetMapping
    Map<String, Object> list(@RequestParam @Nullable String tenant) {
        return Map.of(
                "quotas",
                book.list(callers.required(), tenant(tenant)).stream()
                        .map(QuotaController::json)
                        .toList());
    }

    @GetMapping("/notices")
    Map<String, Object> notices(@RequestParam @Nullable String tenant) {
        List<Map<String, Object>> notices =
                book.notices(callers.required(), tenant(tenant)).stream()
                        .map(QuotaController::json)
                        .toList();
        return Map.of("notices", notices);
    }

    @GetMapping("/{id}")
    ResponseEntity<Map<String, Object>> find(
            @PathVariable String id, @RequestParam @Nullable String tenant) {
        return answer(ResponseEntity.ok(), book.find(callers.required(), tenant(tenant), uuid(id)));
    }

    @PostMapping
    ResponseEntity<Map<String, Object>> create(
            @RequestParam @Nullable String tenant, HttpServletRequest request) throws IOException {
        Caller caller = callers.required();
        Setting setting = setting(JsonBody.read(request, BODY_BYTES), caller, tenant(tenant));
        Standing made = book.create(caller, RequestId.of(request), tenant(tenant), setting);
        return answer(ResponseEntity.created(URI.create(PATH + "/" + made.quota().id())), made);
    }

    @PutMapping("/{id}")
    ResponseEntity<Map<String, Object>> change(
            @PathVariable String id,
            @RequestParam @Nullable String tenant,
            HttpServletRequest request)
            throws IOException {
        long seen = Versions.seen(request);
        var fields =
                JsonFields.of(JsonBody.read(request, BODY_BYTES), Set.of("amount", "soft_percent"));
        long amount = amount(fields);
        int soft = soft(fields);
        fields.done();
        return answer(
                ResponseEntity.ok(),
                book.change(
                        callers.required(),
                        RequestId.of(request),
                        tenant(tenant),
                        uuid(id),
                        seen,
                        amount,
                        soft));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> remove(
            @PathVariable String id,
            @RequestParam @Nullable String tenant,
            HttpServletRequest request) {
        book.remove(
                callers.required(),
                RequestId.of(request),
                tenant(tenant),
                uuid(id),
                Versions.seen(request));
        return ResponseEntity.noContent().build();
    }

    private static Setting setting(
            tools.jackson.databind.JsonNode body, Caller caller, @Nullable UUID asked) {
        var fields =
                JsonFields.of(
                        body, Set.of("subject", "subject_id", "limit", "amount", "soft_percent"));
        Subject.Kind subject = fields.choice("subject", Subject.Kind.TENANT);
        String id =
                subject == Subject.Kind.TENANT
                        ? fields.text("subject_id", QuotaBook.tenant(caller, asked).toString())
                        : fields.required("subject_id");
        if (id.isEmpty() || id.length() > 200) {
            fields.wrong("subject_id", id.length() + " characters (expected: 1..200)");
        }
        String limit = fields.required("limit");
        var kind = LimitKind.of(limit);
        if (kind.isEmpty()) {
            fields.wrong(
                    "limit",
                    "unknown (expected: "
                            + Arrays.stream(LimitKind.values())
                                    .map(LimitKind::id)
                                    .collect(Collectors.joining(", "))
                            + ")");
        }
        long amount = amount(fields);
        int soft = soft(fields);
        fields.done();
        return new Setting(new Subject(subject, id), kind.orElseThrow(), amount, soft);
    }

    private static long amount(JsonFields fields) {
        double amount = fields.number("amount", -1);
        if (amount < 0 || amount > Quota.MOST || amount != Math.rint(amount)) {
            fields.wrong("amount", "expected: a whole number, 0.." + Quota.MOST);
            return 0;
        }
        return (long) amount;
    }

    private static int soft(JsonFields fields) {
        int soft = fields.whole("soft_percent", SOFT_PERCENT);
        if (soft < 1 || soft > 100) {
            fields.wrong("soft_percent", soft + " (expected: 1..100)");
            return SOFT_PERCENT;
        }
        return soft;
    }

    private static ResponseEntity<Map<String, Object>> answer(
            ResponseEntity.BodyBuilder builder, Standing standing) {
        return builder.eTag(Versions.etag(standing.quota().version())).body(json(standing));
    }

    private static Map<String, Object> json(Standing standing) {
        var json = json(standing.quota(), standing.name());
        json.put("soft_percent", standing.quota().softPercent());
        if (standing.used() != null) {
            json.put("used", standing.used());
        }
        json.put("version", standing.quota().version());
        return json;
    }

    private static Map<String, Object> json(Notice notice) {
        var json = json(notice.quota(), notice.name());
        json.put("amount", notice.amount());
        json.put("used", notice.used());
        json.put("at", notice.at().toString());
        return json;
    }

    private static Map<String, Object> json(Quota quota, String name) {
        var json = new LinkedHashMap<String, Object>();
        json.put("id", quota.id().toString());
        json.put("subject", quota.subject().kind().id());
        json.put("subject_id", quota.subject().id());
        json.put("name", name);
        json.put("limit", quota.kind().id());
        json.put("amount", quota.amount());
        return json;
    }

    static @Nullable UUID tenant(@Nullable String text) {
        return text == null ? null : uuid(text);
    }

    /** What is no id names nothing. */
    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such thing", Map.of(), null, e);
        }
    }
}
