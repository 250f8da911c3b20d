package assay.scheduler.sim;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.VersionId;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.LossAccepted;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import assay.scheduler.core.reconcile.Order;
import assay.scheduler.core.reconcile.StagePhase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** What goes wrong, and what operators do, at random times. Single-threaded. */
final class Mishaps {
    private static final String DEVICE = "gpu";
    private static final int MOST_REPLICAS = 3;

    private final Simulation simulation;
    private long versions = 1_000;

    Mishaps(Simulation simulation) {
        this.simulation = simulation;
    }

    void begin() {
        trouble();
        operator();
    }

    private Duration next(Duration mean) {
        double wait = -Math.log(1 - simulation.random.nextDouble()) * mean.toMillis();
        return Duration.ofMillis((long) Math.clamp(wait, 1, 60_000));
    }

    private void trouble() {
        Duration mean = simulation.weather.troubleEvery();
        simulation.time.after(next(mean), this::trouble);
        if (mean.compareTo(Duration.ofHours(1)) > 0) {
            return;
        }
        var all = List.copyOf(simulation.agents.values());
        SimulatedAgent one = all.get(simulation.random.nextInt(all.size()));
        switch (simulation.random.nextInt(14)) {
            case 0, 1 -> {
                simulation.breakSession(one);
                one.die();
            }
            case 2 -> {
                simulation.breakSession(one);
                simulation.reconnect(one);
            }
            case 3 -> one.session = 0;
            case 4 -> simulation.restartScheduler();
            case 5 -> failStage(one);
            case 6 -> breakDevice(one);
            case 7 -> cutOff(List.of(one));
            case 8 -> loseMost(all);
            case 9 -> stickStage(one);
            default -> {
                repair(one);
                simulation.start(one);
            }
        }
    }

    /** A stage that ran breaks by itself: some say so, some only stop answering. */
    private void failStage(SimulatedAgent agent) {
        for (HeldStage held : agent.held()) {
            agent.drop(held.replica(), held.index());
            if (simulation.random.nextBoolean()) {
                simulation.toScheduler(
                        agent,
                        new StageReported(
                                agent.id(),
                                held.replica(),
                                held.epoch(),
                                held.index(),
                                StagePhase.FAILED,
                                0,
                                0,
                                "broke by itself"));
            }
        }
    }

    private void breakDevice(SimulatedAgent agent) {
        agent.turn(DEVICE, false);
        simulation.toScheduler(agent, new DeviceTurned(agent.id(), agent.session, DEVICE, false));
        failStage(agent);
    }

    private void repair(SimulatedAgent agent) {
        agent.turn(DEVICE, true);
        simulation.toScheduler(agent, new DeviceTurned(agent.id(), agent.session, DEVICE, true));
    }

    /** Nothing arrives for a while, and nobody is told. */
    private void cutOff(List<SimulatedAgent> some) {
        some.forEach(it -> it.cutOff = true);
        simulation.time.after(
                Duration.ofMillis(1_000 + simulation.random.nextInt(25_000)),
                () ->
                        some.forEach(it -> {
                            it.cutOff = false;
                            simulation.reconnect(it);
                        }));
    }

    /** Most nodes vanish in the same instant; sometimes an operator says that they are gone. */
    private void loseMost(List<SimulatedAgent> all) {
        var some = new ArrayList<>(all);
        Collections.shuffle(some, simulation.random);
        cutOff(some.subList(0, some.size() / 2 + 1));
        if (simulation.random.nextInt(4) == 0) {
            simulation.time.after(
                    Duration.ofSeconds(15), () -> simulation.operate(new LossAccepted()));
        }
    }

    /** Some head finds that a stage of another node does not answer. */
    private void stickStage(SimulatedAgent head) {
        for (HeldStage held : head.held()) {
            if (held.index() == 0) {
                simulation.toScheduler(
                        head,
                        new StageSilent(
                                head.id(),
                                held.replica(),
                                held.epoch(),
                                simulation.random.nextInt(3),
                                Duration.ofSeconds(simulation.random.nextInt(12)),
                                "no step came back"));
            }
        }
    }

    private void operator() {
        Duration mean = simulation.weather.operatorEvery();
        simulation.time.after(next(mean), this::operator);
        if (mean.compareTo(Duration.ofHours(1)) > 0 || simulation.orders.isEmpty()) {
            return;
        }
        simulation.ask(2);
        var agents = List.copyOf(simulation.agents.values());
        SimulatedAgent one = agents.get(simulation.random.nextInt(agents.size()));
        var ids = List.copyOf(simulation.orders.keySet());
        DeploymentId id = ids.get(simulation.random.nextInt(ids.size()));
        switch (simulation.random.nextInt(5)) {
            case 0 -> duty(one, NodeDuty.DRAINING);
            case 1 -> agents.forEach(it -> duty(it, NodeDuty.OPEN));
            case 2 -> change(id, true);
            case 3 -> change(id, false);
            default -> duty(one, NodeDuty.CORDONED);
        }
    }

    private void duty(SimulatedAgent agent, NodeDuty duty) {
        simulation.operate(new DutySet(agent.id(), duty, "upkeep", Duration.ZERO));
    }

    /** Another version, or another number of replicas. */
    private void change(DeploymentId id, boolean version) {
        Order order = simulation.orders.get(id);
        if (order == null) {
            return;
        }
        DeploymentSpec spec = order.spec();
        var changed =
                new DeploymentSpec(
                        spec.id(),
                        spec.name(),
                        version ? new VersionId(new UUID(4, versions++)) : spec.version(),
                        spec.layout(),
                        version ? spec.replicas() : 1 + simulation.random.nextInt(MOST_REPLICAS),
                        spec.stages(),
                        spec.kvTokens(),
                        spec.maxSequences(),
                        spec.precision(),
                        spec.priority(),
                        spec.rules());
        simulation.deploy(new Order(changed, order.scaling(), order.replacement()));
    }
}
