package assay.audit.search;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A query as conditions of SQL, over the records or over their counts by the hour. Confined to one
 * search.
 */
final class Conditions {
    private final StringJoiner where = new StringJoiner(" and ");
    private final Map<String, @Nullable Object> parameters = new LinkedHashMap<>();

    private Conditions() {}

    /** Over {@code audit_events e}: all that the query asks, but for its range. */
    static Conditions records(AuditQuery query) {
        var conditions = new Conditions();
        conditions.tenant("e.tenant_id", query.scope());
        conditions.counted(
                query,
                "e.actor->>'id'",
                "e.actor->>'name'",
                "e.action",
                "e.object->>'type'",
                "e.object->>'model'",
                "e.outcome->>'result'");
        if (query.source() != null) {
            conditions.add("e.source_ip <<= :source::inet", "source", query.source());
        }
        if (query.objectId() != null) {
            conditions.add("e.object->>'id' = :object", "object", query.objectId());
        }
        if (query.request() != null) {
            conditions.add("e.correlation->>'request' = :request", "request", query.request());
        }
        if (query.text() != null) {
            conditions.add(
                    """
                    (e.action ilike :text or e.actor->>'name' ilike :text
                        or e.object->>'type' ilike :text or e.object->>'id' ilike :text
                        or e.object->>'model' ilike :text or e.request->>'path' ilike :text
                        or e.outcome->>'reason' ilike :text or e.user_agent ilike :text)\
                    """,
                    "text",
                    "%" + escaped(query.text()) + "%");
        }
        return conditions;
    }

    /** Over {@code audit_hours h}: what is counted there, which may be less than is asked. */
    static Conditions hours(AuditQuery query) {
        var conditions = new Conditions();
        conditions.tenant("h.tenant_id", query.scope());
        conditions.counted(
                query,
                "h.actor_id",
                "h.actor_name",
                "h.action",
                "h.object_type",
                "h.model",
                "h.result");
        if (query.source() != null) {
            conditions.add(
                    "nullif(h.source, '')::inet <<= :source::inet", "source", query.source());
        }
        return conditions;
    }

    /** Whether the counts by the hour know all that is asked. */
    static boolean counted(AuditQuery query) {
        return query.objectId() == null && query.request() == null && query.text() == null;
    }

    private void tenant(String column, AuditScope scope) {
        if (scope instanceof AuditScope.Tenant tenant) {
            add(column + " = :tenant", "tenant", tenant.id());
        }
    }

    private void counted(
            AuditQuery query,
            String actorId,
            String actorName,
            String action,
            String type,
            String model,
            String result) {
        if (query.actor() != null) {
            add("(" + actorId + " = :actor or " + actorName + " = :actor)", "actor", query.actor());
        }
        String prefix = query.actionPrefix();
        if (prefix != null) {
            add("starts_with(" + action + ", :action)", "action", prefix);
        } else {
            addEqual(action, "action", query.action());
        }
        addEqual(type, "type", query.objectType());
        addEqual(model, "model", query.model());
        addEqual(result, "result", query.outcome());
    }

    private void addEqual(String expression, String name, @Nullable String value) {
        if (value != null) {
            add(expression + " = :" + name, name, value);
        }
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }

    Conditions add(String condition, String name, Object value) {
        where.add(condition);
        return bind(name, value);
    }

    /** A value that a condition added before speaks of too. */
    Conditions bind(String name, @Nullable Object value) {
        parameters.put(name, value instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : value);
        return this;
    }

    Conditions range(String column, Instant from, Instant to) {
        return add(column + " >= :from", "from", from).add(column + " < :to", "to", to);
    }

    @Override
    public String toString() {
        return where.length() == 0 ? "true" : where.toString();
    }

    Map<String, @Nullable Object> parameters() {
        return parameters;
    }
}
