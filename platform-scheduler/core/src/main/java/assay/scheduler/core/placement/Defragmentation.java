package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Goals: a hole for a replica that waits, made by moving others, as few of them as can be and of
 * those the lightest.
 *
 * <p>Hard constraints: moves are carried out one after the other, each with the old place still
 * held until the new one serves, and no device is booked beyond its capacity on the way; what moves
 * goes where its own rules allow, counted as a second replica until the first is gone; nobody of
 * higher priority than the one that waits is moved.
 *
 * <p>Algorithm: of the roomiest nodes, one after the other, all that may move is lifted, the wish
 * is placed, and whoever no longer fits where it was is placed elsewhere. The order of the moves is
 * then found by trying. A plan only: nothing is booked. Stateless.
 */
public final class Defragmentation {
    private static final int NODES = 16;

    /** Holds nothing: a second replica gets no room from what the first one holds. */
    private static final ReplicaId NOBODY = new ReplicaId(new UUID(0, 0));

    private final Placement placement;
    private final int mostMoves;

    /**
     * A replica goes elsewhere.
     *
     * @param to where, in the order of the stages
     */
    public record Move(ReplicaId replica, List<StagePlan> to) {
        public Move {
            to = List.copyOf(to);
        }

        public List<StageAssignment> stages() {
            return to.stream().map(StagePlan::assignment).toList();
        }
    }

    /**
     * How to make room.
     *
     * @param moves in the order in which they can be made
     * @param placed where the one that waits goes after that
     */
    public record Opening(List<Move> moves, Placed placed) {
        public Opening {
            moves = List.copyOf(moves);
        }

        private long bytes() {
            return moves.stream()
                    .flatMap(move -> move.stages().stream())
                    .mapToLong(stage -> stage.need().value())
                    .sum();
        }
    }

    /**
     * @param placement that decides where things go
     * @param mostMoves for one hole, at least 1
     */
    public Defragmentation(Placement placement, int mostMoves) {
        if (mostMoves < 1) {
            throw new IllegalArgumentException("moves: " + mostMoves + " (expected: 1 or more)");
        }
        this.placement = placement;
        this.mostMoves = mostMoves;
    }

    /**
     * Looks for moves that make room for a wish that finds none.
     *
     * @param fleet as it was when the call returns
     */
    public Optional<Opening> plan(Wish wish, Fleet fleet) {
        return plan(wish, fleet, replica -> true);
    }

    /**
     * The same.
     *
     * @param mayMove whether a replica may be moved now, whatever its priority
     */
    public Optional<Opening> plan(Wish wish, Fleet fleet, Predicate<ReplicaId> mayMove) {
        var eligibility = new Eligibility(wish, fleet);
        List<FleetNode> candidates =
                fleet.nodes().stream()
                        .filter(node -> node.isOpen() && eligibility.allows(node))
                        .filter(node -> !movable(wish, fleet, node, mayMove).isEmpty())
                        .sorted(Comparator.comparing(FleetNode::slot).reversed())
                        .limit(NODES)
                        .toList();
        Optional<Opening> best = Optional.empty();
        for (FleetNode node : candidates) {
            Optional<Opening> found = clear(wish, fleet, movable(wish, fleet, node, mayMove));
            if (found.isPresent() && (best.isEmpty() || isBetter(found.get(), best.get()))) {
                best = found;
            }
        }
        return best;
    }

