package assay.scheduler.server.control;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.reconcile.Deployment;
import assay.scheduler.core.reconcile.Replica;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the rows of the cluster. Each method takes what it will write when it is called and gives
 * the statements, which may run twice and on another thread. Thread-safe.
 */
public final class ClusterRows {
    /** History is kept for so long. */
    static final Duration EVENTS_KEPT = Duration.ofDays(30);

    /** And no more than so many events. */
    static final int MOST_EVENTS = 500_000;

    private final JdbcClient database;
    private final JsonMapper json;
    private final ClusterAudit audit;

    public ClusterRows(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
        this.audit = new ClusterAudit(database, json);
    }

    ClusterAudit audit() {
        return audit;
    }

    Runnable save(NodeRecord node, String dutyReason, Instant lastSeen) {
        NodeSnapshot snapshot = node.snapshot();
        String devices = devicesJson(snapshot.devices());
        String checkers = json.writeValueAsString(node.checkers());
        return () ->
                database.sql(
                                """
                                insert into nodes (id, name, address, agent_version, devices,
                                    checkers, state, last_seen_at, duty, duty_reason, labels, taints)
                                values (:id, :name, :address, :version, :devices::jsonb,
                                    :checkers::jsonb, :state, :seen, :duty, :dutyReason,
                                    :labels::jsonb, :taints::jsonb)
                                on conflict (id) do update set name = excluded.name,
                                    address = excluded.address,
                                    agent_version = excluded.agent_version,
                                    devices = excluded.devices,
                                    checkers = excluded.checkers,
                                    state = excluded.state,
                                    last_seen_at = excluded.last_seen_at,
                                    duty = excluded.duty,
                                    duty_reason = excluded.duty_reason,
                                    labels = excluded.labels,
                                    taints = excluded.taints
                                """)
                        .param("id", snapshot.id().value())
                        .param("name", snapshot.name())
                        .param("address", snapshot.address())
                        .param("version", snapshot.agentVersion())
                        .param("devices", devices)
                        .param("checkers", checkers)
                        .param("state", lower(snapshot.state()))
                        .param("seen", Timestamp.from(lastSeen))
                        .param("duty", lower(snapshot.duty()))
                        .param("dutyReason", dutyReason)
                        .param("labels", json.writeValueAsString(snapshot.labels()))
                        .param("taints", json.writeValueAsString(snapshot.taints()))
                        .update();
    }

    Runnable forget(NodeId node) {
        return () ->
                database.sql("delete from nodes where id = :id").param("id", node.value()).update();
    }

    Runnable save(Deployment deployment) {
        DeploymentSpec spec = deployment.spec();
        int wanted = deployment.wanted();
        String rules = json.writeValueAsString(OrderJson.rules(spec.rules()));
        @Nullable String scaling =
                deployment
                        .order()
                        .scaling()
                        .map(rule -> json.writeValueAsString(OrderJson.scaling(rule)))
                        .orElse(null);
        String replacement = lower(deployment.order().replacement());
        return () ->
                database.sql(
                                """
                                insert into deployments (id, name, version_id, replicas, stages,
                                    kv_tokens, max_sequences, weight_type, activation_type,
                                    priority, rules, scaling, replacement, wanted)
                                values (:id, :name, :version, :replicas, :stages, :kvTokens,
                                    :maxSequences, :weights, :activations, :priority,
                                    :rules::jsonb, :scaling::jsonb, :replacement, :wanted)
                                on conflict (id) do update set
                                    version_id = excluded.version_id,
                                    replicas = excluded.replicas,
                                    stages = excluded.stages,
                                    kv_tokens = excluded.kv_tokens,
                                    max_sequences = excluded.max_sequences,
                                    weight_type = excluded.weight_type,
                                    activation_type = excluded.activation_type,
                                    priority = excluded.priority,
                                    rules = excluded.rules,
                                    scaling = excluded.scaling,
                                    replacement = excluded.replacement,
                                    wanted = excluded.wanted,
                                    removed_at = null
                                """)
                        .param("id", spec.id().value())
                        .param("name", spec.name())
                        .param("version", spec.version().value())
                        .param("replicas", spec.replicas())
                        .param("stages", spec.stages())
                        .param("kvTokens", spec.kvTokens())
                        .param("maxSequences", spec.maxSequences())
                        .param("weights", lower(spec.precision().weights()))
                        .param("activations", lower(spec.precision().activations()))
                        .param("priority", spec.priority())
                        .param("rules", rules)
                        .param("scaling", scaling, Types.VARCHAR)
                        .param("replacement", replacement)
                        .param("wanted", wanted)
                        .update();
    }

    Runnable remove(DeploymentId deployment) {
        return () ->
                database.sql("update deployments set removed_at = now() where id = :id")
                        .param("id", deployment.value())
                        .update();
    }

