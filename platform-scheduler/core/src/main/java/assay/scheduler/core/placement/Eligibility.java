package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementRules;
import assay.scheduler.core.cluster.PlacementRules.Apart;
import assay.scheduler.core.cluster.Rejection.Filter;
import assay.scheduler.core.placement.FleetDevice.Kind;
import assay.scheduler.core.placement.NodeTraits.DeviceTraits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    private final Collection<NodeClass> classes;
    private final List<NodeGroup> groups = new ArrayList<>();

    /** Devices of a tenant that has a quota. */
    private final Set<FleetDevice> held;

    private final boolean isCounted;
    private final Optional<Verdict> overQuota;

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
        classes = fleet.classes(rules.nodeLabels().keySet());
        int quota = rules.tenant().gpus();
        isCounted = quota != Integer.MAX_VALUE;
        held = isCounted ? Set.copyOf(fleet.devices(rules.tenant().tenant())) : Set.of();
        long cards = held.stream().filter(device -> device.kind.gpu()).count();
        newCards = isCounted ? Math.max(0, quota - cards) : Integer.MAX_VALUE;
        overQuota =
                newCards == 0
                        ? no(Filter.TENANT_QUOTA, quota + " of " + rules.tenant().tenant())
                        : Optional.empty();
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
        return device.kind.gpu() && !held.contains(device);
    }

    long newCards() {
        return newCards;
    }

    /** The first of them, as far as the tenant may take cards that it does not hold. */
    List<FleetDevice> withinQuota(List<FleetDevice> devices) {
        if (!isCounted) {
            return devices;
        }
        var allowed = new ArrayList<FleetDevice>();
        long cards = newCards;
        for (FleetDevice device : devices) {
            if (!isNewCard(device)) {
                allowed.add(device);
            } else if (cards > 0) {
                allowed.add(device);
                cards--;
            }
        }
        return allowed;
    }

    /** Devices that the tenant holds and may go on using, where a quota counts them. */
    List<FleetDevice> held() {
        return held.stream().filter(this::allows).toList();
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

    /**
     * Groups of nodes of one shape, in which every node is that may be used, and few others; a node
     * may be in several.
     *
     * @param gpu whether for cards: a tenant that may have no more looks at its own alone
     */
    List<NodeGroup> groups(boolean gpu) {
        if (gpu && newCards == 0) {
            return byShape(held.stream().map(device -> device.node));
        }
        if (groups.isEmpty()) {
            for (NodeClass alike : classes) {
                if (allows(alike)) {
                    groups.add(alike.empty);
                    groups.add(alike.owned(wish.spec().id()));
                    groups.add(rules.exclusiveNodes() ? new NodeGroup() : alike.shared);
                }
            }
            if (rules.exclusiveNodes()) {
                groups.addAll(byShape(homes.stream().flatMap(id -> fleet.node(id).stream())));
            }
            groups.removeIf(NodeGroup::isEmpty);
        }
        return groups;
    }

    private static List<NodeGroup> byShape(Stream<FleetNode> nodes) {
        Map<List<Kind>, List<FleetNode>> shapes =
                nodes.distinct()
                        .sorted(Comparator.comparingInt(node -> node.sequence))
                        .collect(
                                Collectors.groupingBy(
                                        node -> node.alike.shape,
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        return shapes.values().stream().map(NodeGroup::of).toList();
    }

    /** All classes, also those that are turned away. */
    Collection<NodeClass> classes() {
        return classes;
    }

    /** Whether nodes of the class may be used, if nobody is in the way there. */
    boolean allows(NodeClass alike) {
        return verdict(alike.traits).isEmpty()
                && alike.traits.devices().stream()
                        .anyMatch(it -> it.healthy() && rules.takes(it.type(), it.label()));
    }

    /** What turns a whole node away. */
    Optional<Verdict> verdict(FleetNode node) {
        NodeTraits traits = node.alike.traits;
        if (traits.isOpen() && wish.avoided().contains(node.snapshot.id())) {
            return no(Filter.NODE_AVOIDED, "");
        }
        Optional<Verdict> byRules = verdict(traits);
        return byRules.isPresent() ? byRules : neighbours(node);
    }

    /** What turns all nodes of a class away. */
    Optional<Verdict> verdict(NodeTraits traits) {
        if (traits.state() != NodeState.READY) {
            return no(Filter.NODE_NOT_READY, "");
        }
        if (traits.duty() == NodeDuty.CORDONED) {
            return no(Filter.NODE_CORDONED, "");
        }
        if (traits.duty() == NodeDuty.DRAINING) {
            return no(Filter.NODE_DRAINING, "");
        }
        for (Map.Entry<String, String> label : rules.nodeLabels().entrySet()) {
            if (!label.getValue().equals(traits.labels().get(label.getKey()))) {
                return no(Filter.LABEL_MISSING, label.getKey() + "=" + label.getValue());
            }
        }
        for (String taint : traits.taints()) {
            if (!rules.toleratedTaints().contains(taint)) {
                return no(Filter.TAINT_NOT_TOLERATED, taint);
            }
        }
        return Optional.empty();
    }

    private Optional<Verdict> neighbours(FleetNode node) {
        if (node.owner.isPresent() || (rules.exclusiveNodes() && !node.isEmpty)) {
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
        }
        return rules.apart().isRequired() && isNear(node)
                ? no(Filter.REPLICA_TOO_NEAR, "")
                : Optional.empty();
    }

    /**
     * Nodes that something may turn away, or let pass, that is not true of the others of their
     * group.
     */
    Set<FleetNode> special() {
        var found = new LinkedHashSet<FleetNode>();
        Stream.concat(wish.avoided().stream(), homes.stream())
                .flatMap(id -> fleet.node(id).stream())
                .forEach(found::add);
        if (rules.apart().isRequired()) {
            fleet.racks().stream()
                    .filter(rack -> homeRacks.contains(rack.name))
                    .forEach(rack -> found.addAll(rack.nodes.values()));
        }
        if (newCards == 0) {
            held.forEach(device -> found.add(device.node));
        }
        return found;
    }

    /** What turns a device away on all nodes of an eligible class. */
    Optional<Verdict> verdict(DeviceTraits device) {
        if (!device.healthy()) {
            return no(Filter.DEVICE_BROKEN, "");
        }
        return rules.takes(device.type(), device.label())
                ? Optional.empty()
                : no(Filter.DEVICE_TYPE, device.label());
    }

    /** Whether it is one more than the tenant may have. */
    Optional<Verdict> overQuota(FleetDevice device) {
        return newCards == 0 && isNewCard(device) ? overQuota : Optional.empty();
    }

    private static Optional<Verdict> no(Filter filter, String detail) {
        return Optional.of(new Verdict(filter, detail));
    }
}
