package assay.web.audit;

import assay.web.identity.Caller;
import assay.web.tenancy.TenantTransactions;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records as rows of {@code audit_events}. A call with a wrong key has no tenant and so no row:
 * those are counted and logged where they are refused. Thread-safe.
 */
@Component
class DatabaseAuditLog implements AuditLog {
    /** Headers are the client's to choose; a record keeps what tells clients apart. */
    private static final int USER_AGENT_CHARS = 512;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final TenantTransactions transactions;
    private final Counter written;

    DatabaseAuditLog(TenantTransactions transactions, MeterRegistry meters) {
        this.transactions = transactions;
        this.written =
                Counter.builder("assay_audit_events")
                        .description("Audit records written")
                        .register(meters);
    }

    @Override
    public void record(AuditEvent event) {
        transactions.in(
                event.caller().tenantId(),
                jdbc -> {
                    record(jdbc, event);
                    return true;
                });
    }

    @Override
    public void record(JdbcClient transaction, AuditEvent event) {
        Caller caller = event.caller();
        transaction
                .sql(
                        """
                        insert into audit_events (id, at, tenant_id, actor, source_ip, user_agent,
                            action, object, request, outcome, duration_nanos, correlation, details)
                        values (:id, :at, :tenant, :actor::jsonb, :ip::inet, :agent,
                            :action, :object::jsonb, :request::jsonb, :outcome::jsonb, :nanos,
                            :correlation::jsonb, :details::jsonb)
                        """)
                .param("id", UUID.randomUUID())
                .param("at", event.at().atOffset(ZoneOffset.UTC))
                .param("tenant", caller.tenantId())
                .param("actor", actor(caller))
                .param("ip", caller.sourceIp())
                .param("agent", cut(caller.userAgent()))
                .param("action", event.action())
                .param("object", object(event))
                .param("request", json("method", event.method(), "path", event.path()))
                .param("outcome", outcome(event))
                .param("nanos", event.duration().toNanos())
                .param("correlation", json("request", event.requestId()))
                .param("details", JSON.writeValueAsString(event.details()))
                .update();
        written.increment();
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
                event.objectId(),
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
        return text == null || text.length() <= USER_AGENT_CHARS
                ? text
                : text.substring(0, USER_AGENT_CHARS);
    }
}