    Runnable save(Replica replica) {
        ReplicaId id = replica.id();
        DeploymentSpec spec = replica.spec();
        Epoch epoch = replica.epoch();
        String state = lower(replica.state());
        String reason = replica.reason().inWords();
        List<StageAssignment> stages = replica.assignments();
        return () -> {
            saveReplica(id, spec, epoch, state, reason);
            database.sql("delete from stages where replica_id = :id")
                    .param("id", id.value())
                    .update();
            stages.forEach(stage -> saveStage(id, stage));
        };
    }

    private void saveReplica(
            ReplicaId id, DeploymentSpec spec, Epoch epoch, String state, String reason) {
        database.sql(
                        """
                        insert into replicas (id, deployment_id, epoch, state, reason, version_id,
                            stage_count, kv_tokens, max_sequences, weight_type, activation_type)
                        values (:id, :deployment, :epoch, :state, :reason, :version, :stages,
                            :kvTokens, :maxSequences, :weights, :activations)
                        on conflict (id) do update set epoch = excluded.epoch,
                            state = excluded.state, reason = excluded.reason, updated_at = now()
                        """)
                .param("id", id.value())
                .param("deployment", spec.id().value())
                .param("epoch", epoch.value())
                .param("state", state)
                .param("reason", reason)
                .param("version", spec.version().value())
                .param("stages", spec.stages())
                .param("kvTokens", spec.kvTokens())
                .param("maxSequences", spec.maxSequences())
                .param("weights", lower(spec.precision().weights()))
                .param("activations", lower(spec.precision().activations()))
                .update();
    }

    private void saveStage(ReplicaId replica, StageAssignment stage) {
        database.sql(
                        """
                        insert into stages (replica_id, stage_index, node_id, device_id,
                            first_layer, end_layer, weight_bytes, kv_bytes)
                        values (:replica, :index, :node, :device, :first, :end, :weights, :kv)
                        """)
                .param("replica", replica.value())
                .param("index", stage.index())
                .param("node", stage.device().node().value())
                .param("device", stage.device().name())
                .param("first", stage.layers().first())
                .param("end", stage.layers().end())
                .param("weights", stage.weights().value())
                .param("kv", stage.kv().value())
                .update();
    }

    Runnable forget(ReplicaId replica) {
        return () ->
                database.sql("delete from replicas where id = :id")
                        .param("id", replica.value())
                        .update();
    }

    /** An event of the history, and of the audit. */
    Runnable save(Happening event) {
        String stages = json.writeValueAsString(event.stagesAsMaps());
        String parts = json.writeValueAsString(event.reasonAsMaps());
        Runnable audited = audit.save(event);
        return () -> {
            database.sql(
                            """
                            insert into cluster_events (at, kind, replica_id, deployment,
                                node_id, epoch, event, from_state, to_state, reason, stages,
                                reason_parts)
                            values (:at, :kind, :replica, :deployment, :node, :epoch, :event,
                                :from, :to, :reason, :stages::jsonb, :parts::jsonb)
                            """)
                    .param("at", Timestamp.from(event.at()))
                    .param("kind", event.kind())
                    .param(
                            "replica",
                            event.replica().map(ReplicaId::value).orElse(null),
                            Types.OTHER)
                    .param("deployment", event.deployment().orElse(null), Types.VARCHAR)
                    .param("node", event.node().map(NodeId::value).orElse(null), Types.OTHER)
                    .param("epoch", event.epoch())
                    .param("event", event.event())
                    .param("from", event.from())
                    .param("to", event.to())
                    .param("reason", event.reasonInWords())
                    .param("parts", parts)
                    .param("stages", stages)
                    .update();
            audited.run();
        };
    }

    /** Takes away what is too old or too much of the history. */
    Runnable pruneEvents(Instant now) {
        Timestamp oldest = Timestamp.from(now.minus(EVENTS_KEPT));
        return () ->
                database.sql(
                                """
                                delete from cluster_events where at < :oldest
                                    or id <= (select max(id) from cluster_events) - :most
                                """)
                        .param("oldest", oldest)
                        .param("most", MOST_EVENTS)
                        .update();
    }

    private String devicesJson(List<DeviceSnapshot> devices) {
        var list = new ArrayList<Map<String, Object>>();
        for (DeviceSnapshot device : devices) {
            var links = new TreeMap<String, Long>();
            device.links().forEach(link -> links.put(link.device(), link.bytesPerSecond()));
            list.add(
                    Map.of(
                            "id", device.name(),
                            "kind", device.kind(),
                            "name", device.label(),
                            "total_bytes", device.total().value(),
                            "foreign_bytes", device.foreign().value(),
                            "healthy", device.healthy(),
                            "memory_bytes_per_second", device.memoryBytesPerSecond(),
                            "flops", device.flops(),
                            "links", links));
        }
        return json.writeValueAsString(list);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
