package assay.scheduler.server.control;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.v1.HistoryEvent;
import assay.scheduler.v1.HistoryReply;
import assay.scheduler.v1.HistoryRequest;
import assay.scheduler.v1.HistoryStage;
import assay.scheduler.v1.ReasonPart;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what became of replicas, nodes and deployments, newest first. Thread-safe. */
public final class History {
    private static final int USUAL = 100;
    private static final int MOST = 1_000;

    private final JdbcClient database;
    private final JsonMapper json;

    public History(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
    }

    /**
     * A page.
     *
     * @throws SchedulerException HISTORY_INVALID
     */
    HistoryReply read(HistoryRequest request) {
        if (request.getLimit() < 0 || request.getLimit() > MOST || request.getBefore() < 0) {
            throw new SchedulerException(
                    ErrorCode.HISTORY_INVALID,
                    "limit: %d, before: %d (expected: 0..%d, 0 or more)"
                            .formatted(request.getLimit(), request.getBefore(), MOST));
        }
        int limit = request.getLimit() == 0 ? USUAL : request.getLimit();
        long before = request.getBefore() == 0 ? Long.MAX_VALUE : request.getBefore();
        var query =
                switch (request.getSubjectCase()) {
                    case REPLICA_ID ->
                            database.sql(select("replica_id = :subject"))
                                    .param("subject", uuid(request.getReplicaId()));
                    case DEPLOYMENT ->
                            database.sql(select("deployment = :subject"))
                                    .param("subject", request.getDeployment());
                    case NODE_ID ->
                            database.sql(select("(node_id = :subject or stages @> :place::jsonb)"))
                                    .param("subject", uuid(request.getNodeId()))
                                    .param(
                                            "place",
                                            "[{\"node\": \"%s\"}]"
                                                    .formatted(uuid(request.getNodeId())));
                    case SUBJECT_NOT_SET -> database.sql(select("true"));
                };
        List<HistoryEvent> events =
                query.param("before", before)
                        .param("limit", limit + 1)
                        .query((row, number) -> event(row))
                        .list();
        boolean more = events.size() > limit;
        return HistoryReply.newBuilder()
                .addAllEvents(more ? events.subList(0, limit) : events)
                .setMore(more)
                .build();
    }

    private static String select(String subject) {
        return """
        select e.id, e.at, e.kind, e.replica_id, e.deployment, e.node_id, n.name as node_name,
            e.epoch, e.event, e.from_state, e.to_state, e.reason, e.stages::text as stages,
            e.reason_parts::text as reason_parts
        from cluster_events e left join nodes n on n.id = e.node_id
        where e.id < :before and
        """
                + subject
                + " order by e.id desc limit :limit";
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new SchedulerException(ErrorCode.HISTORY_INVALID, "id: not a uuid", e);
        }
    }

    private HistoryEvent event(ResultSet row) throws SQLException {
        var stages = new ArrayList<HistoryStage>();
        for (JsonNode stage : json.readTree(row.getString("stages"))) {
            stages.add(
                    HistoryStage.newBuilder()
                            .setIndex(stage.path("index").asInt(0))
                            .setNodeId(stage.path("node").asString(""))
                            .setNodeName(stage.path("node_name").asString(""))
                            .setDeviceId(stage.path("device").asString(""))
                            .setFirstLayer(stage.path("first_layer").asInt(0))
                            .setEndLayer(stage.path("end_layer").asInt(0))
                            .setMoved(stage.path("moved").asBoolean(false))
                            .build());
        }
        return HistoryEvent.newBuilder()
                .setId(row.getLong("id"))
                .setUnixMillis(row.getTimestamp("at").getTime())
                .setKind(row.getString("kind"))
                .setReplicaId(text(row, "replica_id"))
                .setDeployment(text(row, "deployment"))
                .setNodeId(text(row, "node_id"))
                .setNodeName(text(row, "node_name"))
                .setEpoch(row.getLong("epoch"))
                .setEvent(row.getString("event"))
                .setFromState(row.getString("from_state"))
                .setToState(row.getString("to_state"))
                .setReason(row.getString("reason"))
                .addAllStages(stages)
                .addAllReasonParts(reasonParts(json.readTree(row.getString("reason_parts"))))
                .build();
    }

    private static List<ReasonPart> reasonParts(JsonNode stored) {
        return stored.valueStream()
                .map(part ->
                        ReasonMessages.part(
                                part.path("code").asString(""),
                                part.path("values").valueStream().map(JsonNode::asString).toList()))
                .toList();
    }

    private static String text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column)).orElse("");
    }
}
