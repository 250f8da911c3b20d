package assay.web.audit;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A record as its table has it; what is JSON there is JSON text here. Immutable.
 *
 * @param id drawn once: a row that is written a second time is the same row
 */
record AuditRow(
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

    /**
     * Writes it, in a transaction that is bound to its tenant; does nothing when it is there
     * already.
     *
     * @return whether it was not there yet
     */
    boolean insert(JdbcClient transaction) {
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
}
