package assay.scheduler.server.control;

import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom;
import assay.scheduler.core.reconcile.ClusterAction.NodeChanged;
import assay.scheduler.core.reconcile.ReplicaState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What Prometheus sees of the cluster. Written by the control loop, read by any thread. */
public final class ClusterMeters {
    private final MeterRegistry registry;
    private final Counter heartbeats;
    private final Counter deviceEvents;
    private final Counter scalings;
    private final AtomicInteger doubt = new AtomicInteger();
    private final AtomicInteger brokenDevices = new AtomicInteger();
    private final Map<NodeState, AtomicInteger> nodes = new EnumMap<>(NodeState.class);
    private final Map<ReplicaState, AtomicInteger> replicas = new EnumMap<>(ReplicaState.class);

    public ClusterMeters(MeterRegistry registry) {
        this.registry = registry;
        heartbeats = registry.counter("assay.scheduler.heartbeats");
        deviceEvents = registry.counter("assay.scheduler.device.events");
        scalings = registry.counter("assay.scheduler.scalings");
        registry.gauge("assay.scheduler.doubt", doubt);
        registry.gauge("assay.scheduler.devices.broken", brokenDevices);
        for (NodeState state : NodeState.values()) {
            nodes.put(state, gauge("assay.scheduler.nodes", state));
        }
        for (ReplicaState state : ReplicaState.values()) {
            replicas.put(state, gauge("assay.scheduler.replicas", state));
        }
    }

    private AtomicInteger gauge(String name, Enum<?> state) {
        var value = new AtomicInteger();
        registry.gauge(name, Tags.of("state", state.name().toLowerCase(Locale.ROOT)), value);
        return value;
    }

    void heartbeat() {
        heartbeats.increment();
    }

    /** A node was given up, or came back. */
    void node(NodeChanged change) {
        registry.counter(
                        "assay.scheduler.node.changes",
                        "event",
                        change.event().name().toLowerCase(Locale.ROOT),
                        "to",
                        change.to().name().toLowerCase(Locale.ROOT))
                .increment();
    }

    /** A deployment wants another number of replicas. */
    void scaled() {
        scalings.increment();
    }

    /** Others are moved to make room for a replica. */
    void makesRoom(MakingRoom.Step step) {
        registry.counter(
                        "assay.scheduler.room.making", "step", step.name().toLowerCase(Locale.ROOT))
                .increment();
    }

    /** Whether the scheduler doubts that most nodes are gone. */
    void doubts(boolean now) {
        doubt.set(now ? 1 : 0);
    }

    void deviceEvent() {
        deviceEvents.increment();
    }

    void changed(Changed change) {
        registry.counter(
                        "assay.scheduler.replica.changes",
                        "event",
                        change.event().name().toLowerCase(Locale.ROOT),
                        "to",
                        change.to().name().toLowerCase(Locale.ROOT))
                .increment();
    }

    void count(Cluster cluster) {
        for (var entry : nodes.entrySet()) {
            long count =
                    cluster.nodes().stream()
                            .filter(node -> node.snapshot().state() == entry.getKey())
                            .count();
            entry.getValue().set(Math.toIntExact(count));
        }
        long broken =
                cluster.nodes().stream()
                        .flatMap(node -> node.snapshot().devices().stream())
                        .filter(device -> !device.healthy())
                        .count();
        brokenDevices.set(Math.toIntExact(broken));
        for (var entry : replicas.entrySet()) {
            long count =
                    cluster.replicas().stream()
                            .filter(replica -> replica.state() == entry.getKey())
                            .count();
            entry.getValue().set(Math.toIntExact(count));
        }
    }
}
