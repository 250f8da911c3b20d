package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.Rights;
import assay.web.identity.SignedInPerson;
import assay.web.identity.Standing;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Sign-ins that failed, and sign-outs: the name that was given, never the password. Of a person who
 * is known it belongs to the tenant in which he would have worked, of anybody else to the platform.
 * Thread-safe.
 */
@Component
public class AuditedSignIns {
    private static final int NAME_CHARS = 100;
    private static final int STATUS = 401;

    private final AuditLog log;
    private final Rights rights;
    private final JdbcClient jdbc;
    private final InstantSource clock;

    AuditedSignIns(AuditLog log, Rights rights, JdbcClient jdbc, InstantSource clock) {
        this.log = log;
        this.rights = rights;
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /**
     * @param name that was given; null where the way has none
     * @param method the way: "password"
     * @param reason stable name: "WRONG_PASSWORD"
     * @throws assay.web.WebException AUDIT_SPOOL_FULL
     */
    public void failed(
            HttpServletRequest request, @Nullable String name, String method, String reason) {
        String given = name == null ? "" : name.strip();
        Optional<UUID> person = given.isEmpty() ? Optional.empty() : person(given);
        UUID tenant =
                person.flatMap(id -> rights.of(id).stream().findFirst())
                        .map(Standing::tenantId)
                        .orElse(AuditRow.PLATFORM);
        log.record(
                new AuditEvent(
                        clock.instant(),
                        new Caller(
                                tenant,
                                Caller.Kind.USER,
                                person.map(UUID::toString).orElse(""),
                                given.length() <= NAME_CHARS
                                        ? given
                                        : given.substring(0, NAME_CHARS),
                                "none",
                                Set.of(),
                                request.getRemoteAddr(),
                                request.getHeader("User-Agent")),
                        "session.begin",
                        "user",
                        person.map(UUID::toString).orElse(""),
                        null,
                        null,
                        request.getMethod(),
                        request.getRequestURI(),
                        AuditEvent.Outcome.DENIED,
                        STATUS,
                        reason,
                        Duration.ZERO,
                        RequestId.of(request),
                        Map.of("method", method)));
    }

    /** A person who leaves. */
    public void signedOut(HttpServletRequest request, SignedInPerson person) {
        String address = request.getRemoteAddr();
        String agent = request.getHeader("User-Agent");
        Caller caller =
                rights.find(person.tenantId(), person.userId())
                        .map(standing -> Caller.person(standing, address, agent))
                        .orElseGet(() ->
                                new Caller(
                                        person.tenantId(),
                                        Caller.Kind.USER,
                                        person.userId().toString(),
                                        person.name(),
                                        "none",
                                        Set.of(),
                                        address,
                                        agent));
        log.record(
                new AuditEvent(
                        clock.instant(),
                        caller,
                        "session.sign-out",
                        "user",
                        caller.id(),
                        null,
                        null,
                        request.getMethod(),
                        request.getRequestURI(),
                        AuditEvent.Outcome.SUCCESS,
                        200,
                        null,
                        Duration.ZERO,
                        RequestId.of(request),
                        Map.of()));
    }

    private Optional<UUID> person(String username) {
        try {
            return jdbc.sql("select id from users where lower(username) = lower(?)")
                    .param(username)
                    .query((row, _) -> row.getObject(1, UUID.class))
                    .optional();
        } catch (org.springframework.dao.DataAccessException e) {
            return Optional.empty(); // the database is away: what is known is the name
        }
    }
}
