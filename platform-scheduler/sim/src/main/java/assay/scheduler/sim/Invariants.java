package assay.scheduler.sim;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom;
import assay.scheduler.core.reconcile.Deployment;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.ReplicaState;
import assay.scheduler.core.reconcile.Stage;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What must hold after every event, besides what the reconciler checks of itself: a route's epoch
 * never goes back; no device is booked beyond its capacity; no epoch of a stage has two owners; no
 * tenant has more cards than it may; no request is lost, and none is cut off by what the scheduler
 * planned; what is pending says why; room is made by one plan at a time, of a bounded number of
 * moves. Single-threaded.
 */
final class Invariants {
    /** How long a replica may be without a reason: until the scheduler has looked at it. */
    private record Owned(ReplicaId replica, Epoch epoch, int index) {}

    private final Simulation simulation;
    private final Map<ReplicaId, Epoch> highestRoute = new TreeMap<>();
    private final Map<Owned, NodeId> owners = new HashMap<>();
    private final Map<MakingRoom.Step, Long> steps = new EnumMap<>(MakingRoom.Step.class);
    private Optional<Plan> plan = Optional.empty();

    /** Room that is being made. */
    private record Plan(ReplicaId waiting, int moves) {}

    Invariants(Simulation simulation) {
        this.simulation = simulation;
    }

    /** A replica is in the routes. */
    void see(Replica replica) {
        Epoch before = highestRoute.put(replica.id(), replica.epoch());
        demand(
                before == null || before.compareTo(replica.epoch()) <= 0,
                "a route went back in time");
    }

    /** A node was told to own a stage. */
    void seeOwner(Assign assign, NodeId node) {
        NodeId before =
                owners.put(new Owned(assign.replica(), assign.epoch(), assign.index()), node);
        demand(before == null || before.equals(node), "an epoch has two owners");
    }

    /** A replica that finished its requests has none. */
    void see(Changed changed) {
        if (changed.to() == ReplicaState.ENDED && changed.reason().says(Code.REQUESTS_FINISHED)) {
            demand(
                    simulation.gateway.running(changed.replica()) == 0,
                    "a replica was let go with requests that run");
        }
    }

    /** One plan at a time, with a bounded number of moves, and an end. */
    void see(MakingRoom room) {
        steps.merge(room.step(), 1L, Long::sum);
        switch (room.step()) {
            case PLANNED -> {
                demand(plan.isEmpty(), "two plans make room at once");
                plan = Optional.of(new Plan(room.replica(), 0));
            }
            case MOVE_BEGUN -> {
                int moves = ofPlan(room).moves() + 1;
                demand(
                        moves <= simulation.config.room().mostMoves(),
                        "a plan moves more than it may");
                plan = Optional.of(new Plan(room.replica(), moves));
            }
            case MADE, GIVEN_UP -> {
                ofPlan(room);
                plan = Optional.empty();
            }
        }
    }

    private Plan ofPlan(MakingRoom room) {
        demand(
                plan.filter(it -> it.waiting().equals(room.replica())).isPresent(),
                "a step without its plan");
        return plan.orElseThrow();
    }

    /** The scheduler that made it is gone. */
    void forgetPlan() {
        plan = Optional.empty();
    }

    boolean makesRoom() {
        return plan.isPresent();
    }

    long plans(MakingRoom.Step end) {
        return steps.getOrDefault(end, 0L);
    }

    void check() {
        for (SimulatedAgent agent : simulation.agents.values()) {
            for (DeviceSnapshot device : agent.node().devices()) {
                Bytes booked = simulation.cluster.booked(new DeviceId(agent.id(), device.name()));
                demand(!booked.isMoreThan(device.capacity()), "a device is overbooked");
            }
        }
        demand(simulation.gateway.lostNone(), "a request is lost");
        quotas();
        reasons();
    }

    private void quotas() {
        var cards = new HashMap<String, Set<DeviceId>>();
        var bounds = new HashMap<String, Integer>();
        for (Deployment deployment : simulation.cluster.deployments()) {
            TenantQuota quota = deployment.spec().rules().tenant();
            bounds.merge(quota.tenant(), quota.gpus(), Math::max);
        }
        for (Replica replica : simulation.cluster.replicas()) {
            Set<DeviceId> held =
                    cards.computeIfAbsent(
                            replica.spec().rules().tenant().tenant(), key -> new HashSet<>());
            for (Stage stage : replica.stages()) {
                held.add(stage.assignment().device());
            }
        }
        cards.forEach((tenant, held) ->
                demand(
                        tenant.isEmpty()
                                || held.size() <= bounds.getOrDefault(tenant, Integer.MAX_VALUE),
                        "tenant " + tenant + " has more cards than it may"));
    }

    private void reasons() {
        for (Replica replica : simulation.cluster.replicas()) {
            boolean pending =
                    replica.state() == ReplicaState.BROKEN
                            || replica.state() == ReplicaState.WAITING;
            boolean fresh = !replica.since().isBefore(simulation.time.now().minusSeconds(2));
            demand(
                    !pending || fresh || !replica.reason().isEmpty(),
                    "replica " + replica.id() + " is " + replica.state() + " without a reason");
        }
    }

    void demand(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise + " at event " + simulation.events());
        }
    }
}