    /**
     * Whether these moves can still be made one after the other, and the wish finds room then.
     *
     * @param fleet as it was when the call returns
     */
    public boolean helps(Wish wish, Fleet fleet, List<Move> moves) {
        var before = new ArrayList<Fleet.Booking>();
        try {
            for (Move move : moves) {
                if (!canBegin(move, fleet)) {
                    return false;
                }
                before.add(make(move, fleet));
            }
            return placement.place(wish.preempting(false), fleet) instanceof Placed;
        } finally {
            before.forEach(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        }
    }

    /** Whether a second replica may start there while the first still holds its place. */
    private static boolean canBegin(Move move, Fleet fleet) {
        return fleet.booking(move.replica())
                .filter(old -> fits(fleet, move.stages()) && mayStand(old, move, fleet))
                .isPresent();
    }

    private static boolean mayStand(Fleet.Booking old, Move move, Fleet fleet) {
        var eligibility = new Eligibility(new Wish(old.spec(), NOBODY), fleet);
        List<FleetDevice> devices =
                move.stages().stream()
                        .flatMap(stage -> fleet.device(stage.device()).stream())
                        .toList();
        long newCards = devices.stream().filter(eligibility::isNewCard).distinct().count();
        return devices.size() == move.stages().size()
                && devices.stream().allMatch(eligibility::allows)
                && (newCards == 0 || newCards <= eligibility.newCards());
    }

    /** Books it as if it were made; what was booked before. */
    private static Fleet.Booking make(Move move, Fleet fleet) {
        Fleet.Booking old = fleet.booking(move.replica()).orElseThrow();
        fleet.book(old.replica(), old.spec(), move.stages());
        return old;
    }

    private static List<Fleet.Booking> movable(
            Wish wish, Fleet fleet, FleetNode node, Predicate<ReplicaId> mayMove) {
        return fleet.occupants(node.snapshot.id()).stream()
                .filter(it -> it.spec().priority() <= wish.spec().priority())
                .filter(it -> !it.replica().equals(wish.replica()) && mayMove.test(it.replica()))
                .toList();
    }

    private static boolean isBetter(Opening one, Opening other) {
        int byMoves = Integer.compare(one.moves().size(), other.moves().size());
        return byMoves < 0 || (byMoves == 0 && one.bytes() < other.bytes());
    }

    /** Places the wish as if these were gone, and then these again. */
    private Optional<Opening> clear(Wish wish, Fleet fleet, List<Fleet.Booking> lifted) {
        var own = fleet.booking(wish.replica());
        try {
            lifted.forEach(it -> fleet.free(it.replica()));
            if (!(placement.place(wish.preempting(false), fleet) instanceof Placed placed)) {
                return Optional.empty();
            }
            fleet.book(wish.replica(), wish.spec(), placed.stages());
            Optional<List<Move>> moves = resettle(fleet, lifted);
            restore(wish, fleet, lifted, own);
            return moves.flatMap(all -> ordered(fleet, all)).map(all -> new Opening(all, placed));
        } finally {
            restore(wish, fleet, lifted, own);
        }
    }

    private static void restore(
            Wish wish, Fleet fleet, List<Fleet.Booking> lifted, Optional<Fleet.Booking> own) {
        fleet.free(wish.replica());
        own.ifPresent(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        lifted.forEach(it -> fleet.book(it.replica(), it.spec(), it.stages()));
    }

    /** Back to where they were, the largest first, or else to another place. */
    private Optional<List<Move>> resettle(Fleet fleet, List<Fleet.Booking> lifted) {
        var moves = new ArrayList<Move>();
        var leavers = new ArrayList<Fleet.Booking>();
        List<Fleet.Booking> largestFirst =
                lifted.stream()
                        .sorted(
                                Comparator.comparingLong((Fleet.Booking it) -> -bytes(it))
                                        .thenComparing(Fleet.Booking::replica))
                        .toList();
        for (Fleet.Booking booking : largestFirst) {
            if (fits(fleet, booking.stages()) && isAllowed(fleet, booking)) {
                fleet.book(booking.replica(), booking.spec(), booking.stages());
            } else {
                leavers.add(booking);
            }
        }
        for (Fleet.Booking booking : leavers) {
            var question = new Wish(booking.spec(), booking.replica());
            if (moves.size() == mostMoves
                    || !(placement.place(question, fleet) instanceof Placed elsewhere)) {
                return Optional.empty();
            }
            fleet.book(booking.replica(), booking.spec(), elsewhere.stages());
            moves.add(new Move(booking.replica(), elsewhere.plan()));
        }
        return Optional.of(moves);
    }

    private static long bytes(Fleet.Booking booking) {
        return booking.stages().stream().mapToLong(stage -> stage.need().value()).sum();
    }

    private static boolean fits(Fleet fleet, List<StageAssignment> stages) {
        Map<DeviceId, Long> needs = new HashMap<>();
        stages.forEach(stage -> needs.merge(stage.device(), stage.need().value(), Long::sum));
        return needs.entrySet().stream()
                .allMatch(it -> fleet.free(it.getKey()).value() >= it.getValue());
    }

    private static boolean isAllowed(Fleet fleet, Fleet.Booking booking) {
        var eligibility = new Eligibility(new Wish(booking.spec(), booking.replica()), fleet);
        return booking.stages().stream()
                .allMatch(stage ->
                        fleet.device(stage.device()).filter(eligibility::allows).isPresent());
    }

    /** An order in which each new place is free while all others still hold theirs. */
    private static Optional<List<Move>> ordered(Fleet fleet, List<Move> moves) {
        var before = new ArrayList<Fleet.Booking>();
        var order = new ArrayList<Move>();
        Set<Move> left = new HashSet<>(moves);
        try {
            boolean found = true;
            while (found && !left.isEmpty()) {
                Optional<Move> next =
                        moves.stream()
                                .filter(left::contains)
                                .filter(move -> canBegin(move, fleet))
                                .findFirst();
                found = next.isPresent();
                if (found) {
                    before.add(make(next.get(), fleet));
                    order.add(next.get());
                    left.remove(next.get());
                }
            }
            return found ? Optional.of(order) : Optional.empty();
        } finally {
            before.forEach(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        }
    }
}
