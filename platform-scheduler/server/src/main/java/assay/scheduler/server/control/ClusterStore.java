package assay.scheduler.server.control;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceLink;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
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
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.Stage;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.lease.Lease;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The cluster in the database. Every write is fenced by the term of this scheduler. Confined to the
 * control loop after the restore.
 */
public final class ClusterStore {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterStore.class);
    private static final Duration PATIENCE = Duration.ofSeconds(6);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final JdbcClient database;
    private final TransactionTemplate transaction;
    private final JsonMapper json;
    private final Lease lease;
    private final Lease.Term term;

    public ClusterStore(
            JdbcClient database,
            TransactionTemplate transaction,
            JsonMapper json,
            Lease lease,
            Lease.Term term) {
        this.database = database;
        this.transaction = transaction;
        this.json = json;
        this.lease = lease;
        this.term = term;
    }

    /**
     * Writes under the fence.
     *
     * @throws SchedulerException LEASE_LOST when another scheduler acts now; nothing was written
     */
    private void write(Runnable statements) {
        patiently(() ->
                transaction.execute(status -> {
                    if (!lease.holds(term)) {
                        throw new SchedulerException(
                                ErrorCode.LEASE_LOST, "another scheduler acts since our term");
                    }
                    statements.run();
                    return true;
                }));
    }

    /**
     * Tries again for a while when the database is away: every statement here may run twice. After
     * that the failure is thrown, which ends the process; the next one restores what was stored. A
     * thread that is told to stop does not wait.
     */
    private static <T> T patiently(Supplier<T> work) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        boolean told = false;
        while (true) {
            try {
                return work.get();
            } catch (DataAccessResourceFailureException
                    | TransientDataAccessException
                    | TransactionException e) {
                if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                if (!told) {
                    LOG.warn("the database is away: {}", e.getMessage());
                    told = true;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    void save(NodeRecord node, Instant lastSeen) {
        NodeSnapshot snapshot = node.snapshot();
        write(() ->
                database.sql(
                                """
                                insert into nodes (id, name, address, agent_version,
                                    devices, checkers, state, last_seen_at)
                                values (:id, :name, :address, :version, :devices::jsonb,
                                    :checkers::jsonb, :state, :seen)
                                on conflict (id) do update set name = excluded.name,
                                    address = excluded.address,
                                    agent_version = excluded.agent_version,
                                    devices = excluded.devices,
                                    checkers = excluded.checkers,
                                    state = excluded.state,
                                    last_seen_at = excluded.last_seen_at
                                """)
                        .param("id", snapshot.id().value())
                        .param("name", snapshot.name())
                        .param("address", snapshot.address())
                        .param("version", snapshot.agentVersion())
                        .param("devices", devicesJson(snapshot.devices()))
                        .param("checkers", json.writeValueAsString(node.checkers()))
                        .param("state", word(snapshot.state()))
                        .param("seen", Timestamp.from(lastSeen))
                        .update());
    }

    void save(Replica replica) {
        write(() -> {
            saveReplica(replica);
            database.sql("delete from stages where replica_id = :id")
                    .param("id", replica.id().value())
                    .update();
            replica.stages().forEach(stage -> saveStage(replica.id(), stage));
        });
    }

    private void saveReplica(Replica replica) {
        database.sql(
                        """
                        insert into replicas (id, deployment_id, epoch, state, reason)
                        values (:id, :deployment, :epoch, :state, :reason)
                        on conflict (id) do update set epoch = excluded.epoch,
                            state = excluded.state, reason = excluded.reason, updated_at = now()
                        """)
                .param("id", replica.id().value())
                .param("deployment", replica.deployment().value())
                .param("epoch", replica.epoch().value())
                .param("state", word(replica.state()))
                .param("reason", replica.reason())
                .update();
    }

    private void saveStage(ReplicaId replica, Stage stage) {
        StageAssignment assignment = stage.assignment();
        database.sql(
                        """
                        insert into stages (replica_id, stage_index, node_id, device_id,
                            first_layer, end_layer, weight_bytes, kv_bytes)
                        values (:replica, :index, :node, :device, :first, :end, :weights, :kv)
                        """)
                .param("replica", replica.value())
                .param("index", assignment.index())
                .param("node", stage.node().value())
                .param("device", assignment.device().name())
                .param("first", assignment.layers().first())
                .param("end", assignment.layers().end())
                .param("weights", assignment.weights().value())
                .param("kv", assignment.kv().value())
                .update();
    }

    void forget(ReplicaId replica) {
        write(() ->
                database.sql("delete from replicas where id = :id")
                        .param("id", replica.value())
                        .update());
    }

    void save(DeploymentSpec spec) {
        write(() ->
                database.sql(
                                """
                                insert into deployments (id, name, version_id, replicas,
                                    stages, kv_tokens, max_sequences,
                                    weight_type, activation_type)
                                values (:id, :name, :version, :replicas, :stages,
                                    :kvTokens, :maxSequences, :weights, :activations)
                                on conflict (id) do update set
                                    version_id = excluded.version_id,
                                    replicas = excluded.replicas,
                                    stages = excluded.stages,
                                    kv_tokens = excluded.kv_tokens,
                                    max_sequences = excluded.max_sequences,
                                    weight_type = excluded.weight_type,
                                    activation_type = excluded.activation_type,
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
                        .update());
    }

    void remove(DeploymentId deployment) {
        write(() ->
                database.sql("update deployments set removed_at = now() where id = :id")
                        .param("id", deployment.value())
                        .update());
    }

    /** The id under which a name was ever known, or a new one. */
    DeploymentId deploymentId(String name) {
        return patiently(() ->
                database.sql("select id from deployments where name = :name")
                        .param("name", name)
                        .query(UUID.class)
                        .optional()
                        .map(DeploymentId::new)
                        .orElseGet(() -> new DeploymentId(UUID.randomUUID())));
    }

    List<NodeRecord> nodes() {
        return database.sql(
                        """
                        select id, name, address, agent_version, devices::text as devices,
                            checkers::text as checkers, state
                        from nodes
                        """)
                .query((row, number) -> {
                    var id = new NodeId(row.getObject("id", UUID.class));
                    var snapshot =
                            new NodeSnapshot(
                                    id,
                                    row.getString("name"),
                                    row.getString("address"),
                                    row.getString("agent_version"),
                                    devices(json.readTree(row.getString("devices"))),
                                    NodeState.valueOf(
                                            row.getString("state").toUpperCase(Locale.ROOT)));
                    var checkers =
                            json.readValue(row.getString("checkers"), NodeRecord.Checker[].class);
                    return new NodeRecord(snapshot, List.of(checkers));
                })
                .list();
    }

    /**
     * The deployments that were not removed.
     *
     * @param versions of all deployments
     */
    List<DeploymentSpec> deployments(Map<VersionId, ModelVersion> versions) {
        return database.sql(
                        """
                        select id, name, version_id, replicas, stages, kv_tokens, max_sequences,
                            weight_type, activation_type
                        from deployments where removed_at is null
                        """)
                .query((row, number) -> {
                    var version = new VersionId(row.getObject("version_id", UUID.class));
                    ModelVersion known = versions.get(version);
                    if (known == null) {
                        throw new IllegalStateException("no version " + version);
                    }
                    var weights = WeightType.valueOf(upper(row.getString("weight_type")));
                    return new DeploymentSpec(
                            new DeploymentId(row.getObject("id", UUID.class)),
                            row.getString("name"),
                            version,
                            known.layout(weights)
                                    .orElseThrow(() ->
                                            new IllegalStateException(
                                                    "no %s layout of version %s"
                                                            .formatted(weights, version))),
                            row.getInt("replicas"),
                            row.getInt("stages"),
                            row.getInt("kv_tokens"),
                            row.getInt("max_sequences"),
                            new Precision(
                                    weights,
                                    ActivationType.valueOf(
                                            upper(row.getString("activation_type")))));
                })
                .list();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String upper(String value) {
        return value.toUpperCase(Locale.ROOT);
    }

    List<VersionId> deployedVersions() {
        return database.sql("select distinct version_id from deployments where removed_at is null")
                .query((row, number) -> new VersionId(row.getObject("version_id", UUID.class)))
                .list();
    }

    List<Replica.Stored> replicas(DeploymentSpec spec) {
        return database.sql("select id, epoch from replicas where deployment_id = :id")
                .param("id", spec.id().value())
                .query((row, number) -> {
                    var id = new ReplicaId(row.getObject("id", UUID.class));
                    var epoch = new Epoch(row.getLong("epoch"));
                    return new Replica.Stored(id, spec.id(), epoch, stages(id, spec));
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

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
