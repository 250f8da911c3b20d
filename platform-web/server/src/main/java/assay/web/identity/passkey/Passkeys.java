package assay.web.identity.passkey;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** A person's own passkeys. Thread-safe; nobody sees or changes another's. */
@Component
public class Passkeys {
    private static final int LABEL_CHARS = 100;

    private final JdbcClient jdbc;
    private final AuditedChanges changes;

    Passkeys(JdbcClient jdbc, AuditedChanges changes) {
        this.jdbc = jdbc;
        this.changes = changes;
    }

    /**
     * One of them.
     *
     * @param synced whether it is kept by a service over several devices
     */
    public record Passkey(
            UUID id, String label, boolean synced, Instant createdAt, Instant lastUsedAt) {}

    /** All of the person's, oldest first. */
    public List<Passkey> own(Caller person) {
        return jdbc.sql(
                        "select id, label, backup_state, created_at, last_used_at from passkeys"
                                + " where user_id = ? order by created_at, id")
                .param(userId(person))
                .query((row, _) ->
                        new Passkey(
                                row.getObject(1, UUID.class),
                                row.getString(2),
                                row.getBoolean(3),
                                row.getObject(4, OffsetDateTime.class).toInstant(),
                                row.getObject(5, OffsetDateTime.class).toInstant()))
                .list();
    }

    /**
     * @throws WebException NOT_FOUND, INVALID_REQUEST
     */
    public void rename(Caller person, String requestId, UUID id, String label) {
        String name = label.strip();
        changes.run(
                change(person, requestId, "passkey.rename", id),
                () -> {
                    if (name.isEmpty() || name.length() > LABEL_CHARS) {
                        throw WebException.invalid(
                                "label",
                                name.length() + " characters (expected: 1.." + LABEL_CHARS + ")");
                    }
                    return one(
                            jdbc.sql("update passkeys set label = ? where id = ? and user_id = ?")
                                    .params(name, id, userId(person))
                                    .update());
                });
    }

    /**
     * The passkey opens nothing any more; what the device keeps of it, the person removes there.
     *
     * @throws WebException NOT_FOUND
     */
    public void remove(Caller person, String requestId, UUID id) {
        changes.run(
                change(person, requestId, "passkey.remove", id),
                () ->
                        one(
                                jdbc.sql("delete from passkeys where id = ? and user_id = ?")
                                        .params(id, userId(person))
                                        .update()));
    }

    private static int one(int rows) {
        if (rows == 0) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such passkey of yours");
        }
        return rows;
    }

    private static AuditedChanges.Change change(
            Caller person, String requestId, String action, UUID id) {
        return new AuditedChanges.Change(
                person,
                requestId,
                action,
                "passkey",
                id.toString(),
                action.endsWith("remove") ? "DELETE" : "PUT",
                "/account",
                Map.of());
    }

    private static UUID userId(Caller person) {
        if (person.kind() != Caller.Kind.USER) {
            throw new WebException(ErrorCode.PERMISSION_DENIED, "this is for people, not for keys");
        }
        return UUID.fromString(person.id());
    }
}
