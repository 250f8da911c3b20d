package assay.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A record as its table has it; what is JSON there is JSON text here. Immutable.
 *
 * @param id drawn once: a row that is written a second time is the same row
 * @param at start of the action, in whole microseconds, which is what PostgreSQL keeps
 * @param tenant whose it is, or {@link #PLATFORM}
 * @param actor {@code {kind, id, name, role}}
 * @param object {@code {type, id, model, version}}
 * @param request {@code {method, path}}
 * @param outcome {@code {result, status, reason}}
 * @param correlation {@code {request, trace}}
 * @param details figures, digests and names; never a secret
 */
public record AuditRow(
        UUID id,
        Instant at,
        UUID tenant,
        String actor,
        @Nullable String sourceIp,
        @Nullable String userAgent,
        String action,
        String object,
        String request,
        String outcome,
        long durationNanos,
        String correlation,
        String details) {

    /** The columns that {@link #read} wants, in a select on audit_events. */
    public static final String COLUMNS =
            "id, at, tenant_id, actor, host(source_ip) as source_ip, user_agent, action, object,"
                    + " request, outcome, duration_nanos, correlation, details";

    /** Whose the records are that belong to no tenant. */
    public static final UUID PLATFORM = new UUID(0, 0);

    public AuditRow {
        at = at.truncatedTo(ChronoUnit.MICROS);
    }

    /** The UTC day of the action: its partition and its index. */
    public LocalDate day() {
        return LocalDate.ofInstant(at, ZoneOffset.UTC);
    }

    /**
     * Writes it, in a transaction that is bound to its tenant; does nothing when it is there
     * already. The partition of its day must be there.
     *
     * @return whether it was not there yet
     */
    public boolean insert(JdbcClient transaction) {
        return transaction
                        .sql(
                                """
                                insert into audit_events (id, at, tenant_id, actor, source_ip,
                                    user_agent, action, object, request, outcome, duration_nanos,
                                    correlation, details)
                                values (:id, :at, :tenant, :actor::jsonb, :ip::inet,
                                    :agent, :action, :object::jsonb, :request::jsonb,
                                    :outcome::jsonb, :nanos, :correlation::jsonb, :details::jsonb)
                                on conflict do nothing
                                """)
                        .param("id", id)
                        .param("at", at.atOffset(ZoneOffset.UTC))
                        .param("tenant", tenant)
                        .param("actor", actor)
                        .param("ip", sourceIp)
                        .param("agent", userAgent)
                        .param("action", action)
                        .param("object", object)
                        .param("request", request)
                        .param("outcome", outcome)
                        .param("nanos", durationNanos)
                        .param("correlation", correlation)
                        .param("details", details)
                        .update()
                == 1;
    }

    /** Reads a row of {@link #COLUMNS}. */
    public static AuditRow read(ResultSet row) throws SQLException {
        return new AuditRow(
                row.getObject("id", UUID.class),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getObject("tenant_id", UUID.class),
                text(row, "actor"),
                row.getString("source_ip"),
                row.getString("user_agent"),
                text(row, "action"),
                text(row, "object"),
                text(row, "request"),
                text(row, "outcome"),
                row.getLong("duration_nanos"),
                text(row, "correlation"),
                text(row, "details"));
    }

    private static String text(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(row.getString(column), column);
    }
}
