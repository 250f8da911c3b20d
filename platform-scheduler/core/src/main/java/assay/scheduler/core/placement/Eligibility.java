package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.Apart;
import assay.scheduler.core.cluster.Rejection.Filter;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which nodes and devices a wish may use, memory apart. Looks at a node once and remembers; good
 * for one decision, as long as nothing is booked. Confined to the control loop.
 */
final class Eligibility {
    /** The first filter that turns a node or a device away, and what it found. */
    record Verdict(Filter filter, String detail) {}

    private static final byte UNKNOWN = 0;
    private static final byte YES = 1;
    private static final byte NO = 2;

    private final Wish wish;
    private final PlacementRules rules;
    private final Fleet fleet;
    private final Set<NodeId> homes;
    private final Set<String> homeRacks = new HashSet<>();
    private final byte[] known;

    /** Cards that the tenant may take beside those that it holds. */
    private final long newCards;

    Eligibility(Wish wish, Fleet fleet) {
        this.wish = wish;
        this.fleet = fleet;
        rules = wish.spec().rules();
        DeploymentId id = wish.spec().id();
        homes = fleet.homes(id);
        if (rules.apart().scope() == Apart.Scope.RACK) {
            homes.forEach(home -> fleet.node(home).ifPresent(it -> homeRacks.add(it.rack())));
        }
        known = new byte[fleet.sequences()];
        int quota = rules.tenant().gpus();
        newCards =
                quota == Integer.MAX_VALUE
                        ? Integer.MAX_VALUE
                        : Math.max(0, quota - fleet.cards(rules.tenant().tenant()));
    }

    /** Whether a stage may be on the device, if it has room. */
    boolean allows(FleetDevice device) {
        return device.isOpen()
                && allows(device.node)
                && rules.takes(device.snapshot)
                && (newCards > 0 || !isNewCard(device));
    }

    boolean allows(FleetNode node) {
        byte answer = known[node.sequence];
        if (answer == UNKNOWN) {
            answer = verdict(node).isPresent() ? NO : YES;
            known[node.sequence] = answer;
        }
        return answer == YES;
    }

    /** Whether the quota counts it. */
    boolean isNewCard(FleetDevice device) {
        return device.kind.gpu() && !fleet.holds(rules.tenant().tenant(), device.id);
    }

    long newCards() {
        return newCards;
    }

    /** Whether another replica of the deployment is nearer than is liked. */
    boolean isNear(FleetNode node) {
        return switch (rules.apart().strength()) {
            case NONE -> false;
            case PREFERRED, REQUIRED ->
                    rules.apart().scope() == Apart.Scope.NODE
                            ? homes.contains(node.snapshot.id())
                            : homeRacks.contains(node.rack());
        };
    }

    /** What turns a whole node away. */
    Optional<Verdict> verdict(FleetNode node) {
        if (node.snapshot.state() != NodeState.READY) {
            return no(Filter.NODE_NOT_READY, "");
        }
        if (node.snapshot.duty() == NodeDuty.CORDONED) {
            return no(Filter.NODE_CORDONED, "");
        }
        if (node.snapshot.duty() == NodeDuty.DRAINING) {
            return no(Filter.NODE_DRAINING, "");
        }
        if (wish.avoided().contains(node.snapshot.id())) {
            return no(Filter.NODE_AVOIDED, "");
        }
        for (Map.Entry<String, String> label : rules.nodeLabels().entrySet()) {
            if (!label.getValue().equals(node.snapshot.labels().get(label.getKey()))) {
                return no(Filter.LABEL_MISSING, label.getKey() + "=" + label.getValue());
            }
        }
        for (String taint : node.snapshot.taints()) {
            if (!rules.toleratedTaints().contains(taint)) {
                return no(Filter.TAINT_NOT_TOLERATED, taint);
            }
        }
        return neighbours(node);
    }

    private Optional<Verdict> neighbours(FleetNode node) {
        for (Fleet.Booking other : fleet.occupants(node.snapshot.id())) {
            if (!other.spec().id().equals(wish.spec().id())) {
                if (other.spec().rules().exclusiveNodes()) {
                    return no(Filter.NODE_EXCLUSIVE, other.spec().name());
                }
                if (rules.exclusiveNodes()) {
                    return no(Filter.NODE_OCCUPIED, other.spec().name());
                }
            }
        }
        return rules.apart().isRequired() && isNear(node)
                ? no(Filter.REPLICA_TOO_NEAR, "")
                : Optional.empty();
    }

    /** What turns a device of an eligible node away. */
    Optional<Verdict> verdict(FleetDevice device) {
        if (!device.snapshot.healthy()) {
            return no(Filter.DEVICE_BROKEN, "");
        }
        if (!rules.takes(device.snapshot)) {
            return no(Filter.DEVICE_TYPE, device.snapshot.label());
        }
        return newCards == 0 && isNewCard(device)
                ? no(Filter.TENANT_QUOTA, rules.tenant().gpus() + " of " + rules.tenant().tenant())
                : Optional.empty();
    }

    private static Optional<Verdict> no(Filter filter, String detail) {
        return Optional.of(new Verdict(filter, detail));
    }
}
