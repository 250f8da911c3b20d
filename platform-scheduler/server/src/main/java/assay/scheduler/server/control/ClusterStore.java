package assay.scheduler.server.control;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceLink;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Precision;
import assay.scheduler.core.cluster.Precision.ActivationType;
import assay.scheduler.core.cluster.Precision.WeightType;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.placement.StageNeeds;
import assay.scheduler.core.reconcile.Deployment;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.Replacement;
import assay.scheduler.core.reconcile.Replica;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the cluster from the database, as an earlier scheduler left it; {@link ClusterRows} writes.
 * Thread-safe.
 */
public final class ClusterStore {
    private final JdbcClient database;
    private final JsonMapper json;

    public ClusterStore(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
    }

    /** The id under which a name was ever known, or a new one. */
    DeploymentId deploymentId(String name) {
        return database.sql("select id from deployments where name = :name")
                .param("name", name)
                .query(UUID.class)
                .optional()
                .map(DeploymentId::new)
                .orElseGet(() -> new DeploymentId(UUID.randomUUID()));
    }

    /** A node with what operators said of it. */
    record StoredNode(NodeRecord node, String dutyReason) {}

    List<StoredNode> nodes() {
        return database.sql(
                        """
                        select id, name, address, agent_version, devices::text as devices,
                            checkers::text as checkers, state, duty, duty_reason,
                            labels::text as labels, taints::text as taints
                        from nodes
                        """)
                .query((row, number) -> {
                    var id = new NodeId(row.getObject("id", UUID.class));
                    var labels = new TreeMap<String, String>();
                    json.readTree(row.getString("labels"))
                            .properties()
                            .forEach(it -> labels.put(it.getKey(), it.getValue().asString()));
                    var taints = new TreeSet<String>();
                    json.readTree(row.getString("taints"))
                            .forEach(taint -> taints.add(taint.asString()));
                    var snapshot =
                            new NodeSnapshot(
                                            id,
                                            row.getString("name"),
                                            row.getString("address"),
                                            row.getString("agent_version"),
                                            devices(json.readTree(row.getString("devices"))),
                                            NodeState.valueOf(upper(row.getString("state"))))
                                    .ruled(
                                            NodeDuty.valueOf(upper(row.getString("duty"))),
                                            labels,
                                            taints);
                    var checkers =
                            json.readValue(row.getString("checkers"), NodeRecord.Checker[].class);
                    return new StoredNode(
                            new NodeRecord(snapshot, List.of(checkers)),
                            row.getString("duty_reason"));
                })
                .list();
    }

    /**
     * The deployments that were not removed.
     *
     * @param versions of all deployments and replicas
     */
    List<Deployment.Stored> deployments(Map<VersionId, ModelVersion> versions) {
        return database.sql(
                        """
                        select id, name, version_id, replicas, stages as stage_count, kv_tokens,
                            max_sequences, weight_type, activation_type, priority,
                            rules::text as rules, scaling::text as scaling, replacement, wanted
                        from deployments where removed_at is null
                        """)
                .query((row, number) -> {
                    String scaling = row.getString("scaling");
                    DeploymentSpec spec =
                            spec(row, row.getObject("id", UUID.class), versions)
                                    .ruled(
                                            row.getInt("priority"),
                                            OrderJson.rules(json.readTree(row.getString("rules"))));
                    var order =
                            new Order(
                                    spec,
                                    Optional.ofNullable(scaling)
                                            .map(it -> OrderJson.scaling(json.readTree(it))),
                                    Replacement.valueOf(upper(row.getString("replacement"))));
                    return new Deployment.Stored(order, row.getInt("wanted"));
                })
                .list();
    }

