package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.deployments.Deployment;
import assay.web.deployments.DeploymentSpec;
import assay.web.deployments.DeploymentSpec.Activations;
import assay.web.deployments.DeploymentSpec.Replacement;
import assay.web.deployments.DeploymentSpec.Rules;
import assay.web.deployments.DeploymentSpec.Weights;
import assay.web.deployments.Deployments;
import assay.web.deployments.Plan;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.insight.ClusterHistory;
import assay.web.insight.HistoryEvent;
import assay.web.insight.Node;
import assay.web.insight.Reason;
import assay.web.models.RegisteredModel;
import assay.web.nodes.NodeOperations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What a scheduler would do, as far as views can tell: deployments that are kept, plans that depend
 * on what is asked, a history, and a record of every order.
 */
final class FakeScheduler implements Deployments, NodeOperations, ClusterHistory {
    private static final long GIB = 1L << 30;

    final List<String> orders = new CopyOnWriteArrayList<>();
    private final List<Deployment> all = new CopyOnWriteArrayList<>();
    private volatile boolean away;

    FakeScheduler() {
        all.add(
                new Deployment(
                        "d1",
                        spec(
                                "assistant",
                                2,
                                0,
                                new DeploymentSpec.Scaling(1, 4, 2000, 0.9, 60, 600)),
                        2,
                        1,
                        Reason.of("1 of 2 replicas serves: one is loading")));
        all.add(
                new Deployment(
                        "d2",
                        spec("night-batch", 1, -5, null),
                        1,
                        0,
                        Reason.of("no room: 53 GiB short")));
    }

    static DeploymentSpec spec(
            String name, int replicas, int priority, DeploymentSpec.@Nullable Scaling scaling) {
        return new DeploymentSpec(
                name,
                "qwen3-32b",
                "2",
                replicas,
                0,
                32_768,
                16,
                Weights.STORED,
                Activations.F32,
                priority,
                new Rules(
                        Map.of("zone", "north"),
                        List.of("maintenance"),
                        List.of("cuda"),
                        false,
                        DeploymentSpec.Apart.REQUIRED,
                        DeploymentSpec.ApartScope.RACK,
                        "",
                        0),
                scaling,
                Replacement.SURGE);
    }

    void away(boolean now) {
        away = now;
    }

    void clear() {
        all.clear();
    }

    @Override
    public List<Deployment> list(Caller caller) {
        answer(caller, Permission.DEPLOYMENT_READ);
        return List.copyOf(all);
    }

    @Override
    public Optional<Deployment> find(Caller caller, String name) {
        return list(caller).stream().filter(each -> each.spec().name().equals(name)).findFirst();
    }

    @Override
    public List<RegisteredModel> versions(Caller caller) {
        return List.of(
                new RegisteredModel("assay-reference", "1", 2048, true, 1_790_000_000),
                new RegisteredModel("qwen3-32b", "2", 32_768, false, 1_790_000_000));
    }

    /** More than eight stages would never fit; a name that begins with "big" has no room. */
    @Override
    public Plan plan(Caller caller, DeploymentSpec spec) {
        answer(caller, Permission.DEPLOYMENT_MANAGE);
        if (spec.stages() > 8) {
            return new Plan.Refused("STAGE_COUNT_INVALID", "stages: 9 (expected: 0..8)");
        }
        if (spec.name().startsWith("big")) {
            return new Plan.Waiting(
                    41 * GIB,
                    List.of(
                            rejection("gpu-a1", "GPU-2", "MEMORY_SHORT", 88 * GIB, 41 * GIB, ""),
                            rejection("gpu-a1", "GPU-3", "MEMORY_SHORT", 60 * GIB, 69 * GIB, ""),
                            rejection("gpu-b1", "", "NODE_DRAINING", 0, 0, ""),
                            rejection("cpu-c1", "", "LABEL_MISSING", 0, 0, "zone=north"),
                            rejection("cpu-c1", "cpu", "MOON_PHASE", 0, 0, "")),
                    Map.of("MEMORY_SHORT", 4, "NODE_DRAINING", 1, "LABEL_MISSING", 1),
                    new Plan.WouldFit(12_288, 6, 129 * GIB),
                    "no device has room");
        }
        return new Plan.Placed(
                List.of(
                        planned(0, "gpu-a1", "GPU-2", 0, 34),
                        planned(1, "gpu-a1", "GPU-3", 34, 64)),
                spec.priority() > 0
                        ? List.of(new Plan.Victim("c0ffee00-0000", "night-batch", -5))
                        : List.of(),
                0.0123,
                0.000_42,
                48_000);
    }

    private static Plan.Rejection rejection(
            String node, String device, String filter, long free, long missing, String detail) {
        return new Plan.Rejection(
                "node-" + node, node, device, filter, free, missing, detail, "the moon is wrong");
    }

    private static Plan.PlannedStage planned(
            int index, String node, String device, int first, int end) {
        return new Plan.PlannedStage(
                index,
                "node-" + node,
                node,
                device,
                "NVIDIA H200",
                first,
                end,
                (end - first) * GIB,
                9 * GIB,
                GIB / 2,
                90 * GIB,
                0.0117 + index * 0.0006,
                48_000 + index * 3000L);
    }

