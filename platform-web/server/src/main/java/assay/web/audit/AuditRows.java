package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.http.Traces;
import assay.web.identity.Caller;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Makes a row of an event: its id, its bounds, its JSON. Thread-safe. */
final class AuditRows {
    /** Headers and paths are the client's to choose; a record keeps what tells them apart. */
    private static final int MOST_CHARS = 512;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Traces traces;
    private final SecureRandom random = new SecureRandom();

    AuditRows(Traces traces) {
        this.traces = traces;
    }

    AuditRow row(AuditEvent event) {
        Caller caller = event.caller();
        return new AuditRow(
                id(event.at()),
                event.at(),
                caller.tenantId(),
                actor(caller),
                caller.sourceIp(),
                cut(caller.userAgent()),
                event.action(),
                object(event),
                json("method", event.method(), "path", cut(event.path())),
                outcome(event),
                event.duration().toNanos(),
                json("request", event.requestId(), "trace", traces.of(event.requestId())),
                JSON.writeValueAsString(event.details()));
    }

    /**
     * An id that sorts by time: 48 bits of the event's milliseconds, then chance. Source: RFC 9562,
     * section 5.7 (UUID version 7).
     */
    private UUID id(Instant at) {
        long most = (at.toEpochMilli() << 16) | 0x7000L | (random.nextInt() & 0x0fffL);
        long least = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(most, least);
    }

    private static String actor(Caller caller) {
        return json(
                "kind",
                caller.kind().name().toLowerCase(Locale.ROOT),
                "id",
                caller.id(),
                "name",
                caller.name(),
                "role",
                caller.role());
    }

    private static String object(AuditEvent event) {
        return json(
                "type",
                event.objectType(),
                "id",
                cut(event.objectId()),
                "model",
                event.model(),
                "version",
                event.modelVersion());
    }

    private static String outcome(AuditEvent event) {
        return json(
                "result",
                event.outcome().name().toLowerCase(Locale.ROOT),
                "status",
                event.status(),
                "reason",
                event.reason());
    }

    /** Names and values in turn; what is null is left out. */
    private static String json(@Nullable Object... pairs) {
        Map<String, Object> object = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            Object value = pairs[i + 1];
            if (value != null) {
                object.put(String.valueOf(pairs[i]), value);
            }
        }
        return JSON.writeValueAsString(object);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS);
    }
}