    private static DeploymentSpec spec(
            ResultSet row, UUID deployment, Map<VersionId, ModelVersion> versions)
            throws SQLException {
        var version = new VersionId(row.getObject("version_id", UUID.class));
        ModelVersion known = versions.get(version);
        if (known == null) {
            throw new IllegalStateException("no version " + version);
        }
        var weights = WeightType.valueOf(upper(row.getString("weight_type")));
        return new DeploymentSpec(
                new DeploymentId(deployment),
                row.getString("name"),
                version,
                known.layout(weights)
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "no %s layout of version %s".formatted(weights, version))),
                row.getInt("replicas"),
                row.getInt("stage_count"),
                row.getInt("kv_tokens"),
                row.getInt("max_sequences"),
                new Precision(
                        weights, ActivationType.valueOf(upper(row.getString("activation_type")))));
    }

    private static String upper(String value) {
        return value.toUpperCase(Locale.ROOT);
    }

    List<VersionId> deployedVersions() {
        return database.sql(
                        """
                        select version_id from deployments where removed_at is null
                        union select version_id from replicas
                        """)
                .query((row, number) -> new VersionId(row.getObject("version_id", UUID.class)))
                .list();
    }

    /**
     * All replicas, those of removed deployments too.
     *
     * @param versions of all of them
     */
    List<Replica.Stored> replicas(Map<VersionId, ModelVersion> versions) {
        return database.sql(
                        """
                        select r.id, r.epoch, d.id as deployment_id, d.name, d.replicas,
                            d.priority, d.rules::text as rules, r.version_id, r.stage_count,
                            r.kv_tokens, r.max_sequences, r.weight_type, r.activation_type
                        from replicas r join deployments d on d.id = r.deployment_id
                        """)
                .query((row, number) -> {
                    var id = new ReplicaId(row.getObject("id", UUID.class));
                    DeploymentSpec spec =
                            spec(row, row.getObject("deployment_id", UUID.class), versions)
                                    .ruled(
                                            row.getInt("priority"),
                                            OrderJson.rules(json.readTree(row.getString("rules"))));
                    return new Replica.Stored(
                            id, spec, new Epoch(row.getLong("epoch")), stages(id, spec));
                })
                .list();
    }

    private List<StageAssignment> stages(ReplicaId replica, DeploymentSpec spec) {
        var onCpu = new StageNeeds(spec, false);
        var onGpu = new StageNeeds(spec, true);
        return database.sql(
                        """
                        select s.stage_index, s.node_id, s.device_id, s.first_layer, s.end_layer,
                            exists (select from nodes n, jsonb_array_elements(n.devices) d
                                where n.id = s.node_id and d->>'id' = s.device_id
                                    and d->>'kind' <> 'cpu') as on_gpu
                        from stages s where s.replica_id = :id order by s.stage_index
                        """)
                .param("id", replica.value())
                .query((row, number) ->
                        (row.getBoolean("on_gpu") ? onGpu : onCpu)
                                .assignment(
                                        row.getInt("stage_index"),
                                        new DeviceId(
                                                new NodeId(row.getObject("node_id", UUID.class)),
                                                row.getString("device_id")),
                                        new LayerRange(
                                                row.getInt("first_layer"),
                                                row.getInt("end_layer"))))
                .list();
    }

    private static List<DeviceSnapshot> devices(JsonNode nodes) {
        var devices = new ArrayList<DeviceSnapshot>();
        for (JsonNode node : nodes) {
            var links = new ArrayList<DeviceLink>();
            node.path("links")
                    .properties()
                    .forEach(it -> links.add(new DeviceLink(it.getKey(), it.getValue().asLong())));
            devices.add(
                    new DeviceSnapshot(
                            node.required("id").asString(),
                            node.required("kind").asString(),
                            node.required("name").asString(),
                            Bytes.of(node.required("total_bytes").asLong()),
                            Bytes.of(node.required("foreign_bytes").asLong()),
                            node.path("healthy").asBoolean(true),
                            node.path("memory_bytes_per_second").asLong(0),
                            node.path("flops").asLong(0),
                            links));
        }
        return devices;
    }
}
