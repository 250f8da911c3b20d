package assay.web.trail;

import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.ErrorCode;
import assay.web.WebException;
import java.time.Instant;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What this room's endpoints have in common. Stateless. */
public final class TrailRest {
    private static final int NAME_CHARS = 40;

    private TrailRest() {}

    /**
     * The query that the parameters say.
     *
     * @throws WebException INVALID_REQUEST with the wrong field
     */
    public static AuditQuery query(AuditScope scope, Map<String, String> parameters, Instant now) {
        try {
            return AuditQuery.parse(scope, parameters, now);
        } catch (AuditQuery.InvalidException e) {
            throw WebException.invalid(e.field(), String.valueOf(e.getMessage()));
        }
    }

    static UUID id(String text, String what) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such " + what, Map.of(), null, e);
        }
    }

    static WebException invalid(Map<String, String> wrong) {
        var detail = new StringJoiner("; ");
        wrong.forEach((field, message) -> detail.add(field + ": " + message));
        return new WebException(ErrorCode.INVALID_REQUEST, detail.toString(), wrong, null, null);
    }

    static String cut(String name) {
        return name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS);
    }

    static @Nullable String text(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }
}
