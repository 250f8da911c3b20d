package assay.scheduler.core.reconcile;

import java.time.Duration;
import java.util.List;

/**
 * The patience of the scheduler. Immutable.
 *
 * @param nodes with nodes
 * @param moves with places
 * @param probes with tokens
 * @param drains with requests that run
 * @param room with a fleet whose room lies in pieces
 */
public record ReconcileConfig(Nodes nodes, Moves moves, Probes probes, Drains drains, Room room) {
    public static final ReconcileConfig DEFAULTS =
            new ReconcileConfig(
                    Nodes.DEFAULTS,
                    Moves.DEFAULTS,
                    Probes.DEFAULTS,
                    Drains.DEFAULTS,
                    Room.DEFAULTS);

    /**
     * Patience with nodes.
     *
     * @param suspectAfter silence of a node until it gets nothing new
     * @param lostAfter silence of a node until its session is closed and its stages are gone
     * @param returnGrace how long a node whose session broke may take to come back before its
     *     stages are gone: its process may have ended, or only the connection
     * @param doubtBound how long a loss of most nodes at once is doubted
     */
    public record Nodes(
            Duration suspectAfter, Duration lostAfter, Duration returnGrace, Duration doubtBound) {
        public static final Nodes DEFAULTS =
                new Nodes(
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(3),
                        Duration.ofMinutes(5));

        public Nodes {
            if (suspectAfter.compareTo(lostAfter) >= 0) {
                throw new IllegalArgumentException(
                        "suspect after: " + suspectAfter + " (expected: below " + lostAfter + ")");
            }
            positive(suspectAfter, returnGrace, doubtBound);
        }
    }

    /**
     * Patience with places.
     *
     * @param placeKept how long a broken replica keeps its place for a node that went away, where
     *     the lost stage finds no other
     * @param spreadPatience how long a new replica waits for places apart for all of its stages,
     *     and a replacement for room beside what it replaces
     * @param reservation how long places are kept for loading that makes no progress
     * @param resendAfter silence of a stage that is loading until it is told again
     * @param firstRetry wait after the first failure; doubled with each further one
     * @param longestRetry the most that is waited
     * @param moveAfterFailures failures in a row after which another place is tried
     * @param avoided how long a replica keeps out of a node that did it no good
     * @param perPass questions to placement in one pass, at most
     */
    public record Moves(
            Duration placeKept,
            Duration spreadPatience,
            Duration reservation,
            Duration resendAfter,
            Duration firstRetry,
            Duration longestRetry,
            int moveAfterFailures,
            Duration avoided,
            int perPass) {
        public static final Moves DEFAULTS =
                new Moves(
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(15),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(60),
                        3,
                        Duration.ofMinutes(5),
                        64);

        public Moves {
            if (placeKept.isNegative() || moveAfterFailures < 1 || perPass < 1) {
                throw new IllegalArgumentException(
                        "place kept %s, move after %d failures, %d places per pass"
                                        .formatted(placeKept, moveAfterFailures, perPass)
                                + " (expected: 0 or more, 1 or more, 1 or more)");
            }
            positive(reservation, resendAfter, firstRetry, longestRetry, avoided);
        }

        Duration retryAfter(int failures) {
            Duration wait = firstRetry.multipliedBy(1L << Math.min(20, Math.max(0, failures - 1)));
            return wait.compareTo(longestRetry) > 0 ? longestRetry : wait;
        }
    }

    /**
     * Patience with tokens.
     *
     * @param timeout how long a token may take through all stages
     * @param attempts probes without an answer until the replica is taken for broken
     * @param idle age of the last token of a serving replica at which it is probed again
     */
    public record Probes(Duration timeout, int attempts, Duration idle) {
        public static final Probes DEFAULTS =
                new Probes(Duration.ofSeconds(20), 3, Duration.ofSeconds(10));

        public Probes {
            if (attempts < 1) {
                throw new IllegalArgumentException(
                        "probe attempts: " + attempts + " (expected: 1 or more)");
            }
            positive(timeout, idle);
        }
    }

    /**
     * Patience with requests that run.
     *
     * @param settle from the withdrawal of a route until no gateway sends there any more
     * @param bound how long running requests of a replica that leaves may take
     * @param yieldBound the same where it gives way to one of higher priority
     * @param routed how long a replica stays in the routes while a stage of it is replaced
     */
    public record Drains(Duration settle, Duration bound, Duration yieldBound, Duration routed) {
        public static final Drains DEFAULTS =
                new Drains(
                        Duration.ofSeconds(3),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60));

        public Drains {
            positive(settle, bound, yieldBound, routed);
        }
    }

    /**
     * How room is made by moving replicas that serve.
     *
     * @param enabled whether it is made at all
     * @param after how long a replica waits before others are moved for it
     * @param cooldown from the end of one plan until the next may begin
     * @param mostMoves in one plan
     */
    public record Room(boolean enabled, Duration after, Duration cooldown, int mostMoves) {
        public static final Room DEFAULTS =
                new Room(true, Duration.ofSeconds(30), Duration.ofMinutes(5), 3);

        public Room {
            if (mostMoves < 1) {
                throw new IllegalArgumentException(
                        "moves for one hole: " + mostMoves + " (expected: 1 or more)");
            }
            positive(after, cooldown);
        }
    }

    Duration suspectAfter() {
        return nodes.suspectAfter();
    }

    Duration lostAfter() {
        return nodes.lostAfter();
    }

    Duration placeKept() {
        return moves.placeKept();
    }

    private static void positive(Duration... spans) {
        for (Duration span : List.of(spans)) {
            if (!span.isPositive()) {
                throw new IllegalArgumentException("patience: " + span + " (expected: above 0)");
            }
        }
    }
}