    @Override
    public Deployment apply(Caller caller, String requestId, DeploymentSpec spec) {
        answer(caller, Permission.DEPLOYMENT_MANAGE);
        orders.add("apply " + spec.name() + " x" + spec.replicas());
        all.removeIf(each -> each.spec().name().equals(spec.name()));
        var made = new Deployment("d3", spec, spec.replicas(), 0, Reason.NONE);
        all.add(made);
        return made;
    }

    @Override
    public void remove(Caller caller, String requestId, String name) {
        answer(caller, Permission.DEPLOYMENT_MANAGE);
        orders.add("remove " + name);
        all.removeIf(each -> each.spec().name().equals(name));
    }

    @Override
    public NodeOperations.Outcome cordon(
            Caller caller, String requestId, String nodeId, String reason) {
        return order(caller, "cordon " + nodeId + " " + reason, Node.Duty.CORDONED);
    }

    @Override
    public NodeOperations.Outcome uncordon(Caller caller, String requestId, String nodeId) {
        return order(caller, "uncordon " + nodeId, Node.Duty.OPEN);
    }

    @Override
    public NodeOperations.Outcome drain(
            Caller caller,
            String requestId,
            String nodeId,
            String reason,
            @Nullable Duration bound) {
        return order(caller, "drain " + nodeId + " " + reason, Node.Duty.DRAINING);
    }

    @Override
    public NodeOperations.Outcome label(
            Caller caller, String requestId, String nodeId, Map<String, String> labels) {
        return order(caller, "label " + nodeId + " " + labels, Node.Duty.OPEN);
    }

    @Override
    public NodeOperations.Outcome taint(
            Caller caller, String requestId, String nodeId, List<String> taints) {
        return order(caller, "taint " + nodeId + " " + taints, Node.Duty.OPEN);
    }

    @Override
    public void forget(Caller caller, String requestId, String nodeId) {
        var _ = order(caller, "forget " + nodeId, Node.Duty.OPEN);
    }

    @Override
    public int acceptLoss(Caller caller, String requestId) {
        var _ = order(caller, "accept-loss", Node.Duty.OPEN);
        return 3;
    }

    private NodeOperations.Outcome order(Caller caller, String order, Node.Duty duty) {
        answer(caller, Permission.NODE_MANAGE);
        orders.add(order.strip());
        return new NodeOperations.Outcome(duty, 2);
    }

    private void answer(Caller caller, Permission permission) {
        caller.require(permission);
        if (away) {
            throw new WebException(
                    ErrorCode.SCHEDULER_AWAY,
                    "the scheduler does not answer; what runs goes on",
                    Map.of(),
                    Duration.ofSeconds(5),
                    null);
        }
    }

    @Override
    public Page page(Caller caller, Subject subject, int limit, long before) {
        if (away) {
            answer(caller, Permission.NODE_READ);
        }
        List<HistoryEvent> events = new ArrayList<>();
        events.add(event(44, "PROBE_PASSED", "PROBING", "SERVING", "", List.of()));
        events.add(
                event(
                        43,
                        "ALL_LOADED",
                        "LOADING",
                        "PROBING",
                        new Reason(
                                "stage 1 goes elsewhere: its node was away for 12 s; 3 x memory_short;"
                                        + " n1 is cordoned",
                                List.of(
                                        new Reason.Part("STAGES_ELSEWHERE", List.of("1")),
                                        new Reason.Part("NODE_AWAY", List.of("12")),
                                        new Reason.Part(
                                                "TURNED_AWAY", List.of("3", "MEMORY_SHORT")),
                                        new Reason.Part(
                                                "REJECTED", List.of("n1", "NODE_CORDONED", "")))),
                        List.of()));
        events.add(
                event(
                        42,
                        "STAGES_MOVED",
                        "BROKEN",
                        "LOADING",
                        "cpu-c1 was silent for 10 s; its stage goes to the device with the most"
                                + " room in the same rack",
                        List.of(
                                new HistoryEvent.Place(
                                        0, "node-gpu-a1", "gpu-a1", "GPU-0", 0, 22, false),
                                new HistoryEvent.Place(
                                        1, "node-gpu-a1", "gpu-a1", "GPU-1", 22, 44, true),
                                new HistoryEvent.Place(
                                        2, "node-gpu-b1", "gpu-b1", "GPU-0", 44, 64, false))));
        events.add(event(41, "NODE_GONE", "SERVING", "BROKEN", "node cpu-c1 is gone", List.of()));
        events.add(event(40, "SUPERSEDED_BY_MOON", "", "", "", List.of()));
        return new Page(
                events.stream()
                        .filter(each -> before == 0 || each.id() < before)
                        .limit(limit)
                        .toList(),
                before == 0);
    }

    private static HistoryEvent event(
            long id,
            String name,
            String from,
            String to,
            String reason,
            List<HistoryEvent.Place> places) {
        return event(id, name, from, to, Reason.of(reason), places);
    }

    private static HistoryEvent event(
            long id,
            String name,
            String from,
            String to,
            Reason reason,
            List<HistoryEvent.Place> places) {
        return new HistoryEvent(
                id,
                System.currentTimeMillis() - (45 - id) * 95_000,
                "replica",
                FakeFleet.SERVING,
                "assistant",
                "",
                "",
                id / 11,
                name,
                from,
                to,
                reason,
                places);
    }
}
