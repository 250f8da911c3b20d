package assay.scheduler.server.control;

import assay.scheduler.core.cluster.NodeId;
import java.security.SecureRandom;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes what becomes of agents, deployments and replicas into the audit, as records of the
 * platform: nodes and deployments belong to no tenant. As with {@link ClusterRows}, each method
 * takes what it will write when it is called and gives statements that may run twice. Thread-safe.
 */
final class ClusterAudit {
    private static final UUID PLATFORM = new UUID(0, 0);
    private static final Set<String> FAULTS =
            Set.of(
                    "SILENT",
                    "SESSION_BROKE",
                    "GIVEN_UP",
                    "PROBE_FAILED",
                    "STAGE_FAILED",
                    "NODE_GONE",
                    "LEASE_ENDED");
    private static final Map<String, String> ACTIONS =
            Map.ofEntries(
                    Map.entry("JOINED", "agent.join"),
                    Map.entry("HEARD", "agent.return"),
                    Map.entry("SILENT", "agent.fault"),
                    Map.entry("SESSION_BROKE", "agent.leave"),
                    Map.entry("GIVEN_UP", "agent.leave"),
                    Map.entry("DUTY_SET", "node.duty"),
                    Map.entry("PLACED", "replica.place"),
                    Map.entry("STAGES_MOVED", "replica.move"),
                    Map.entry("PROBE_FAILED", "replica.fault"),
                    Map.entry("STAGE_FAILED", "replica.fault"),
                    Map.entry("NODE_GONE", "replica.fault"),
                    Map.entry("LEASE_ENDED", "replica.fault"),
                    Map.entry("SCALED", "deployment.scale"));

    private final JdbcClient database;
    private final JsonMapper json;
    private final SecureRandom random = new SecureRandom();

    ClusterAudit(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
    }

    /** An event of the history. */
    Runnable save(Happening event) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("event", event.event());
        details.put("from", event.from());
        details.put("to", event.to());
        details.put("reason", event.reasonInWords());
        event.deployment().ifPresent(name -> details.put("deployment", name));
        if (event.epoch() > 0) {
            details.put("epoch", event.epoch());
        }
        if (!event.stages().isEmpty()) {
            details.put("stages", event.stagesAsMaps());
        }
        String action =
                ACTIONS.getOrDefault(
                        event.event(),
                        event.kind()
                                + "."
                                + event.event().toLowerCase(Locale.ROOT).replace('_', '-'));
        String object =
                event.replica()
                        .map(replica -> replica.value().toString())
                        .or(() -> event.node().map(node -> node.value().toString()))
                        .or(event::deployment)
                        .orElse("");
        return save(
                event.at(),
                action,
                event.kind(),
                object,
                FAULTS.contains(event.event()) ? event.event() : "",
                details);
    }

    /** A deployment that is wanted so from now on, or no more: {@code apply}, {@code remove}. */
    Runnable deployment(Instant at, String verb, String name, int replicas) {
        return save(
                at,
                "deployment." + verb,
                "deployment",
                name,
                "",
                verb.equals("remove") ? Map.of() : Map.of("replicas", replicas));
    }

    /** What an agent tells of one of its devices: out of memory, too hot, gone. */
    Runnable fault(Instant at, NodeId node, String kind, Map<String, String> fields) {
        return save(at, "agent.fault", "node", node.value().toString(), kind, Map.copyOf(fields));
    }

    /**
     * @param fault its stable name; empty when all is well
     */
    private Runnable save(
            Instant at,
            String action,
            String objectType,
            String objectId,
            String fault,
            Map<String, ?> details) {
        Instant when = at.truncatedTo(ChronoUnit.MICROS);
        UUID id = id(when); // drawn once: a second run writes the same row
        String object = json.writeValueAsString(Map.of("type", objectType, "id", objectId));
        String outcome =
                json.writeValueAsString(
                        fault.isEmpty()
                                ? Map.of("result", "success", "status", 200)
                                : Map.of("result", "failure", "status", 500, "reason", fault));
        String correlation = json.writeValueAsString(Map.of("request", id.toString()));
        String more = json.writeValueAsString(details);
        return () -> {
            database.sql("select audit_make_day(:day)")
                    .param("day", LocalDate.ofInstant(when, ZoneOffset.UTC))
                    .query(Boolean.class)
                    .single();
            database.sql(
                            """
                            insert into audit_events (id, at, tenant_id, actor, source_ip,
                                user_agent, action, object, request, outcome, duration_nanos,
                                correlation, details)
                            values (:id, :at, :tenant,
                                '{"kind": "system", "id": "scheduler", "name": "scheduler",
                                  "role": "system"}', null, null, :action, :object::jsonb,
                                '{"method": "SYSTEM", "path": "/scheduler"}', :outcome::jsonb, 0,
                                :correlation::jsonb, :details::jsonb)
                            on conflict do nothing
                            """)
                    .param("id", id, Types.OTHER)
                    .param("at", when.atOffset(ZoneOffset.UTC))
                    .param("tenant", PLATFORM, Types.OTHER)
                    .param("action", action)
                    .param("object", object)
                    .param("outcome", outcome)
                    .param("correlation", correlation)
                    .param("details", more)
                    .update();
        };
    }

    /** 48 bits of milliseconds, then chance. Source: RFC 9562, section 5.7 (UUID version 7). */
    private UUID id(Instant at) {
        long most = (at.toEpochMilli() << 16) | 0x7000L | (random.nextInt() & 0x0fffL);
        long least = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(most, least);
    }
}
